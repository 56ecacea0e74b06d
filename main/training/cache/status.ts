import { RequestError, type StageChange, type StageStatus } from '../../../shared/contract/index.ts'
import { stagesNamed, type Pipeline, type Stage } from '../../../shared/graph/pipeline.ts'
import { predecessorsOf } from '../../../shared/graph/selection.ts'
import { ancestors, topologicalOrder } from '../../../shared/graph/traversal.ts'
import { ContentError, decodeManifest, digestAt, encodeManifest, listFiles, mapInParallel } from '../../content/index.ts'
import type { ParametersReading, TrainingDependencies } from '../training-ports.ts'
import { compareBases, keyOf, type Basis } from './basis.ts'
import { EnvironmentBasis, gpuModels } from './environment-basis.ts'
import type { Foretold, StageCache } from './stage-cache.ts'

/** What is asked. `elsewhere`: how an executor is configured. */
export interface Oracles {
  readonly deps: TrainingDependencies
  readonly cache: StageCache
  readonly elsewhere: (executor: string) => string
}

/**
 * What each stage would do if the pipeline ran now, in the order of the file; with `targets`, those and what they need. Reads the project and changes
 * nothing. What a stage that would run leaves is not known, so all that need it would run as well.
 */
export async function foretell(
  { deps, cache, elsewhere }: Oracles, project: { id: string; folder: string }, pipeline: Pipeline, targets?: readonly string[],
): Promise<StageStatus[]> {
  const wanted = select(pipeline, targets)
  const stages = new Map(pipeline.stages.filter(({ name }) => wanted.has(name)).map((stage) => [stage.name, stage]))
  const disk = new Disk(project.folder, deps.hash)
  await disk.read([...stages.values()].flatMap(({ deps: read, outs }) => [...read, ...outs.map(({ path }) => path)]))
  const oracle = new Oracle({ deps, cache, elsewhere }, project, pipeline, disk)
  const found = new Map<string, StageStatus>()
  for (const name of topologicalOrder(pipeline)) {
    const stage = stages.get(name)
    if (stage) found.set(name, await oracle.foretell(stage, found))
  }
  return pipeline.stages.flatMap(({ name }) => found.get(name) ?? [])
}

function select(pipeline: Pipeline, targets: readonly string[] | undefined): ReadonlySet<string> {
  const names = pipeline.stages.map(({ name }) => name)
  if (targets === undefined) return new Set(names)
  const meant = targets.flatMap((target) => {
    const stages = stagesNamed(target, names)
    if (stages.length === 0) throw new RequestError('not-found', `${pipeline.file} has no stage '${target}'.`)
    return stages
  })
  return new Set(meant.flatMap((name) => [name, ...ancestors(pipeline, name)]))
}

type Found = { readonly sha256: string } | { readonly fault: string } | null

/** Digests of what lies in the project, each path looked at once and all files read together; null for what is not there, a sentence for what cannot be read. */
class Disk {
  readonly #folder: string
  readonly #hash: TrainingDependencies['hash']
  readonly #found = new Map<string, Found>()

  constructor(folder: string, hash: TrainingDependencies['hash']) {
    this.#folder = folder
    this.#hash = hash
  }

