import { isDeepStrictEqual } from 'node:util'
import { ProjectId, type RunId } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import type { RunStore } from './run-store.ts'
import type { StageSuccess } from './training-ports.ts'

/**
 * What a run that succeeds registers of stages that it took from the cache. Their models are versions of earlier runs already, but those are judged by what
 * those runs measured: this one makes versions of its own, unless it took all from one run and asks for the same gates, so that nothing would differ.
 */
export function registrationsOf(store: RunStore, run: RunId): StageSuccess[] {
  const rows = store.stages(run)
  const cached = rows.flatMap((row) => store.cachedOf(row) ?? [])
  const [first] = cached
  if (first === undefined) return []
  const isRepeated = cached.length === rows.length && cached.every((each) => each.run === first.run)
  const { project, started_by: author, entry: runEntry } = store.row(run)
  return rows.flatMap((row) => {
    const stage = store.stageOf(run, row.stage)
    const taken = store.cachedOf(row)
    if (taken === null || row.entry === null || !stage.meta.register) return []
    const earlier = store.pipeline(taken.run).stages.find(({ name }) => name === taken.stage)
    if (isRepeated && earlier && isDeepStrictEqual(judgement(earlier), judgement(stage))) return []
    const outs = JSON.parse(row.outs) as StageSuccess['outs']
    return [{ run, project: ProjectId.parse(project), author, stage, runEntry, stageEntry: row.entry, outs, artifact: taken.artifact }]
  })
}

/** What a version of the stage is called and judged by. */
function judgement({ meta: { register, gates } }: Stage): Pick<Stage['meta'], 'register' | 'gates'> {
  return { register, gates }
}
