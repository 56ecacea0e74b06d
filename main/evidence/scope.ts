import { Scope as GrantScope, type VersionSummary } from '../../shared/contract/index.ts'
import { isJsonObject, LedgerError, type Ledger, type SignedEntry } from '../ledger/index.ts'

/** The entries that tell the story of one model version, and the tree that they are looked at in. */
export interface Scope {
  readonly tree: { readonly size: number; readonly root: string; readonly checkpoint: string }
  /** In order of position. */
  readonly entries: readonly SignedEntry[]
  readonly version: VersionSummary
  /** Whether an entry of the tree belongs to the version: `entries` are all those that do. */
  readonly takes: (signed: SignedEntry) => boolean
  /** What else the ledger holds, before the registration or import, of models of this name in the project: in no pack of this version. */
  readonly earlier: { readonly registrations: number; readonly refusals: number }
}

export type OmissionReason = 'other-project' | 'session' | 'after-the-decision' | 'not-in-scope'

/** Whether an entry tells of another run, of which the version's took something over: what that was, its own entries tell. */
export function isOfAnotherRun({ entry: { action, detail } }: SignedEntry, { version: { run } }: Scope): boolean {
  return /^(run|stage)\./.test(action) && detail.run !== run
}

/** Positions `from` to `to`, both ends included. */
export interface Omission {
  readonly from: number
  readonly to: number
  readonly reason: OmissionReason
}

/** Keys, roles and policy are folded from these: all of them go into every pack. */
export const KEYRING: readonly string[] = [
  'ledger.created', 'ledger.continued', 'ledger.key.rotated', 'orchestrator.key.rotated',
  'person.enrolled', 'person.roles.changed', 'person.key.rotated', 'person.key.recovered', 'person.deactivated',
  'role.defined', 'role.removed', 'policy.changed',
]
/** Those for other projects are nobody's business here. */
const GRANTS = ['person.granted', 'person.revoked']
const PROJECT = ['project.created', 'project.changed']
const RUN = [
  'run.cancel.requested', 'run.priority.changed', 'run.finished', 'run.adopted',
  'stage.started', 'stage.succeeded', 'stage.failed', 'stage.cancelled', 'stage.interrupted', 'stage.requeued', 'stage.metrics.sealed',
]
const VERSION = [
  'model.version.registered', 'model.version.imported', 'model.version.signed', 'model.version.exported', 'model.promotion.requested', 'model.promotion.refused', 'model.promotion.approved',
  'model.promotion.rejected', 'model.promotion.withdrawn', 'model.rollback.requested', 'model.rollback.approved', 'model.rollback.rejected',
  'model.stage.changed', 'model.alias.set', 'model.alias.removed', 'model.tag.set', 'model.tag.removed', 'model.hold.placed', 'model.hold.released',
]

const MODEL_KEYS = ['model.key.introduced', 'model.key.rotated']
/** Those that are taken wherever they stand. */
const ANYWHERE = [...KEYRING, ...GRANTS, ...PROJECT, ...MODEL_KEYS]

/** Entries that are read at a time. */
const BATCH = 500

/** Where the run of a version stands. */
interface RunSpan {
  readonly started: SignedEntry
  /** Position of the entry that ended it; infinite while it goes on. */
  readonly ended: number
}

/**
 * Collects, by the ledger's catalogue, what belongs to a version: the keyring, its project, its run with the snapshots that the run read and the successes that it took over,
 * its registration or import, promotions and decisions. Nothing else. Throws LedgerError.
 */
export function readScope(ledger: Ledger, version: VersionSummary): Scope {
  const tree = { size: ledger.size, root: ledger.root.toString('base64'), checkpoint: ledger.checkpoint() }
  const run = findRun(ledger, version)
  const last = tree.size - 1
  const ofRun = run ? [...ledger.history(RUN, { from: run.started.seq, to: run.ended })].filter(({ entry: { detail } }) => detail.run === version.run) : []
  const sources = run ? readSources(ledger, ofRun) : []
  const read = new Set([...(run ? [run.started.seq, ...snapshotEntries(run.started)] : []), ...sources.map(({ seq }) => seq)])
  const takes = belongsTo(version, run, read)
  const found = [
    ...ledger.history(ANYWHERE),
    ...[...read].filter((seq) => seq <= last).map((seq) => ledger.proved(seq)),
    ...ofRun,
    ...ledger.history(VERSION, { from: version.entry }),
  ]
  const entries = [...new Map(found.filter(takes).map((each) => [each.seq, each])).values()].sort((a, b) => a.seq - b.seq)
  const countEarlier = (...actions: string[]) =>
    ledger.history(actions, { to: Math.min(version.entry, tree.size) - 1 }).filter(({ entry: { detail } }) => detail.project === version.project && detail.model === version.model).toArray().length
  const earlier = { registrations: countEarlier('model.version.registered', 'model.version.imported'), refusals: countEarlier('model.promotion.refused') }
  return { tree, entries, version, takes, earlier }
}

/**
 * Where stages of the run took over what an earlier run had made: that success, and the start of its attempt and of its run. What else that run did belongs
 * to other versions.
 */