  async read(paths: readonly string[]): Promise<void> {
    const listings = await mapInParallel([...new Set(paths)], async (path) => ({ path, listing: await this.#list(path) }))
    const files = listings.flatMap(({ listing }) => (listing !== null && 'files' in listing ? listing.files.map(({ absolute }) => absolute) : []))
    const digests = new Map<string, { sha256: string; bytes: number }>()
    for (const [index, digest] of (await this.#hash(files)).entries()) digests.set(files[index] ?? '', digest)
    for (const { path, listing } of listings) this.#found.set(path, listing !== null && 'files' in listing ? digestOf(listing, digests) : listing)
  }

  at(path: string): Found {
    return this.#found.get(path) ?? null
  }

  async #list(path: string): Promise<Listing | { fault: string } | null> {
    try {
      return await listFiles(this.#folder, path)
    } catch (error) {
      if (!(error instanceof ContentError)) throw error
      return error.code === 'missing' ? null : { fault: error.message }
    }
  }
}

type Listing = Awaited<ReturnType<typeof listFiles>>

function digestOf({ kind, files }: Listing, digests: ReadonlyMap<string, { sha256: string; bytes: number }>): Found {
  const contents = files.map(({ path, absolute }) => ({ path, sha256: '', bytes: 0, ...digests.get(absolute) }))
  const [only] = contents
  return kind === 'file' && only ? { sha256: only.sha256 } : { sha256: encodeManifest(contents).sha256 }
}

class Oracle {
  readonly #deps: TrainingDependencies
  readonly #cache: StageCache
  readonly #project: { id: string; folder: string }
  readonly #disk: Disk
  readonly #environment: EnvironmentBasis
  readonly #needs: ReadonlyMap<string, ReadonlySet<string>>
  readonly #parameters = new Map<string, Promise<ParametersReading['values']>>()
  /** What the stages that would not run leave, by path. */
  readonly #outs = new Map<string, string>()

  constructor({ deps, cache, elsewhere }: Oracles, project: { id: string; folder: string }, pipeline: Pipeline, disk: Disk) {
    this.#deps = deps
    this.#cache = cache
    this.#project = project
    this.#disk = disk
    this.#environment = new EnvironmentBasis({ binFolder: deps.binFolder, software: deps.software, gpus: () => gpuModels(deps.findGpus), elsewhere })
    this.#needs = predecessorsOf(pipeline)
  }

  async foretell(stage: Stage, before: ReadonlyMap<string, StageStatus>): Promise<StageStatus> {
    const { name } = stage
    const none = { stage: name, changes: [], restores: [], from: null }
    if (stage.frozen) {
      for (const { path } of stage.outs) this.#keep(path, this.#disk.at(path))
      return { ...none, state: 'frozen' }
    }
    const running = [...(this.#needs.get(name) ?? [])].filter((need) => before.get(need)?.state === 'changed')
    if (stage.alwaysChanged) return { ...none, state: 'changed', changes: [{ what: 'always-changed' }] }
    const { basis, faults } = await this.#read(stage, running.length > 0)
    const upstream = running.map((need): StageChange => ({ what: 'upstream', stage: need }))
    const hit = upstream.length === 0 && faults.length === 0 ? this.#cache.foretell(this.#project.id, keyOf(basis)) : null
    if (hit === null) return { ...none, state: 'changed', changes: [...faults, ...upstream, ...this.#compare(stage, basis, running.length > 0)] }
    return this.#stand(stage, hit)
  }

  /** A success stands for the stage: is what it left there? */
  #stand(stage: Stage, { entry, run, outs }: Foretold): StageStatus {
    const left = new Map(outs.map(({ path, sha256 }) => [path, sha256]))
    for (const { path, sha256 } of outs) this.#outs.set(path, sha256)
    const restores = stage.outs.map(({ path }) => path).filter((path) => {
      const now = this.#disk.at(path)
      return now === null || 'fault' in now || now.sha256 !== left.get(path)
    })
    const from = { run, entry }
    return { stage: stage.name, state: restores.length === 0 ? 'current' : 'restorable', changes: [], restores, from }
  }

  #compare(stage: Stage, basis: Basis, isOpen: boolean): StageChange[] {
    const last = this.#cache.last(this.#project.id, stage.name)
    if (last === null) return isOpen ? [] : [{ what: 'never-run' }]
    // What a stage that would run leaves is not known yet: it is named already.
    return compareBases(last.basis, basis).filter((change) => !isOpen || change.what !== 'dependency' || this.#disk.at(change.path) !== null)
  }

  async #read(stage: Stage, isOpen: boolean): Promise<{ basis: Basis; faults: StageChange[] }> {
    const faults: StageChange[] = []
    const dependencies: Record<string, string> = {}
    for (const path of [...new Set(stage.deps)].sort()) {
      const found = await this.#dependency(path)
      if (found === null) {
        if (!isOpen) faults.push({ what: 'dependency', path, change: 'missing' })
      } else if ('fault' in found) faults.push({ what: 'unreadable', message: found.fault })
      else dependencies[path] = found.sha256
    }
    const parameters = await this.#parametersOf(stage).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error
      faults.push({ what: 'unreadable', message: error.message })
      return {}
    })
    const { cmd, wdir, outs } = stage
    const environment = await this.#environment.read(this.#project.folder, stage)
    return { basis: { version: 1, cmd, wdir, dependencies, parameters: { ...parameters }, outs: outs.map(({ path }) => path), environment }, faults }
  }

  /** What the stage would find: of an out that would be brought back what that is, else what lies there. */
  async #dependency(path: string): Promise<Found> {
    const known = this.#outs.get(path)
    if (known !== undefined) return { sha256: known }
    const now = this.#disk.at(path)
    if (now !== null) return now
    const holder = [...this.#outs].find(([out]) => path.startsWith(`${out}/`))
    if (holder === undefined) return null
    const [out, manifest] = holder
    try {
      const sha256 = digestAt(decodeManifest(await this.#deps.blobs.read(manifest)), path.slice(out.length + 1))
      return sha256 === null ? null : { sha256 }
    } catch {
      return null
    }
  }

  #keep(path: string, found: Found): void {
    if (found !== null && 'sha256' in found) this.#outs.set(path, found.sha256)
  }

  #parametersOf(stage: Stage): Promise<ParametersReading['values']> {
    if (stage.params.length === 0) return Promise.resolve({})
    const wanted = JSON.stringify(stage.params)
    const known = this.#parameters.get(wanted) ?? this.#deps.readParameters(this.#project.folder, [{ name: stage.name, params: stage.params }]).then(({ values }) => values)
    this.#parameters.set(wanted, known)
    return known
  }
}
