import type { DetailOf, RunDetail, RunId } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import { ContentError, restoreContent } from '../content/index.ts'
import { StorageError, storageErrorFrom } from '../storage/index.ts'
import { keyOf, type Basis } from './cache/basis.ts'
import { EnvironmentBasis, gpuModels } from './cache/environment-basis.ts'
import type { CachedSuccess, StageCache } from './cache/stage-cache.ts'
import { readDependencies, refuseChanged, type Dependency } from './dependencies.ts'
import type { ExecutorList } from './executors/executor-list.ts'
import type { RunStore } from './run-store.ts'
import { digestOuts } from './runner/outs.ts'
import { storeStageContent, type StageContent } from './stage-content.ts'
import type { TrainingDependencies } from './training-ports.ts'

/** What is known of a stage whose turn has come: what it reads, and what it is made of. */
export interface Inputs {
  readonly dependencies: DetailOf<'stage.started'>['dependencies']
  readonly basis: Basis
}

/** An earlier success whose outs lie in the project again. */
export interface Restored {
  readonly hit: CachedSuccess
  readonly outs: DetailOf<'stage.succeeded'>['outs']
  readonly evidence: readonly { readonly kind: string; readonly path: string; readonly sha256: string }[]
  readonly content: StageContent
}

/** What happens before a stage begins: its dependencies are read and held to what the run recorded, and an earlier success is looked for. */
export class StagePreparation {
  readonly #deps: TrainingDependencies
  readonly #store: RunStore
  readonly #cache: StageCache
  readonly #executors: ExecutorList

  constructor(deps: TrainingDependencies, store: RunStore, cache: StageCache, executors: ExecutorList) {
    this.#deps = deps
    this.#store = store
    this.#cache = cache
    this.#executors = executors
  }

  /** Throws ContentError for what is missing, or is not what the run recorded. */
  async read(run: RunId, stage: Stage): Promise<Inputs> {
    const { folder } = this.#store.row(run)
    const dependencies = await readDependencies(folder, stage, this.#deps.hash)
    const recorded: Pick<RunDetail, 'snapshots' | 'stages'> = this.#store.detail(run)
    await refuseChanged(dependencies, recorded, (sha256) => this.#deps.blobs.read(sha256))
    const basis = await readBasis(this.#deps, folder, stage, dependencies, this.#look())
    return { dependencies: dependencies.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })), basis }
  }

  /**
   * Brings back what an earlier success of the project with that basis left. Null where there is none, where its content is lost, or where
   * what the stage leaves depends on what lies there already.
   */
  async restore(run: RunId, stage: Stage, basis: Basis): Promise<Restored | null> {
    const { project, folder, force } = this.#store.row(run)
    if (force === 1 || stage.alwaysChanged) return null
    for (const hit of this.#cache.find(project, keyOf(basis))) {
      const content = await this.#bringBack(folder, stage, hit)
      if (content) return { hit, ...content }
    }
    return null
  }

  async #bringBack(folder: string, stage: Stage, { success }: CachedSuccess): Promise<Omit<Restored, 'hit'> | null> {
    const spec = { project: folder, outs: stage.outs, evidence: stage.meta.evidence }
    const isPersistent = stage.outs.some(({ persist }) => persist)
    try {
      // A stage that goes on from what it finds may leave something else where that is not what it left.
      if (!isPersistent) for (const out of success.outs) await restoreContent(this.#deps.blobs, folder, out, { read: this.#deps.hash })
      const { outs, evidence } = await digestOuts(spec, this.#deps.hash)
      const left = new Map(success.outs.map(({ path, sha256 }) => [path, sha256]))
      if (outs.some(({ path, sha256 }) => left.get(path) !== sha256)) return null
      return { outs, evidence, content: await storeStageContent(this.#deps, folder, stage, { outs, evidence }) }
    } catch (thrown) {
      // What was lost, or cannot be put there, is made again; a disk that is full is waited for.
      const error = storageErrorFrom(thrown, folder)
      if (error instanceof StorageError && error.code === 'disk-full') throw error
      if (error instanceof StorageError || error instanceof ContentError || isFileFault(error)) return null
      throw error
    }
  }

  /** One look at the machine, shared by the stages that begin within it. */
  #look(): EnvironmentBasis {
    return new EnvironmentBasis({ binFolder: this.#deps.binFolder, software: this.#deps.software, gpus: () => gpuModels(this.#deps.findGpus), elsewhere: (name) => this.#executors.describe(name) })
  }
}

/** What a stage is made of, from what it reads. */
export async function readBasis(
  deps: Pick<TrainingDependencies, 'readParameters'>, folder: string, stage: Stage, dependencies: readonly Pick<Dependency, 'path' | 'sha256'>[], environment: EnvironmentBasis,
): Promise<Basis> {
  const own = new Set(stage.deps)
  const { values } = stage.params.length === 0 ? { values: {} } : await deps.readParameters(folder, [{ name: stage.name, params: stage.params }])
  return {
    version: 1,
    cmd: stage.cmd,
    wdir: stage.wdir,
    dependencies: Object.fromEntries(dependencies.filter(({ path }) => own.has(path)).map(({ path, sha256 }) => [path, sha256])),
    parameters: { ...values },
    outs: stage.outs.map(({ path }) => path),
    environment: await environment.read(folder, stage),
  }
}

function isFileFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

