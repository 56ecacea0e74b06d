import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readPipeline, readParameters, parameterText } from '../../main/pipelines/index.ts'
import type { TrainingDependencies } from '../../main/training/index.ts'
import { EnvironmentBasis } from '../../main/training/cache/environment-basis.ts'
import type { Basis } from '../../main/training/cache/basis.ts'
import { StageCache } from '../../main/training/cache/stage-cache.ts'
import { readDependencies } from '../../main/training/dependencies.ts'
import { RunStore } from '../../main/training/run-store.ts'
import { readBasis } from '../../main/training/stage-preparation.ts'
import { openTestWorkplace, PROJECT } from '../../main/training/test-workplace.ts'
import { FileCrew, FileHasher, type ReadFiles } from '../../main/content/index.ts'
import { Hints } from '../../main/storage/index.ts'
import type { Pipeline } from '../../shared/graph/pipeline.ts'

/** A workplace whose project is read as the product reads it, with what is remembered of files. */
export async function openWorkplace(folder: string, fileThread: string, overrides: Partial<TrainingDependencies> = {}) {
  mkdirSync(folder, { recursive: true })
  const crew = new FileCrew(fileThread)
  const memory = new Hints(`${folder}/hints.db`, createHash('sha256').update('bench').digest())
  const hasher = new FileHasher(crew, { memory })
  const deps: Partial<TrainingDependencies> = {
    ...overrides,
    hash: (paths) => hasher.hash(paths),
    readParameters: async (project, stages) => {
      const read = await readParameters(project, stages)
      if (!read.ok) throw new Error(read.problems[0]?.message)
      return { values: Object.fromEntries(Object.entries(read.value.values).map(([name, value]) => [name, parameterText(value)])), files: read.value.files }
    },
  }
  const workplace = await openTestWorkplace(folder, deps)
  const close = async (): Promise<void> => {
    await workplace.close()
    memory.close()
    await crew.close()
  }
  return { ...workplace, deps, close }
}

export type BenchWorkplace = Awaited<ReturnType<typeof openWorkplace>>

export async function pipelineOf({ project }: Pick<BenchWorkplace, 'project'>): Promise<Pipeline> {
  const read = await readPipeline(project, () => true, [])
  if (!read.ok) throw new Error(read.problems[0]?.message)
  return read.pipeline
}

/** Writes down a success of every stage, with what it was made of and what lies in the project as what it left: rows as the journal of runs writes them. */
export async function seedSuccesses(workplace: BenchWorkplace): Promise<void> {
  const { db, ledger, actor, project, deps } = workplace
  const pipeline = await pipelineOf(workplace)
  const [store, cache] = [new RunStore(db), new StageCache(db, ledger)]
  const environment = new EnvironmentBasis({ binFolder: null, software: 'test', gpus: () => Promise.resolve([]), elsewhere: () => '' })
  const at = new Date().toISOString()
  const hash = deps.hash
  const readings = deps.readParameters
  if (!hash || !readings) throw new Error('the workplace has no reader')
  const bases: { stage: Pipeline['stages'][number]; basis: Basis; outs: Awaited<ReturnType<ReadFiles>> }[] = []
  for (const stage of pipeline.stages) {
    const outs = await hash(stage.outs.map(({ path }) => `${project}/${path}`))
    bases.push({ stage, basis: await readBasis({ readParameters: readings }, project, stage, await readDependencies(project, stage, hash), environment), outs })
  }
  ledger.commit((tx) => {
    const code = { commit: 'unknown', dirty: 'unknown', diff: '', reason: 'bench' } as const
    const run = store.add({ project: PROJECT, folder: project, startedBy: actor.person, startedAt: at, pipeline, parameters: {}, snapshots: [], code, force: false, priority: 0 })
    const detail = { run, project: PROJECT, pipeline: pipeline.sha256, stages: [], parameters: {}, snapshots: [], code, gates: [] }
    const { seq } = tx.append(actor.signer, { action: 'run.started', subject: [], detail })
    store.setEntry(run, seq)
    store.setRunState(run, 'running')
    bases.forEach(({ stage, basis, outs }, index) => {
      // One entry stands for all: what would happen is foretold by the rows.
      const entry = seq + 1 + index
      store.startStage(run, stage.name, { at, entry, gpus: [], resumes: null, basis, executor: '', cpus: 1 })
      store.endStage(run, stage.name, { state: 'succeeded', at, entry, reason: null, exitCode: 0, outs: stage.outs.map(({ path, kind }, out) => ({ path, kind, sha256: outs[out]?.sha256 ?? '', bytes: outs[out]?.bytes ?? 0 })) })
      cache.add({ entry, project: PROJECT, run, stage: stage.name, basis })
    })
    store.setRunState(run, 'succeeded', at)
  })
}
