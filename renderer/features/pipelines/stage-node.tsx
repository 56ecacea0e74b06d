import type { RunDetail, StageRun } from '../../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages as words } from '../../../shared/messages/pipelines.ts'
import { stateWords } from '../../../shared/messages/runs.ts'
import { stageShapes } from '../../canvas/index.ts'
import { classNames, Icon, StateShape, toneClass, type IconName, type RunStateName } from '../../design/index.ts'
import { elapsed, formatDuration, formatMetric } from '../../state/index.ts'
import { evidenceLine, keyMetric } from './pipeline-graph.ts'
import styles from './pipelines.module.css'

export const STAGE_HEIGHT = 70
export const SOURCE_HEIGHT = 44

/** What stands on a stage's node. */
export interface StageFacts {
  readonly shape: RunStateName | null
  /** The state's word; empty before the first run. */
  readonly state: string
  /** How long it took, or has been running; empty before it starts. */
  readonly time: string
  /** Name and value of its key metric; without one, what it is evidence of, or how many files it writes. */
  readonly third: { readonly text: string; readonly value: string; readonly title: string }
}

/** `now` in ms, for a stage that runs. */
export function describeStage(pipeline: Pipeline, stage: Stage, run: StageRun | undefined, now: number): StageFacts {
  const took = run ? elapsed(run, now) : null
  return {
    shape: run ? stageShapes[run.state] : null,
    state: stage.frozen ? words.frozen : run ? stateWords[run.state] : '',
    time: took === null ? '' : formatDuration(took),
    third: thirdLine(pipeline, stage, run),
  }
}

function thirdLine(pipeline: Pipeline, stage: Stage, run: StageRun | undefined): StageFacts['third'] {
  const metric = keyMetric(pipeline, run)
  if (metric) {
    const [name, value] = metric
    // The last part of a dotted name tells most in little room.
    return { text: name.slice(name.lastIndexOf('.') + 1), value: formatMetric(value), title: `${name} ${value}` }
  }
  const evidence = evidenceLine(stage)
  if (evidence) return { text: evidence.text, value: evidence.more, title: evidence.all }
  const text = words.writesFiles(stage.outs.length)
  return { text, value: '', title: text }
}

/** A kind of stage, told by what it is there for. */
export function iconOf({ meta, frozen }: Stage): IconName {
  if (frozen) return 'frozen'
  if (meta.register) return 'model'
  const kinds = new Set(meta.evidence.map(({ kind }) => kind))
  if (kinds.has('fairness-report')) return 'fairness'
  if (kinds.has('data-validation')) return 'evidence'
  if (kinds.has('test-report') || kinds.has('robustness-test')) return 'target'
  return 'terminal'
}

export function StageNode({ stage, facts }: { readonly stage: Stage; readonly facts: StageFacts }) {
  return (
    <span className={classNames(styles.node, facts.shape && toneClass(facts.shape), facts.shape === null && styles.idle, facts.shape === 'failed' && styles.failed)}>
      <span className={styles.nodeHead}>
        <Icon name={iconOf(stage)} size="small" />
        <span className={styles.nodeName}>{stage.name}</span>
        {facts.shape && (
          <span className={styles.nodeState}>
            <StateShape state={facts.shape} size="normal" />
          </span>
        )}
      </span>
      <span className={styles.nodeLine}>
        <span>{facts.state}</span>
        <span>{facts.time}</span>
      </span>
      <span className={styles.nodeLine} title={facts.third.title}>
        <span className={styles.cut}>{facts.third.text}</span>
        <span>{facts.third.value}</span>
      </span>
    </span>
  )
}

export interface SourceNodeProps {
  readonly path: string
  readonly snapshot: RunDetail['snapshots'][number] | undefined
}

export function SourceNode({ path, snapshot }: SourceNodeProps) {
  return (
    <span className={styles.source}>
      <span className={styles.nodeHead}>
        <Icon name="dataset" size="small" label={words.data} />
        <span className={styles.nodeName}>{path.slice(path.lastIndexOf('/') + 1)}</span>
      </span>
      <span className={classNames(styles.nodeLine, styles.mono)}>{snapshot ? snapshot.manifest.slice(0, 8) : words.noSnapshot}</span>
    </span>
  )
}