function readSources(ledger: Ledger, ofRun: readonly SignedEntry[]): SignedEntry[] {
  const taken = new Set(ofRun.flatMap(({ entry }) => (entry.action === 'stage.succeeded' ? sourceOf(entry.detail) ?? [] : [])))
  return [...taken].flatMap((seq) => {
    const success = ledger.proved(seq)
    const { run, stage, attempt } = success.entry.detail
    const before = (action: string, is: (detail: SignedEntry['entry']['detail']) => boolean) =>
      ledger.history([action], { to: seq, descending: true }).find(({ entry: { detail } }) => detail.run === run && is(detail)) ?? []
    return [success, before('stage.started', (detail) => detail.stage === stage && detail.attempt === attempt), before('run.started', () => true)].flat()
  })
}

/** The entry that a success was taken over from; undefined for one that ran. */
export function sourceOf({ from }: SignedEntry['entry']['detail']): number | undefined {
  return isJsonObject(from) && typeof from.entry === 'number' ? from.entry : undefined
}

/** What belongs to a version, entry by entry. `read`: what its run read or took over. */
function belongsTo({ project, model, version, entry: registered, run: number }: VersionSummary, run: RunSpan | undefined, read: ReadonlySet<number>): Scope['takes'] {
  return ({ seq, entry: { action, detail } }) => {
    if (KEYRING.includes(action) || MODEL_KEYS.includes(action)) return true
    if (GRANTS.includes(action)) return GrantScope.safeParse(detail.scope).data?.project === project
    if (PROJECT.includes(action)) return detail.project === project
    if (VERSION.includes(action)) return seq >= registered && detail.project === project && detail.model === model && detail.version === version
    if (read.has(seq)) return true
    return RUN.includes(action) && run !== undefined && seq > run.started.seq && seq <= run.ended && detail.run === number
  }
}

/** The `run.started` of the version's run, looked for backwards from the registration, to which it is near, and its end. One that was imported has none. */
function findRun(ledger: Ledger, { run, entry }: VersionSummary): RunSpan | undefined {
  if (run === null) return undefined
  const started = ledger.history(['run.started'], { to: entry, descending: true }).find(({ entry: { detail } }) => detail.run === run)
  if (started === undefined) return undefined
  const ended = ledger.history(['run.finished'], { from: started.seq }).find(({ entry: { detail } }) => detail.run === run)?.seq ?? Infinity
  return { started, ended }
}

function snapshotEntries({ entry }: SignedEntry): number[] {
  const { snapshots } = entry.detail
  if (!Array.isArray(snapshots)) return []
  return snapshots.flatMap((each: unknown) =>
    typeof each === 'object' && each !== null && 'entry' in each && typeof each.entry === 'number' ? [each.entry] : [],
  )
}

/**
 * Says of every entry that is not in the scope why, by looking at each; neighbours with one reason share a range. Reads in batches and
 * lets other work happen between them; `onBatch` gets the share done, 0 to 1, and may throw to end it. Throws LedgerError `inconsistent` at one that the scope should have
 * taken: it was not there to be found when that was read.
 */
export async function explainOmissions(ledger: Ledger, scope: Scope, onBatch: (share: number) => void): Promise<Omission[]> {
  const { size } = scope.tree
  const included = new Set(scope.entries.map(({ seq }) => seq))
  const projectOfRun = new Map<number, unknown>()
  const decided = lastDecision(scope)
  const omitted: { from: number; to: number; reason: OmissionReason }[] = []
  for (let from = 0; from < size; from += BATCH) {
    for (const signed of ledger.entries({ from, limit: Math.min(BATCH, size - from) })) {
      const { seq, entry } = signed
      const { run, project } = entry.detail
      if (entry.action === 'run.started' && typeof run === 'number') projectOfRun.set(run, project)
      if (included.has(seq)) continue
      if (scope.takes(signed)) throw new LedgerError('inconsistent', `Entry ${seq}, ${entry.action}, belongs into this pack and was not found: the database is being altered. Nothing was exported. Verify the ledger.`)
      const about = project ?? GrantScope.safeParse(entry.detail.scope).data?.project ?? (typeof run === 'number' ? projectOfRun.get(run) : undefined)
      const reason = reasonFor(entry.action, about, scope.version.project, seq > decided)
      const last = omitted.at(-1)
      if (last?.reason === reason && last.to === seq - 1) last.to = seq
      else omitted.push({ from: seq, to: seq, reason })
    }
    onBatch(Math.min(1, (from + BATCH) / size))
    await new Promise(setImmediate)
  }
  return omitted
}

function reasonFor(action: string, about: unknown, project: string, afterDecision: boolean): OmissionReason {
  if (action.startsWith('session.')) return 'session'
  if (about === undefined) return 'not-in-scope'
  if (about !== project) return 'other-project'
  return afterDecision ? 'after-the-decision' : 'not-in-scope'
}

/** Position of the last decision about the version; beyond every position if there is none. */
export function lastDecision({ entries }: Scope): number {
  return entries.findLast(({ entry }) => isDecision(entry.action))?.seq ?? Infinity
}

/** Position of the entry by which the version first entered production; beyond every position if it never did. */
export function enteredProduction({ entries }: Scope): number {
  return entries.find(({ entry }) => entry.action === 'model.stage.changed' && entry.detail.to === 'production')?.seq ?? Infinity
}

export function isDecision(action: string): boolean {
  return /^model\.(promotion|rollback)\.(approved|rejected)$/.test(action)
}
