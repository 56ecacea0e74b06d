import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { ProjectId, RequestError, SystemDescription, type Project } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'

export interface ProjectsDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly clock: () => number
}

interface ProjectRow {
  id: string
  folder: string
  name: string
  intended_purpose: string
  roles: string
  annex_iii: string
  created_at: string
  created_entry: number
}

/** Projects: folders of the user's own, each describing one AI system. */
export class Projects {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #clock: () => number

  constructor({ db, ledger, clock }: ProjectsDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#clock = clock
  }

  list(): Project[] {
    return this.#db.prepare<[], ProjectRow>('SELECT * FROM projects ORDER BY name').all().map(toProject)
  }

  get(id: ProjectId): Project {
    const row = this.#db.prepare<[string], ProjectRow>('SELECT * FROM projects WHERE id = ?').get(id)
    if (!row) throw new RequestError('not-found', `There is no project ${id}.`)
    return toProject(row)
  }

  /** Registers an existing folder. Throws `invalid-path` when it is not a folder with a `dvc.yaml`, `already-exists` when it is known. */
  add(actor: Actor, id: ProjectId, folder: string, system: SystemDescription): Project {
    const path = resolveProjectFolder(folder)
    const taken = this.#db.prepare<[string, string], string>('SELECT id FROM projects WHERE id = ? OR folder = ?').pluck().get(id, path)
    if (taken !== undefined) {
      throw new RequestError('already-exists', taken === id ? `There is a project ${id} already. Choose another id.` : `${path} is the project ${taken} already.`)
    }
    this.#ledger.commit((tx) => {
      const { seq } = tx.append(actor.signer, { action: 'project.created', subject: [], detail: { project: id, ...system } })
      this.#db
        .prepare('INSERT INTO projects (id, folder, name, intended_purpose, roles, annex_iii, created_at, created_entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(id, path, system.name, system.intendedPurpose, JSON.stringify(system.roles), system.annexIII, new Date(this.#clock()).toISOString(), seq)
    })
    return this.get(id)
  }

  change(actor: Actor, id: ProjectId, system: SystemDescription): Project {
    this.get(id)
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, { action: 'project.changed', subject: [], detail: { project: id, ...system } })
      this.#db
        .prepare('UPDATE projects SET name = ?, intended_purpose = ?, roles = ?, annex_iii = ? WHERE id = ?')
        .run(system.name, system.intendedPurpose, JSON.stringify(system.roles), system.annexIII, id)
    })
    return this.get(id)
  }
}

function resolveProjectFolder(folder: string): string {
  // Not from where the orchestrator happens to have been started.
  if (!isAbsolute(folder)) throw new RequestError('invalid-path', `${folder} is not an absolute path. Give the folder from the root of the disk on.`)
  let path: string
  try {
    path = realpathSync(folder)
    if (!statSync(path).isDirectory()) throw new Error('not a folder')
  } catch {
    throw new RequestError('invalid-path', `${folder} is not a folder on this machine. Give the folder that holds dvc.yaml.`)
  }
  try {
    statSync(join(path, 'dvc.yaml'))
  } catch {
    throw new RequestError('invalid-path', `${path} has no dvc.yaml. Write the pipeline there first, or start from a sample.`)
  }
  return path
}

function toProject(row: ProjectRow): Project {
  const system = SystemDescription.parse({
    name: row.name,
    intendedPurpose: row.intended_purpose,
    roles: JSON.parse(row.roles) as unknown,
    annexIII: row.annex_iii,
  })
  return { ...system, id: ProjectId.parse(row.id), folder: row.folder, createdAt: row.created_at, createdEntry: row.created_entry }
}
