import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { evidenceKinds } from '../../shared/graph/pipeline.ts'
import { storageErrorFrom } from '../storage/index.ts'

const EvidenceKind = z.enum(evidenceKinds)
export type EvidenceKind = z.infer<typeof EvidenceKind>

const IsoDate = z.string().regex(/^\d{4}-\d\d-\d\d$/)
const ByAnnex = z.object({ annexIII: IsoDate, annexI: IsoDate })

/** From when a row applies, in each form that the data has. `annexIII` dates hold for systems of Annex III only. */
const AppliesFrom = z.union([
  IsoDate,
  ByAnnex,
  z.object({ formal: IsoDate, practical: ByAnnex }),
  z.object({ default: IsoDate }),
])

const Row = z.object({
  id: z.string(),
  citation: z.string(),
  title: z.string(),
  requirement: z.string(),
  appliesTo: z.array(z.string()),
  evidenceKinds: z.array(EvidenceKind),
  automatable: z.enum(['automatic', 'assisted', 'manual']).nullable(),
  assessable: z.boolean(),
  appliesFrom: AppliesFrom.nullish(),
  condition: z.string().nullable().default(null),
})

const FrameworkFile = z.union([z.object({ obligations: z.array(Row) }), z.object({ items: z.array(Row) })])

export interface FrameworkRow {
  readonly id: string
  readonly citation: string
  /** What rows are grouped by: `Art. 10`, `Annex IV`, `GOVERN`, `AI 600-1`. */
  readonly chapter: string
  readonly title: string
  readonly requirement: string
  readonly appliesTo: readonly string[]
  readonly evidenceKinds: readonly EvidenceKind[]
  /** `automatic`: from facts alone. `assisted`: facts and a person's judgement. `manual`: only a document can support it. */
  readonly automatable: 'automatic' | 'assisted' | 'manual'
  readonly condition: string | null
  /** `YYYY-MM-DD` for a system of Annex III; null where nothing is law. */
  readonly appliesFrom: string | null
  /** Whether the date, and so the duty, is that of high-risk systems. */
  readonly highRiskOnly: boolean
}

/** A framework's assessable rows, and its file exactly as shipped. */
export interface Framework {
  readonly id: string
  readonly title: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly rows: readonly FrameworkRow[]
}

const FRAMEWORKS = [
  { id: 'eu-ai-act', title: 'EU AI Act' },
  { id: 'nist-ai-rmf', title: 'NIST AI RMF' },
] as const

/** Reads the frameworks from their folder, `<id>.json` each. Throws StorageError for a missing file, ZodError for one that is not ours. */
export function loadFrameworks(folder: string): Framework[] {
  return FRAMEWORKS.map(({ id, title }) => {
    const path = join(folder, `${id}.json`)
    let bytes: Buffer
    try {
      bytes = readFileSync(path)
    } catch (thrown) {
      throw storageErrorFrom(thrown, path)
    }
    return { id, title, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), rows: parseRows(bytes) }
  })
}

/** The assessable rows of a framework file, in its order. */
export function parseRows(bytes: Buffer): FrameworkRow[] {
  const file = FrameworkFile.parse(JSON.parse(bytes.toString('utf8')))
  const rows = 'obligations' in file ? file.obligations : file.items
  return rows
    .filter((row) => row.assessable)
    .map(({ id, citation, title, requirement, appliesTo, evidenceKinds: kinds, automatable, condition, appliesFrom }) => ({
      id,
      citation,
      chapter: chapterOf(citation),
      title,
      requirement,
      appliesTo,
      evidenceKinds: kinds,
      // A row that does not say asks the most.
      automatable: automatable ?? 'manual',
      condition,
      ...dateOf(appliesFrom),
    }))
}

/** What names an article, a numbered point of an annex, or one row of NIST: not a whole framework, annex, section or function. */
const NUMBERED = /^(Art\. \d+[a-z]?\b|Annex [IVX]+( Section [A-Z0-9]+)?\(\d+\)|(GOVERN|MAP|MEASURE|MANAGE) \d+\.\d+$|NIST AI 600-1 Section \d+\.\d+$)/

/**
 * Whether `citation` is the one that is named, or stands below it: `Art. 10` names `Art. 10(2)(f)`, and not `Art. 100`; `Art. 15(4)` does not name its
 * neighbour `Art. 15(4), second subparagraph`. What has no number names nothing.
 */
export function isNamedBy(citation: string, named: string): boolean {
  return NUMBERED.test(named) && (citation === named || citation.startsWith(`${named}(`))
}

function dateOf(applies: z.infer<typeof AppliesFrom> | null | undefined): Pick<FrameworkRow, 'appliesFrom' | 'highRiskOnly'> {
  if (applies === undefined || applies === null) return { appliesFrom: null, highRiskOnly: false }
  if (typeof applies === 'string') return { appliesFrom: applies, highRiskOnly: false }
  if ('default' in applies) return { appliesFrom: applies.default, highRiskOnly: false }
  return { appliesFrom: 'formal' in applies ? applies.practical.annexIII : applies.annexIII, highRiskOnly: true }
}

function chapterOf(citation: string): string {
  const [chapter] = /^(Art\. \d+[a-z]?|Annex [IVX]+|GOVERN|MAP|MEASURE|MANAGE)\b/.exec(citation) ?? []
  return chapter ?? citation.replace(/^NIST /, '').replace(/ Section .*$/, '')
}
