import { evidenceKinds, GateExpiry, GateRollback, GateRules, isLedgerKind, MetricLimit, Registration, Resources, Retry, StageEvidence, StageMeta } from '../../shared/graph/pipeline.ts'
import type { z } from 'zod'
import { entryOf, kindOf, placeOf, plainValue } from './located.ts'
import type { JsonValue } from './located.ts'
import { joinProjectPath } from './paths.ts'
import type { PlacedPath } from './placed-stage.ts'
import type { Place, ProblemList } from './problem-list.ts'
import { didYouMean, suggest } from './suggestion.ts'
import type { Located } from './yaml-source.ts'

const META_KEYS = [StageMeta, Resources, Retry, StageEvidence, Registration, GateRules, GateExpiry, GateRollback, MetricLimit].flatMap((schema) => Object.keys(schema.shape))

/** Whether a framework has a row of that citation, or rows below it, and it says which article or which row. */
export type KnowsObligation = (citation: string) => boolean

/** What a stage's `meta` says to Strongroom, and the files it names. */
export interface ReadMeta {
  readonly meta: StageMeta
  readonly paths: readonly PlacedPath[]
  readonly checkpoint: PlacedPath | null
  /** Where it names the model that it registers. */
  readonly modelAt: Place | null
  readonly gates: readonly PlacedGate[]
}

/** What a stage without `meta.strongroom` says. */
const NOTHING: ReadMeta = { meta: StageMeta.parse({}), paths: [], checkpoint: null, modelAt: null, gates: [] }

/** A gate where it stands: in place, or by the path of a file that says it. */
export type PlacedGate = { readonly to: 'staging' | 'production' } & ({ readonly rules: Located } | { readonly file: PlacedPath })

/**
 * Reads `meta.strongroom` strictly; every other key of `meta` belongs to somebody else and is passed over. Its paths are relative to the
 * stage's working folder, as those of deps and outs are.
 */
export function readMeta(
  node: Located | undefined,
  wdir: string,
  stage: string,
  knowsObligation: KnowsObligation,
  problems: ProblemList,
): ReadMeta {
  if (node === undefined) return NOTHING
  if (node.kind !== 'map') {
    problems.add('wrong-type', node.at, `meta is ${kindOf(node)}; it must be a map.`, stage)
    return NOTHING
  }
  const ours = entryOf(node, 'strongroom')?.value
  if (ours === undefined) return NOTHING
  const plain = plainValue(ours)
  const { paths, checkpoint } = projectPaths(ours, plain, wdir, stage, problems)
  const gates = placeGates(ours, plain, wdir, stage, problems)
  const parsed = StageMeta.safeParse(plain)
  if (parsed.success) {
    checkKinds(ours, parsed.data, stage, problems)
    checkObligations(ours, parsed.data, stage, knowsObligation, problems)
    return { meta: withCard(parsed.data), paths, checkpoint, modelAt: parsed.data.register ? placeOf(ours, ['register', 'model']) : null, gates }
  }
  reportIssues(parsed.error.issues, ours, 'meta.strongroom', problems, stage)
  return NOTHING
}

/** What a schema refused, each with its place and in the words of the house. `within`: the keys that lead to `ours`. */
export function reportIssues(issues: readonly z.core.$ZodIssue[], ours: Located, within: string, problems: ProblemList, stage: string): void {
  const named = (path: readonly PropertyKey[]) => [...(within === '' ? [] : [within]), ...path].join('.')
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const message = `${named([...issue.path, key])} is not known${didYouMean(key, META_KEYS) || '; remove it.'}`
        problems.add('unknown-key', keyPlace(ours, issue.path, key), message, stage)
      }
    } else {
      const name = named(issue.path)
      problems.add('invalid-meta', placeOf(ours, issue.path), `${name === '' ? '' : `${name}: `}${explain(issue.message, ours, issue.path)}.`, stage)
    }
  }
}

/**
 * Takes the gates that a file says out of `plain`, where a map must stand, and says where each gate stands. Their paths are relative to the
 * stage's working folder, as all paths of a stage are.
 */
function placeGates(ours: Located, plain: JsonValue, wdir: string, stage: string, problems: ProblemList): PlacedGate[] {
  const gates = isRecord(plain) ? plain['gates'] : undefined
  if (!isRecord(gates)) return []
  const node = ours.kind === 'map' ? entryOf(ours, 'gates')?.value : undefined
  return (['staging', 'production'] as const).flatMap((to): PlacedGate[] => {
    const written = gates[to]
    const rules = node?.kind === 'map' ? entryOf(node, to)?.value : undefined
    if (written === undefined || !rules) return []
    if (typeof written !== 'string') {
      // What Strongroom itself notes of a file, nobody writes.
      if (isRecord(written) && Object.hasOwn(written, 'policy')) {
        problems.add('unknown-key', placeOf(rules, ['policy']), `meta.strongroom.gates.${to}.policy is not known; write the path of the file in place of the gate.`, stage)
        delete written['policy']
      }
      return [{ to, rules }]
    }
    gates[to] = {}
    const joined = joinProjectPath(wdir, written)
    if (joined.ok) return [{ to, file: { path: joined.path, at: rules.at } }]
    problems.add(joined.code, rules.at, joined.reason, stage)
    return []
  })
}

