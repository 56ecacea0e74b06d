import { ForeignModel, type ProjectId } from '../../../shared/contract/index.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'

const words = modelsMessages.importDialog

/** What was typed about a model from outside. `logKey` counts for a bundle alone; `signature` and `publicKey` for what is none. */
export interface ImportDraft {
  readonly kind: 'plain' | 'bundle'
  readonly path: string
  readonly model: string
  readonly source: string
  readonly licence: string
  readonly sha256: string
  readonly signature: string
  readonly publicKey: string
  readonly logKey: string
}

export const EMPTY_IMPORT: ImportDraft = { kind: 'plain', path: '', model: '', source: '', licence: '', sha256: '', signature: '', publicKey: '', logKey: '' }

/** What the contract has a form for; that a path leads somewhere, only reading it shows. */
const CHECKED = ['model', 'source', 'licence', 'sha256', 'logKey'] as const

export type ImportField = Exclude<keyof ImportDraft, 'kind'>

/** The request that a draft makes, not yet checked. */
export function foreignModelOf(project: ProjectId, draft: ImportDraft): ForeignModel {
  const { kind, path, model, source, licence, sha256, signature, publicKey, logKey } = trimmed(draft)
  return {
    project, model, path, source, licence,
    ...(sha256 === '' ? {} : { sha256: sha256.toLowerCase() }),
    ...(kind === 'bundle' ? { logKey } : signature === '' ? {} : { signature: { path: signature, publicKey } }),
  }
}

/** What the contract refuses, field by field: nothing is shortened or left out to make it fit. Whatever is not filled in is none of it. */
export function importProblems(project: ProjectId, draft: ImportDraft): Partial<Record<ImportField, string>> {
  const { kind, signature, publicKey } = trimmed(draft)
  const issues = ForeignModel.safeParse(foreignModelOf(project, draft)).error?.issues ?? []
  const isWrong = (field: ImportField) => draft[field].trim() !== '' && issues.some(({ path }) => path[0] === field)
  return {
    ...Object.fromEntries(CHECKED.filter(isWrong).map((field) => [field, words.bad[field]])),
    ...(kind === 'plain' && signature !== '' && publicKey === '' ? { publicKey: words.keyMissing } : {}),
    ...(kind === 'plain' && signature === '' && publicKey !== '' ? { signature: words.signatureMissing } : {}),
  }
}

/** What must be there and is not, in the order of the form. */
export function missingFields(draft: ImportDraft): ImportField[] {
  const needed: readonly ImportField[] = ['path', 'model', 'source', 'licence', ...(draft.kind === 'bundle' ? (['logKey'] as const) : [])]
  return needed.filter((field) => draft[field].trim() === '')
}

function trimmed(draft: ImportDraft): ImportDraft {
  return { ...draft, ...Object.fromEntries(Object.entries(draft).map(([name, value]: [string, string]) => [name, value.trim()])) }
}
