import { Scope as GrantScope, type VersionSummary } from '../../shared/contract/index.ts'
import type { Ledger, SignedEntry } from '../ledger/index.ts'

/** The entries that tell the story of one model version, and the tree that they are looked at in. */
export interface Scope {
  readonly tree: { readonly size: number; readonly root: string; readonly checkpoint: string }
  /** In order of position. */
  readonly entries: readonly SignedEntry[]
  readonly version: VersionSummary
  /** What else the ledger holds, before the registration or import, of models of this name in the project: in no pack of this version. */
  readonly earlier: { readonly registrations: number; readonly refusals: number }
}

export type OmissionReason = 'other-project' | 'session' | 'after-the-decision' | 'not-in-scope'

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
  'run.cancel.requested', 'run.finished', 'run.adopted',
  'stage.started', 'stage.succeeded', 'stage.failed', 'stage.cancelled', 'stage.interrupted', 'stage.metrics.sealed',
]
const VERSION = [
  'model.version.registered', 'model.version.imported', 'model.version.signed', 'model.version.exported', 'model.promotion.requested', 'model.promotion.refused', 'model.promotion.approved',
  'model.promotion.rejected', 'model.promotion.withdrawn', 'model.rollback.requested', 'model.rollback.approved', 'model.rollback.rejected',
  'model.stage.changed', 'model.alias.set', 'model.alias.removed', 'model.tag.set', 'model.tag.removed', 'model.hold.placed', 'model.hold.released',
]

const BATCH = 500

/**
 * Collects, by the ledger's index, what belongs to a version: the keyring, its project, its run with the snapshots that the run read,
 * its registration or import, promotions and decisions. Nothing else. Throws LedgerError.
 */
export function readScope(ledger: Ledger, version: VersionSummary): Scope {
  const tree = { size: ledger.size, root: ledger.root.toString('base64'), checkpoint: ledger.checkpoint() }
  const { project, model, version: number, run } = version
  const found = new Map<number, SignedEntry>()
  const collect = (actions: readonly string[], from: number, belongs: (detail: SignedEntry['entry']['detail']) => boolean) => {
    for (const action of actions) {
      for (const each of entriesOf(ledger, action, from, tree.size)) if (belongs(each.entry.detail)) found.set(each.seq, each)
    }
  }
  collect(KEYRING, 0, () => true)
  collect(GRANTS, 0, ({ scope }) => GrantScope.safeParse(scope).data?.project === project)
  collect(PROJECT, 0, (detail) => detail.project === project)
  collect(['model.key.introduced', 'model.key.rotated'], 0, () => true)
  const started = findRunStart(ledger, version)
  if (started !== undefined) {
    found.set(started.seq, started)
    for (const seq of snapshotEntries(started)) if (seq < tree.size) found.set(seq, ledger.entry(seq))
    collect(RUN, started.seq, (detail) => detail.run === run)
  }
  collect(VERSION, version.entry, (detail) => detail.project === project && detail.model === model && detail.version === number)
  const countEarlier = (action: string) =>
    [...entriesOf(ledger, action, 0, Math.min(version.entry, tree.size))].filter(({ entry }) => entry.detail.project === project && entry.detail.model === model).length
  const earlier = { registrations: countEarlier('model.version.registered') + countEarlier('model.version.imported'), refusals: countEarlier('model.promotion.refused') }
  return { tree, entries: [...found.values()].sort((a, b) => a.seq - b.seq), version, earlier }
}

/** The one `run.started` of the version's run: looked for backwards from the registration, to which it is near. One that was imported has none. */
function findRunStart(ledger: Ledger, version: VersionSummary): SignedEntry | undefined {
  if (version.run === null) return undefined
  for (let from = version.entry; from >= 0; ) {
    const batch = ledger.entries({ action: 'run.started', from, limit: BATCH, descending: true })
    const found = batch.find(({ entry }) => entry.detail.run === version.run)
    const last = batch.at(-1)
    if (found !== undefined || last === undefined) return found
    from = last.seq - 1
  }
  return undefined
}

function snapshotEntries({ entry }: SignedEntry): number[] {
  const { snapshots } = entry.detail
  if (!Array.isArray(snapshots)) return []
  return snapshots.flatMap((each: unknown) =>
    typeof each === 'object' && each !== null && 'entry' in each && typeof each.entry === 'number' ? [each.entry] : [],
  )
}

function* entriesOf(ledger: Ledger, action: string, from: number, size: number): Generator<SignedEntry> {
  for (let at = from; at < size; ) {
    const batch = ledger.entries({ action, from: at, limit: BATCH })
    for (const each of batch) if (each.seq < size) yield each
    const last = batch.at(-1)
    if (last === undefined) return
    at = last.seq + 1
  }
}

/**
 * Says of every entry that is not in the scope why, by looking at each; neighbours with one reason share a range. Reads in batches and
 * lets other work happen between them; `onBatch` gets the share done, 0 to 1, and may throw to end it.
 */
export async function explainOmissions(ledger: Ledger, scope: Scope, onBatch: (share: number) => void): Promise<Omission[]> {
  const { size } = scope.tree
  const included = new Set(scope.entries.map(({ seq }) => seq))
  const projectOfRun = new Map<number, unknown>()
  const decided = lastDecision(scope)
  const omitted: { from: number; to: number; reason: OmissionReason }[] = []
  for (let from = 0; from < size; from += BATCH) {
    for (const { seq, entry } of ledger.entries({ from, limit: Math.min(BATCH, size - from) })) {
      const { run, project } = entry.detail
      if (entry.action === 'run.started' && typeof run === 'number') projectOfRun.set(run, project)
      if (included.has(seq)) continue
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
