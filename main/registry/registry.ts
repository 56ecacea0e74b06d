import { ENTRY_DETAILS, ModelStage, ProjectId, RequestError, type DetailOf, type ForeignBundle, type Gate, type ImportedModel, type KnownVersion, type PersonId, type RunId, type VersionSummary } from '../../shared/contract/index.ts'
import type { Authority } from '../identity/index.ts'
import type { Ledger, LedgerTransaction, Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { Annotations } from './annotations.ts'
import { Decisions } from './decisions.ts'
import { evaluateConditions, evaluateRequirements, gatesTo, policyOf, returnRule } from './gate.ts'
import { Promotions } from './promotions.ts'
import { type KnownContent, recordedRegistration, recordedRetirement, recordedRun } from './recorded-version.ts'
import { RequestRows } from './request-rows.ts'
import { subjectOf, VersionRows, type VersionKey, type VersionRow } from './version-rows.ts'

export interface RegistryDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly nameOf: (person: string) => string
  /** Who may decide. */
  readonly authority: Authority
}

export interface NewVersion {
  readonly project: ProjectId
  readonly model: string
  readonly run: RunId
  readonly stage: string
  /** Who started the run: the author, who may not approve. */
  readonly author: PersonId
  readonly artifact: string
  readonly bytes: number
  readonly format: string
  /** What the run measured until now. */
  readonly metrics: Readonly<Record<string, string>>
  /** The `run.started` entry, which fixed the gates. */
  readonly runEntry: number
}

/** A model from outside, as its importer vouches for it; its content is in the store. */
export interface NewImport extends Omit<DetailOf<'model.version.imported'>, 'version' | 'gates' | 'gatesFrom'> {
  readonly project: ProjectId
}

/** What an import is held to, and the start of a run that fixed it. */
type ImportGates = Pick<DetailOf<'model.version.imported'>, 'gates' | 'gatesFrom'>

const RETIREMENT = 'retirement'

/** The model registry: versions, the gates they must pass, who let them through, and what they are called. */
export class Registry {
  readonly promotions: Promotions
  readonly decisions: Decisions
  readonly annotations: Annotations
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string
  readonly #versions: VersionRows

