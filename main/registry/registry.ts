import { ModelStage, ProjectId, RequestError, type Gate, type PersonId, type RunId, type VersionSummary } from '../../shared/contract/index.ts'
import type { Ledger, LedgerTransaction, Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { Annotations } from './annotations.ts'
import { evaluateConditions, evaluateRequirements, policyOf } from './gate.ts'
import { gatesTo, Promotions } from './promotions.ts'
import { recordedRegistration, recordedRun } from './recorded-version.ts'
import { subjectOf, VersionRows, type VersionKey, type VersionRow } from './version-rows.ts'

export interface RegistryDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly nameOf: (person: string) => string
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

const RETIREMENT = 'retirement'

/** The model registry: versions, the gates they must pass, who let them through, and what they are called. */
export class Registry {
  readonly promotions: Promotions
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
    this.promotions = new Promotions({ ...dependencies, versions: this.#versions, annotations: this.annotations })
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
      return { to, conditions, requirements, policy: gate ? policyOf(gate) : null, approvalsNeeded: Math.max(1, ...choices.map(({ approvals }) => approvals)), met, fixedByEntry: row.gate_entry }
    })
  }

  /** Takes a version out of use, signed by `signer`. Throws RequestError `conflict` while a request is open or a legal hold keeps it. */
  archive(signer: Signer, key: VersionKey, comment: string): void {
    const row = this.#versions.find(key)
    if (row.stage === 'archived') throw new RequestError('conflict', `${key.model} ${key.version} is archived already.`)
    this.promotions.refuseOpen(key)
    const [hold] = this.annotations.holds(key)
    if (hold) throw new RequestError('conflict', `${key.model} ${key.version} is under the legal hold of entry ${hold.entry}: nothing of it is archived until a second person releases it.`)
    this.#ledger.commit((tx) => this.#versions.move(tx, signer, row, 'archived', 'archive', comment === '' ? RETIREMENT : `${RETIREMENT}: ${comment}`))
  }

  #summarise(row: VersionRow): VersionSummary {
    const { run, artifact, bytes, format, author, metrics } = recordedRegistration(this.#ledger, row)
    const key = { project: ProjectId.parse(row.project), model: row.model, version: row.version }
    return {
      ...key,
      stage: ModelStage.parse(row.stage),
      run,
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
