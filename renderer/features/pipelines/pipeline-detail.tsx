import type { RunDetail } from '../../../shared/contract/index.ts'
import type { Pipeline } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages } from '../../../shared/messages/pipelines.ts'
import { Hash, PanelSection, Text } from '../../design/index.ts'
import { dataSources, sourceId, stageId } from './graph-sources.ts'
import styles from './pipelines.module.css'
import { StagePromises } from './stage-detail.tsx'

const words = pipelineMessages.inspector

export interface PipelineDetailProps {
  readonly pipeline: Pipeline
  /** The latest run, which says what each source held. */
  readonly run: RunDetail | null
  /** Takes the id of a node. */
  readonly onSelect: (node: string) => void
}

/** The pipeline as a whole: the data that it begins with, what its stages are evidence of, what it registers behind which gates. */
export function PipelineDetail({ pipeline, run, onSelect }: PipelineDetailProps) {
  const sources = dataSources(pipeline)
  const snapshots = new Map(run?.snapshots.map(({ path, manifest }) => [path, manifest]))
  const proving = pipeline.stages.filter(({ meta }) => meta.evidence.length > 0)
  return (
    <>
      <p className={styles.hint}>
        <Text size="small" tone="dim">
          {words.nothing}
        </Text>
      </p>
      {sources.length > 0 && (
        <PanelSection title={words.beginsWith}>
          {sources.map(({ path }) => {
            const manifest = snapshots.get(path)
            return (
              <div key={path} className={styles.pair}>
                <NodeLink name={path} onPress={() => onSelect(sourceId(path))} />
                {manifest === undefined ? (
                  <Text size="small" tone="faint">
                    {pipelineMessages.noSnapshot}
                  </Text>
                ) : (
                  <Text size="small" tone="dim">
                    <Hash value={manifest} />
                  </Text>
                )}
              </div>
            )
          })}
        </PanelSection>
      )}
      {proving.length > 0 && (
        <PanelSection title={words.evidence}>
          {proving.map(({ name, meta }) => (
            <div key={name} className={styles.proving}>
              <NodeLink name={name} onPress={() => onSelect(stageId(name))} />
              <Text size="small" tone="dim">
                {[...new Set(meta.evidence.map(({ kind }) => kind))].join(', ')}
              </Text>
            </div>
          ))}
        </PanelSection>
      )}
      {pipeline.declared && pipeline.declared.artifacts.length > 0 && (
        <PanelSection title={words.artifacts}>
          {pipeline.declared.artifacts.map(({ name, path, stage }) => (
            <div key={`${name} ${path}`} className={styles.pair}>
              {stage === null ? name : <NodeLink name={name} onPress={() => onSelect(stageId(stage))} />}
              <Text size="small" tone="dim" isMono isCut title={path}>
                {path}
              </Text>
            </div>
          ))}
        </PanelSection>
      )}
      {pipeline.stages.map((stage) => (
        <StagePromises key={stage.name} stage={stage} />
      ))}
    </>
  )
}

function NodeLink({ name, onPress }: { readonly name: string; readonly onPress: () => void }) {
  return (
    <button type="button" className={styles.plainLink} title={name} onClick={onPress}>
      {name}
    </button>
  )
}
