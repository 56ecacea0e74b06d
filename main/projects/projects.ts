import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { ProjectId, RequestError, SystemDescription, type Project } from '../../shared/contract/index.ts'
import { isInside } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'

export interface ProjectsDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly clock: () => number
  /** What lies in it moves with it. */
  readonly dataFolder: string
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
  readonly #root: string

  constructor({ db, ledger, clock, dataFolder }: ProjectsDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#clock = clock
    this.#root = realpathSync(dataFolder)
  }

  list(): Project[] {
    return this.#db.prepare<[], ProjectRow>('SELECT * FROM projects ORDER BY name').all().map((row) => this.#project(row))
  }

  get(id: ProjectId): Project {
    const row = this.#db.prepare<[string], ProjectRow>('SELECT * FROM projects WHERE id = ?').get(id)
    if (!row) throw new RequestError('not-found', `There is no project ${id}.`)
    return this.#project(row)
  }

  /** The folder of a project, where there is one. Throws `invalid-path`. */
  presentFolder(id: ProjectId): string {
    const { folder } = this.get(id)
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
    throw new RequestError('invalid-path', `The folder ${folder} of the project ${id} is not there. If it lies elsewhere by now, say where: 'strongroom project change --project ${id} --folder FOLDER'.`)
  }

  /** What lies in the data folder moves with it, and so is stored by its place in there; the rest by its whole path. */
  #stored(path: string): string {
    return isInside(this.#root, path) ? relative(this.#root, path) : path
  }

  #project(row: ProjectRow): Project {
    return toProject({ ...row, folder: resolve(this.#root, row.folder) })
  }

  /** Registers an existing folder. Throws `invalid-path` when it is not a folder with a `dvc.yaml`, `already-exists` when it is known. */
  add(actor: Actor, id: ProjectId, folder: string, system: SystemDescription): Project {
    const path = resolveProjectFolder(folder)
    const stored = this.#stored(path)
    const taken = this.#db.prepare<[string, string], string>('SELECT id FROM projects WHERE id = ? OR folder = ?').pluck().get(id, stored)
    if (taken !== undefined) {
      throw new RequestError('already-exists', taken === id ? `There is a project ${id} already. Choose another id.` : `${path} is the project ${taken} already.`)
    }
    this.#ledger.commit((tx) => {
      const { seq } = tx.append(actor.signer, { action: 'project.created', subject: [], detail: { project: id, ...system } })
      this.#db
        .prepare('INSERT INTO projects (id, folder, name, intended_purpose, roles, annex_iii, created_at, created_entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(id, stored, system.name, system.intendedPurpose, JSON.stringify(system.roles), system.annexIII, new Date(this.#clock()).toISOString(), seq)
    })
    return this.get(id)
  }

  /** Describes the system anew; with `folder`, says where the project lies by now. Throws as `add` does. */
  change(actor: Actor, id: ProjectId, system: SystemDescription, folder?: string): Project {
    const stored = this.#stored(folder === undefined ? this.get(id).folder : resolveProjectFolder(folder))
    const taken = this.#db.prepare<[string, string], string>('SELECT id FROM projects WHERE id <> ? AND folder = ?').pluck().get(id, stored)
    if (taken !== undefined) throw new RequestError('already-exists', `${folder ?? stored} is the project ${taken} already.`)
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, { action: 'project.changed', subject: [], detail: { project: id, ...system } })
      this.#db
        .prepare('UPDATE projects SET name = ?, intended_purpose = ?, roles = ?, annex_iii = ?, folder = ? WHERE id = ?')
        .run(system.name, system.intendedPurpose, JSON.stringify(system.roles), system.annexIII, stored, id)
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
