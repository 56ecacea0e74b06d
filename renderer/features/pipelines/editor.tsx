import { useMemo, useState } from 'react'
import type { ProjectId, RunDetail } from '../../../shared/contract/index.ts'
import type { Pipeline } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages as words } from '../../../shared/messages/pipelines.ts'
import { Canvas, type CanvasNode } from '../../canvas/index.ts'
import { Body, EmptyState, Resizable } from '../../design/index.ts'
import { navigate, useNow } from '../../state/index.ts'
import { Drawer } from './drawer.tsx'
import { dataSources, sourceId, stageId } from './graph-sources.ts'
import { Inspector } from './inspector.tsx'
import { pipelineEdges, sourceWidth, stagesOf, stageWidth } from './pipeline-graph.ts'
import styles from './pipelines.module.css'
import { useRememberedSize } from './remembered-size.ts'
import { describeStage, SourceNode, SOURCE_HEIGHT, StageNode, STAGE_HEIGHT } from './stage-node.tsx'

export interface EditorProps {
  readonly project: ProjectId
  readonly pipeline: Pipeline
  /** dvc.yaml as it is. */
  readonly text: string
  /** The latest run. */
  readonly run: RunDetail | null
}

/** Canvas, inspector and drawer. */
export function Editor({ project, pipeline, text, run }: EditorProps) {
  const [selected, setSelected] = useState<string | null>(null)
  const [inspectorSize, setInspectorSize] = useRememberedSize('inspector', 288)
  const [drawerSize, setDrawerSize] = useRememberedSize('drawer', 188)
  const running = run?.stages.find(({ state }) => state === 'running')
  const now = useNow(running !== undefined)
  const nodes = useMemo(() => canvasNodes(pipeline, run, now), [pipeline, run, now])
  const edges = useMemo(() => pipelineEdges(pipeline, run), [pipeline, run])
  const stage = pipeline.stages.find(({ name }) => stageId(name) === selected)
  const source = dataSources(pipeline).find(({ path }) => sourceId(path) === selected)
  const select = (name: string) => setSelected(stageId(name))
  const open = (id: string) => {
    setSelected(id)
    const name = pipeline.stages.find((candidate) => stageId(candidate.name) === id)?.name
    if (run && name !== undefined && stagesOf(run).has(name)) navigate({ page: 'run', project, run: run.id, stage: name })
  }
  return (
    <Body layout="bare">
      <div className={styles.work}>
        {nodes.length === 0 ? (
          <EmptyState icon="pipeline" title={words.emptyTitle}>
            {words.empty}
          </EmptyState>
        ) : (
          <Canvas label={words.canvasLabel} words={words.canvasWords} nodes={nodes} edges={edges} shown={running ? stageId(running.stage) : null} selected={selected} onSelect={setSelected} onOpen={open} />
        )}
        <Resizable label={words.drawer.size} side="bottom" size={drawerSize} min={96} max={480} onResize={setDrawerSize}>
          <Drawer project={project} pipeline={pipeline} run={run} selected={stage?.name ?? null} onSelect={select} />
        </Resizable>
      </div>
      <Resizable label={words.inspector.size} side="right" size={inspectorSize} min={240} max={480} onResize={setInspectorSize}>
        <Inspector project={project} pipeline={pipeline} text={text} run={run} stage={stage} source={source} onSelect={setSelected} />
      </Resizable>
    </Body>
  )
}

function canvasNodes(pipeline: Pipeline, run: RunDetail | null, now: number): CanvasNode[] {
  const states = stagesOf(run)
  const width = stageWidth(pipeline.stages)
  const snapshots = new Map(run?.snapshots.map((snapshot) => [snapshot.path, snapshot]))
  const data = dataSources(pipeline)
  const dataWidth = sourceWidth(data.map(({ path }) => path))
  const sources = data.map(({ path }): CanvasNode => {
    return { id: sourceId(path), width: dataWidth, height: SOURCE_HEIGHT, title: path, content: <SourceNode path={path} snapshot={snapshots.get(path)} /> }
  })
  const stages = pipeline.stages.map((stage): CanvasNode => {
    const facts = describeStage(pipeline, stage, states.get(stage.name), now)
    return {
      id: stageId(stage.name),
      width,
      height: STAGE_HEIGHT,
      title: stage.desc === null ? stage.name : `${stage.name}: ${stage.desc}`,
      content: <StageNode stage={stage} facts={facts} />,
    }
  })
  return [...sources, ...stages]
}