  constructor(dependencies: RegistryDependencies) {
    const { db, ledger, orchestrator, clock, nameOf } = dependencies
    this.#db = db
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#nameOf = nameOf
    this.#versions = new VersionRows(db, ledger)
    this.annotations = new Annotations({ ledger, nameOf, versions: this.#versions })
    const shared = { ...dependencies, versions: this.#versions, annotations: this.annotations }
    const rows = new RequestRows(shared)
    this.promotions = new Promotions({ ...shared, rows })
    this.decisions = new Decisions({ ...shared, rows, promotions: this.promotions })
  }

  /** Registers a run's model output as the next version, inside the commit that records the stage's success. */
  register(tx: LedgerTransaction, version: NewVersion): number {
    const { project, model, run, stage, author, artifact, bytes, format, metrics, runEntry } = version
    const number = this.#versions.nextNumber(project, model)
    const { seq } = tx.append(this.#orchestrator, {
      action: 'model.version.registered',
      subject: [subjectOf({ model, version: number, artifact })],
      detail: { project, model, version: number, run, stage, author, artifact, bytes, format, metrics },
    })
    this.#db
      .prepare(
        `INSERT INTO model_versions (project, model, version, stage, run, run_stage, author, artifact, bytes, format, gate_entry, registered_at, entry)
         VALUES (?, ?, ?, 'experiment', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(project, model, number, run, stage, author, artifact, bytes, format, runEntry, new Date(this.#clock()).toISOString(), seq)
    return number
  }

  /**
   * Takes in a model from outside as the next version, signed by `signer`, who vouches for it. It is held to the gates that the last run of that
   * model was held to, or the run that made this very content: importing is no way around them.
   */
  import(signer: Signer, imported: NewImport): VersionKey {
    const { project, model, author, artifact, bytes, format } = imported
    const held = this.gatesOfImport(project, model, imported.known)
    return this.#ledger.commit((tx) => {
      const version = this.#versions.nextNumber(project, model)
      const { seq } = tx.append(signer, {
        action: 'model.version.imported',
        subject: [subjectOf({ model, version, artifact })],
        detail: { ...imported, version, ...held },
      })
      this.#db
        .prepare(
          `INSERT INTO model_versions (project, model, version, stage, run, run_stage, author, artifact, bytes, format, gate_entry, registered_at, entry)
           VALUES (?, ?, ?, 'experiment', NULL, NULL, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(project, model, version, author, artifact, bytes, format, seq, new Date(this.#clock()).toISOString(), seq)
      return { project, model, version }
    })
  }

  /**
   * The gates that an import is held to, and the entry that fixed them: those of the last run that made a version of the model, else of the last one to say
   * any for it. A run that says lower ones and makes nothing changes nothing where there is a version. Where no run has said any, those under which a run
   * made the same content, if one did: another name is no way around them. One approval where there is none.
   */
  gatesOfImport(project: ProjectId, model: string, known: KnownContent | undefined): ImportGates {
    const own = this.#gatesOfLastRun(project, model)
    if (own.gatesFrom !== 'none' || known === undefined || known.run === 'none') return own
    const source = this.#gatesOfLastRun(known.project, known.model, known.run)
    return { ...source, gates: source.gates.map((each) => ({ ...each, model })) }
  }

  #gatesOfLastRun(project: ProjectId, model: string, run?: RunId): ImportGates {
    const made = run ?? this.#lastRunThatMade(project, model)
    for (const { seq, entry } of this.#ledger.history(['run.started'], { descending: true })) {
      if (entry.detail.project !== project || (made !== undefined && entry.detail.run !== made)) continue
      const gates = ENTRY_DETAILS['run.started'].parse(entry.detail).gates.filter((each) => each.model === model)
      if (gates.length > 0) return { gates, gatesFrom: seq }
      if (made !== undefined) break
    }
    return { gates: [{ model, gates: [] }], gatesFrom: 'none' }
  }

  #lastRunThatMade(project: ProjectId, model: string): RunId | undefined {
    for (const { entry } of this.#ledger.history(['model.version.registered'], { descending: true })) {
      const detail = ENTRY_DETAILS['model.version.registered'].parse(entry.detail)
      if (detail.project === project && detail.model === model) return detail.run
    }
    return undefined
  }

  versions(project: ProjectId): VersionSummary[] {
    return this.#versions.all(project).map((row) => this.#summarise(row))
  }

  version(key: VersionKey): VersionSummary {
    return this.#summarise(this.#versions.find(key))
  }

  /** The model file of every version there is, with the entry that registered it. */
  artifacts(): { sha256: string; name: string; entry: number }[] {
    return this.#db
      .prepare<[], { sha256: string; name: string; entry: number }>("SELECT artifact AS sha256, model || ' ' || version AS name, entry FROM model_versions ORDER BY entry")
      .all()
  }

  /** What stands between the version and each stage, compared with what its run measured so far. Throws LedgerError where row and ledger disagree. */
  gates(key: VersionKey): Gate[] {
    const row = this.#versions.find(key)
    const { gates, measured, successes } = recordedRun(this.#ledger, row)
    const now = new Date(this.#clock()).toISOString()
    return (['staging', 'production'] as const).map((to) => {
      const choices = gatesTo(gates, to)
      const conditions = choices.flatMap((gate) => evaluateConditions(gate, measured))
      const requirements = choices.flatMap((gate) => evaluateRequirements(gate, successes, now))
      const met = choices.length === 1 && [...conditions, ...requirements].every((each) => each.met)
      const [gate] = choices
      return { to, conditions, requirements, policy: gate ? policyOf(gate) : null, approvalsNeeded: Math.max(1, ...choices.map(({ approvals }) => approvals)), rollback: gate ? returnRule(gate) : null, met, fixedByEntry: row.gate_entry }
    })
  }

  /** Takes a version out of use for good, signed by `signer`; also one that was superseded, which then is no target of a rollback. Throws RequestError `conflict` while a request is open or a legal hold keeps it. */
  archive(signer: Signer, key: VersionKey, comment: string): void {
    const row = this.#versions.find(key)
    const retired = recordedRetirement(this.#ledger, row)
    if (retired) throw new RequestError('conflict', `${key.model} ${key.version} was taken out of use in entry ${retired.seq} already.`)
    this.promotions.refuseOpen(key)
    const [hold] = this.annotations.holds(key)
    if (hold) throw new RequestError('conflict', `${key.model} ${key.version} is under the legal hold of entry ${hold.entry}: nothing of it is archived until a second person releases it.`)
    this.#ledger.commit((tx) => this.#versions.move(tx, signer, row, 'archived', 'archive', comment === '' ? RETIREMENT : `${RETIREMENT}: ${comment}`))
  }

  #summarise(row: VersionRow): VersionSummary {
    const { run, imported, artifact, bytes, format, author, metrics } = recordedRegistration(this.#ledger, row)
    const key = { project: ProjectId.parse(row.project), model: row.model, version: row.version }
    return {
      ...key,
      stage: ModelStage.parse(row.stage),
      run,
      imported: imported && describeImport(imported),
      signed: this.annotations.signature(key),
      artifact,
      bytes,
      format,
      registeredAt: row.registered_at,
      author: this.#nameOf(author),
      authorPerson: author,
      entry: row.entry,
      metrics,
      openPromotion: this.promotions.open(key),
      aliases: this.annotations.aliases(key),
      tags: this.annotations.tags(key),
      holds: this.annotations.holds(key),
      approvalEnds: row.stage === 'production' ? this.promotions.approvalEnds(row) : null,
    }
  }
}

function describeImport({ kind, files, hash, source, licence, runsCode, code, gatesFrom, signature, bundle, known, statement }: DetailOf<'model.version.imported'>): ImportedModel {
  return {
    kind, files, hash, source, licence, runsCode, code, statement,
    gatesFrom: gatesFrom === 'none' ? null : gatesFrom,
    signedBy: signature?.hint ?? null,
    bundle: bundle ? describeBundle(bundle) : null,
    known: known ? describeKnown(known) : null,
  }
}

export function describeKnown(known: KnownContent): KnownVersion {
  return { ...known, run: known.run === 'none' ? null : known.run }
}

function describeBundle({ origin, size, logKey, project, model, version }: NonNullable<DetailOf<'model.version.imported'>['bundle']>): ForeignBundle {
  return { origin, size, logKey, project, model, version }
}
