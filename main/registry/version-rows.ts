import { ProjectId, RequestError, type DetailOf, type ModelStage } from '../../shared/contract/index.ts'
import type { Ledger, LedgerTransaction, Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { disagreement, recordedRegistration, recordedStage, recordedStages } from './recorded-version.ts'
import { mayMove, type Move } from './stages.ts'

export interface VersionKey {
  readonly project: ProjectId
  readonly model: string
  readonly version: number
}

export interface VersionRow {
  readonly project: string
  readonly model: string
  readonly version: number
  readonly stage: string
  /** What fixed its gates: the start of its run, or its import. */
  readonly gate_entry: number
  readonly registered_at: string
  /** Of its registration or import. */
  readonly entry: number
}

/** The rows of versions, each held to its entries, and the one way in which a version changes its stage. */
export class VersionRows {
  readonly #db: Database
  readonly #ledger: Ledger

  constructor(db: Database, ledger: Ledger) {
    this.#db = db
    this.#ledger = ledger
  }

  /** Throws RequestError `not-found`. */
  find({ project, model, version }: VersionKey): VersionRow {
    const row = this.#db
      .prepare<[string, string, number], VersionRow>('SELECT * FROM model_versions WHERE project = ? AND model = ? AND version = ?')
      .get(project, model, version)
    if (!row) throw new RequestError('not-found', `There is no version ${version} of a model ${model} in project ${project}.`)
    return row
  }

  all(project: ProjectId): VersionRow[] {
    return this.#db.prepare<[string], VersionRow>('SELECT * FROM model_versions WHERE project = ? ORDER BY model, version DESC').all(project)
  }

  /** As the entries say: a row that claims another stage hides none. */
  inProduction({ project, model }: Pick<VersionRow, 'project' | 'model'>): VersionRow[] {
    const stages = recordedStages(this.#ledger, project, model)
    return [...stages].filter(([, stage]) => stage === 'production').map(([version]) => this.find({ project: ProjectId.parse(project), model, version }))
  }

  nextNumber(project: ProjectId, model: string): number {
    const last = this.#db
      .prepare<[string, string], number | null>('SELECT max(version) FROM model_versions WHERE project = ? AND model = ?')
      .pluck()
      .get(project, model)
    return (last ?? 0) + 1
  }

  /** Where the entries say that it is. Throws LedgerError where its row says something else. */
  stageOf(row: VersionRow): ModelStage {
    const stage = recordedStage(this.#ledger, row)
    if (stage !== row.stage) throw disagreement(`no entry moved ${row.model} ${row.version} to ${row.stage}, it is in ${stage}`)
    return stage
  }

  /** Throws RequestError `conflict` for a move that the stage machine does not know. */
  move(tx: LedgerTransaction, signer: Signer, row: VersionRow, to: ModelStage, by: Move, cause: string): void {
    const { project, model, version } = row
    const from = this.stageOf(row)
    if (!mayMove(from, to, by)) throw new RequestError('conflict', `${model} ${version} is in ${from}; it cannot go from there to ${to} by ${by}.`)
    tx.append(signer, { action: 'model.stage.changed', subject: [subjectOf(recordedRegistration(this.#ledger, row))], detail: { project, model, version, from, to, cause } })
    this.#db.prepare('UPDATE model_versions SET stage = ? WHERE project = ? AND model = ? AND version = ?').run(to, project, model, version)
  }
}

/** How entries name a version as their subject. */
export function subjectOf({ model, version, artifact }: Pick<DetailOf<'model.version.registered'>, 'model' | 'version' | 'artifact'>): { name: string; digest: { sha256: string } } {
  return { name: `${model} ${version}`, digest: { sha256: artifact } }
}
