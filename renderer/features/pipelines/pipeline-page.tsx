import { useEffect, useRef, useState } from 'react'
import type { ProjectId, RequestError, ResultOf, RunDetail } from '../../../shared/contract/index.ts'
import { pipelineMessages as words } from '../../../shared/messages/pipelines.ts'
import { Banner, Body, Link, Panel, Segmented, Tag, Text, Unread, ViewBar } from '../../design/index.ts'
import { formatAddress, pipeline, projectDetail, RunButton, StartFailure, useStartRun } from '../../state/index.ts'
import { Editor } from './editor.tsx'
import { InvalidPipeline } from './invalid-pipeline.tsx'
import { latestRun } from './latest-run.ts'
import styles from './pipelines.module.css'
import { PipelineText } from './pipeline-text.tsx'

export interface PipelinePageProps {
  readonly project: ProjectId
}

type Shown = 'canvas' | 'file'

/** The pipeline of a project, drawn, with the state of its latest run. */
export function PipelinePage({ project }: PipelinePageProps) {
  const read = pipeline.use(project)
  const run = latestRun.use(project)
  const name = projectDetail.use(project).value?.name ?? project
  const [shown, setShown] = useState<Shown>('canvas')
  const isValid = read.value?.ok === true && read.value.pipeline.stages.length > 0
  const starting = useStartRun(project)
  const failure = read.error ?? run.error
  useReadAgain(read.reload)
  return (
    <>
      <ViewBar
        title={name}
        meta={<RunNote project={project} read={read.value} run={run.value} />}
        actions={
          <>
            <Segmented
              label={words.view}
              value={shown}
              onChange={setShown}
              segments={[
                { id: 'canvas', label: words.canvas, icon: 'pipeline' },
                { id: 'file', label: words.file, icon: 'code' },
              ]}
            />
            <RunButton project={project} starting={starting} latest={run.value} label={words.run} kind="primary" closed={read.value?.ok === false ? words.isInvalid : undefined} isDisabled={!isValid} />
          </>
        }
      />
      <Notices startFailure={starting.failure} staleError={read.value === undefined ? null : (failure ?? null)} />
      <Content project={project} read={read} run={run.value ?? null} shown={shown} />
    </>
  )
}

/** dvc.yaml is edited elsewhere: whoever comes back to the window sees it as it is now. */
function useReadAgain(reload: () => void): void {
  const latest = useRef(reload)
  useEffect(() => {
    latest.current = reload
  })
  useEffect(() => {
    const onFocus = () => latest.current()
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [])
}

type Reading = ResultOf<'pipelines.read'>

interface RunNoteProps {
  readonly project: ProjectId
  readonly read: Reading | undefined
  readonly run: RunDetail | null | undefined
}

/** What the latest run says, and whether the file has changed since. */
function RunNote({ project, read, run }: RunNoteProps) {
  if (read === undefined || run === undefined) return null
  if (run === null) return <span>{words.notRunYet}</span>
  const hasChanged = read.ok && read.pipeline.sha256 !== run.pipeline
  return (
    <>
      <Link href={formatAddress({ page: 'run', project, run: run.id })}>
        <Tag state={run.state}>{words.lastRun(run.id, run.state, run.stagesDone, run.stagesTotal)}</Tag>
      </Link>
      <span>{hasChanged ? words.changed(run.id) : read.ok && words.stages(read.pipeline.stages.length)}</span>
    </>
  )
}

function Notices({ startFailure, staleError }: { readonly startFailure: RequestError | null; readonly staleError: RequestError | null }) {
  if (!startFailure && !staleError) return null
  return (
    <div className={styles.notices}>
      <StartFailure failure={startFailure} />
      {staleError && !startFailure && (
        <Banner kind="warning" title={words.stale}>
          {staleError.message}
        </Banner>
      )}
    </div>
  )
}

interface ContentProps {
  readonly project: ProjectId
  readonly read: ReturnType<typeof pipeline.use>
  readonly run: RunDetail | null
  readonly shown: Shown
}

function Content({ project, read, run, shown }: ContentProps) {
  if (read.value === undefined) {
    return (
      <Body>
        <Panel title={words.canvasLabel} isTitleHidden>
          <Unread title={words.failedTitle} error={read.error} onRetry={read.reload} loading={words.loading} look="block" />
        </Panel>
      </Body>
    )
  }
  if (shown === 'file') {
    return (
      <Body>
        <Panel title={words.text.label} meta={words.text.readOnly} isFlush>
          {read.value.text === null ? (
            <p className={styles.note}>
              <Text size="small" tone="dim">
                {words.invalid.noText}
              </Text>
            </p>
          ) : (
            <PipelineText label={words.text.label} text={read.value.text} marked={read.value.ok ? [] : read.value.problems.flatMap(({ file, line }) => (file === 'dvc.yaml' ? (line ?? []) : []))} />
          )}
        </Panel>
      </Body>
    )
  }
  if (!read.value.ok) return <InvalidPipeline problems={read.value.problems} text={read.value.text} onRetry={read.reload} />
  return <Editor project={project} pipeline={read.value.pipeline} text={read.value.text} run={run} />
}
