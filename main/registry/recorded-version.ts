import { ENTRY_DETAILS, type ActionName, type DetailOf, type ModelStage, type RunId } from '../../shared/contract/index.ts'
import { LedgerError, orchestratorName, personName, type Ledger } from '../ledger/index.ts'
import type { FixedGate } from './gate.ts'
import type { Measurement } from './measurement.ts'

// The registry's rows find entries and say nothing of their own: whoever can write to the database could otherwise lower a gate, and
// the signed entry that fixed it would not be asked.

/** Where the registry's row of a version says that its entries stand. */
export interface VersionPointers {
  readonly project: string
  readonly model: string
  readonly version: number
  /** Of the registration or import. */
  readonly entry: number
  /** What fixed its gates: the start of its run, or its import. */
  readonly gate_entry: number
}

/** How a version came into the registry: a run here made it, or its author imported it. */
export interface Registration extends Pick<DetailOf<'model.version.registered'>, 'project' | 'model' | 'version' | 'author' | 'artifact' | 'bytes' | 'format' | 'metrics'> {
  /** Null where it was imported. */
  readonly run: RunId | null
  readonly imported: DetailOf<'model.version.imported'> | null
}

/** What the ledger says of the run that made a version; of one that was imported only its gates, since nothing here measured it. */
export interface RecordedRun {
  readonly isImport: boolean
  /** For each time that the run's start names the model, the gates that it fixes; once, but for runs of old pipelines that registered one model twice. */
  readonly gates: readonly (readonly FixedGate[])[]
  /** All that its stages measured so far. */
  readonly measured: readonly Measurement[]
  /** Its stages that succeeded so far, in order. */
  readonly successes: readonly Success[]
  readonly isGoing: boolean
}

/** A stage that succeeded, and the kinds of evidence of which it left a file. */
export interface Success {
  readonly stage: string
  readonly evidence: readonly string[]
  readonly entry: number
  /** ISO 8601. */
  readonly time: string
}

/** Whether somebody may read the versions of a model. */
export type MayRead = (of: Pick<KnownContent, 'project' | 'model'>) => boolean

/** How an import names a version of this ledger with the same content. */
export type KnownContent = NonNullable<DetailOf<'model.version.imported'>['known']>

/** The detail of the entry at `seq`, of that action. Throws LedgerError `inconsistent` where another stands there. */
export function recordedDetail<A extends ActionName>(ledger: Ledger, seq: number, action: A): DetailOf<A> {
  const { entry } = ledger.proved(seq)
  if (entry.action !== action) throw disagreement(`entry ${seq} is ${entry.action}, where the registry says that ${action} stands`)
  return ENTRY_DETAILS[action].parse(entry.detail) as DetailOf<A>
}

/** The registration or import of a version, from its entry. Throws LedgerError where row and entry do not agree. */
export function recordedRegistration(ledger: Ledger, row: VersionPointers): Registration {
  const { entry } = ledger.proved(row.entry)
  const imported = entry.action === 'model.version.imported' ? recordedDetail(ledger, row.entry, 'model.version.imported') : null
  const detail = imported ? { ...imported, run: null, metrics: {} } : recordedDetail(ledger, row.entry, 'model.version.registered')
  if (imported && entry.actor !== personName(ledger.origin, imported.author)) throw disagreement(`entry ${row.entry} is not signed by ${imported.author}, whom it names`)
  if (detail.project !== row.project || detail.model !== row.model || detail.version !== row.version) {
    throw disagreement(`entry ${row.entry} registers ${detail.model} ${detail.version}, not ${row.model} ${row.version}`)
  }
  const { project, model, version, author, artifact, bytes, format, metrics, run } = detail
  return { project, model, version, author, artifact, bytes, format, metrics, run, imported }
}

/** The stage that a version is in: where the last entry that moved it put it. */
export function recordedStage(ledger: Ledger, row: VersionPointers): ModelStage {
  return recordedMoves(ledger, row).at(-1)?.to ?? 'experiment'
}

/** The stage that each version of a model is in which was ever moved. */
export function recordedStages(ledger: Ledger, project: string, model: string): Map<number, ModelStage> {
  const moves = ledger.history(['model.stage.changed']).map(({ entry }) => ENTRY_DETAILS['model.stage.changed'].parse(entry.detail))
  return new Map(moves.filter((move) => move.project === project && move.model === model).map(({ version, to }) => [version, to]))
}