/**
 * Rewrites the paths in `plain` to project paths, so that the schema sees what it describes; says where each stands: those of files that must be
 * recorded with the stage, and that of its checkpoint, which is not.
 */
function projectPaths(ours: Located, plain: JsonValue, wdir: string, stage: string, problems: ProblemList): Pick<ReadMeta, 'paths' | 'checkpoint'> {
  const rewrite = (holder: JsonValue | undefined, key: string, path: readonly PropertyKey[]): PlacedPath[] => {
    const written = isRecord(holder) ? holder[key] : undefined
    if (!isRecord(holder) || typeof written !== 'string') return []
    const at = placeOf(ours, path)
    const joined = joinProjectPath(wdir, written)
    holder[key] = joined.ok ? joined.path : '.'
    if (joined.ok) return [{ path: joined.path, at }]
    problems.add(joined.code, at, joined.reason, stage)
    return []
  }
  if (!isRecord(plain)) return { paths: [], checkpoint: null }
  const evidence = plain['evidence']
  const paths = [
    ...(Array.isArray(evidence) ? evidence.flatMap((item, index) => rewrite(item, 'path', ['evidence', index, 'path'])) : []),
    ...rewrite(plain['register'], 'path', ['register', 'path']),
    ...rewrite(plain['register'], 'card', ['register', 'card']),
  ]
  const [checkpoint = null] = rewrite(plain, 'checkpoint', ['checkpoint'])
  return { paths, checkpoint }
}

/** The card of a registered model is evidence of it, whether the list of evidence names it too or not. */
function withCard(meta: StageMeta): StageMeta {
  const card = meta.register?.card
  if (card === undefined || meta.evidence.some(({ kind, path }) => kind === 'model-card' && path === card)) return meta
  return { ...meta, evidence: [...meta.evidence, { kind: 'model-card', path: card, obligations: [] }] }
}

/** What the ledger records by itself, a file can only claim. */
function checkKinds(ours: Located, meta: StageMeta, stage: string, problems: ProblemList): void {
  meta.evidence.forEach(({ kind }, index) => {
    if (!isLedgerKind(kind)) return
    const message = `'${kind}' is recorded by the ledger itself and no file can be it; remove this item.`
    problems.add('invalid-meta', placeOf(ours, ['evidence', index, 'kind']), message, stage)
  })
}

function checkObligations(ours: Located, meta: StageMeta, stage: string, knowsObligation: KnowsObligation, problems: ProblemList): void {
  meta.evidence.forEach(({ obligations }, index) => {
    obligations.forEach((citation, at) => {
      if (knowsObligation(citation)) return
      const place = placeOf(ours, ['evidence', index, 'obligations', at])
      const message = `'${citation}' names no row of a framework, or too many: name an article, a numbered point or a row as the coverage does, such as 'Art. 10(2)(f)', 'Annex IV(2)' or 'MAP 1.3'.`
      problems.add('invalid-meta', place, message, stage)
    })
  })
}

/** zod's message, with the words of the house where a reader would stumble over it. */
function explain(message: string, ours: Located, path: readonly PropertyKey[]): string {
  const plain = plainAt(plainValue(ours), path)
  if (path.at(-1) === 'kind' && typeof plain === 'string') {
    const guess = suggest(plain, evidenceKinds)
    return `'${plain}' is no kind of evidence; ${guess === null ? `use one of ${evidenceKinds.join(', ')}` : `did you mean '${guess}'`}`
  }
  if (plain === undefined) return 'is missing; add it'
  return message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '')
}

function plainAt(value: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined {
  let current: JsonValue | undefined = value
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)]
    else if (isRecord(current)) current = current[String(step)]
    else return undefined
  }
  return current
}

/** Where a key of the map at a path stands; where it has none, the last place on the path. */
export function keyPlace(root: Located, path: readonly PropertyKey[], key: string): Place {
  let node: Located | undefined = root
  for (const step of path) {
    node = node?.kind === 'map' ? entryOf(node, String(step))?.value : node?.kind === 'list' ? node.items[Number(step)] : undefined
  }
  const entry = node?.kind === 'map' ? entryOf(node, key) : undefined
  return entry?.keyAt ?? placeOf(root, path)
}

function isRecord(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