/** Every change of a version's stage, in order, each with its entry. */
export function recordedMoves(ledger: Ledger, { project, model, version, entry }: VersionPointers): (DetailOf<'model.stage.changed'> & { seq: number })[] {
  return [...ledger.history(['model.stage.changed'], { from: entry })].flatMap(({ seq, entry: moved }) => {
    const detail = ENTRY_DETAILS['model.stage.changed'].parse(moved.detail)
    return detail.project === project && detail.model === model && detail.version === version ? [{ ...detail, seq }] : []
  })
}

/** Where and by whose key a version was taken out of use on purpose, if nothing moved it since. One that another version superseded was moved by the orchestrator. */
export function recordedRetirement(ledger: Ledger, row: VersionPointers): { seq: number; actor: string; cause: string } | undefined {
  const last = recordedMoves(ledger, row).at(-1)
  if (last?.to !== 'archived') return undefined
  const { actor } = ledger.proved(last.seq).entry
  return actor === orchestratorName(ledger.origin) ? undefined : { seq: last.seq, actor, cause: last.cause }
}

/** What the entries of a version's run say. Throws LedgerError where row and entries do not agree. */
export function recordedRun(ledger: Ledger, row: VersionPointers): RecordedRun {
  const { run, imported } = recordedRegistration(ledger, row)
  if (imported) {
    if (row.gate_entry !== row.entry) throw disagreement(`entry ${row.gate_entry} is not the import of ${row.model} ${row.version}, which fixed its gates`)
    return { isImport: true, gates: imported.gates.map(({ gates }) => gates), measured: [], successes: [], isGoing: false }
  }
  const start = recordedDetail(ledger, row.gate_entry, 'run.started')
  if (start.run !== run) throw disagreement(`entry ${row.gate_entry} starts run ${start.run}, and run ${run} made ${row.model} ${row.version}`)
  const end = ledger.history(['run.finished'], { from: row.gate_entry }).find(({ entry }) => entry.detail.run === run)
  const measured: Measurement[] = []
  const successes: Success[] = []
  for (const { seq, entry } of ledger.history(['stage.succeeded'], { from: row.gate_entry, to: end?.seq })) {
    if (entry.detail.run !== run) continue
    const { stage, metrics, evidence } = ENTRY_DETAILS['stage.succeeded'].parse(entry.detail)
    successes.push({ stage, evidence: evidence.map(({ kind }) => kind), entry: seq, time: entry.time })
    for (const [name, value] of Object.entries(metrics)) measured.push({ stage, name, value, entry: seq })
  }
  return { isImport: false, gates: start.gates.filter(({ model }) => model === row.model).map(({ gates }) => gates), measured, successes, isGoing: end === undefined }
}

/** That the registry's rows and the ledger do not say the same. */
export function disagreement(why: string): LedgerError {
  return new LedgerError('inconsistent', `The registry does not agree with the ledger: ${why}. The database was altered. Verify the ledger and restore a backup.`)
}

const BROUGHT_IN = ['model.version.registered', 'model.version.imported'] as const

/** The registration or import by which somebody brought those very bytes in, as whatever version of whatever project; undefined where there is none. */
export function broughtInBy(ledger: Ledger, author: string, artifact: string): Pick<Registration, 'project' | 'model' | 'version'> | undefined {
  const found = ledger.history(BROUGHT_IN).find(({ entry: { detail } }) => detail.author === author && detail.artifact === artifact)
  return found && ENTRY_DETAILS[found.entry.action as (typeof BROUGHT_IN)[number]].parse(found.entry.detail)
}

/** The version that has those very bytes, of those that `mayRead` allows: the first that a run made, else the first that was imported; undefined where there is none. */
export function knownContent(ledger: Ledger, artifact: string, mayRead: MayRead): KnownContent | undefined {
  for (const action of BROUGHT_IN) {
    for (const { seq, entry } of ledger.history([action])) {
      const known = entry.detail.artifact === artifact ? knownAt(ledger, seq) : undefined
      if (known !== undefined && mayRead(known)) return known
    }
  }
  return undefined
}

/** The version that is registered or imported at a position, which must be one of the two. Throws LedgerError. */
export function knownAt(ledger: Ledger, seq: number): KnownContent {
  const isImport = ledger.proved(seq).entry.action === 'model.version.imported'
  const { project, model, version, run } = isImport ? { ...recordedDetail(ledger, seq, 'model.version.imported'), run: 'none' as const } : recordedDetail(ledger, seq, 'model.version.registered')
  return { project, model, version, entry: seq, run }
}
