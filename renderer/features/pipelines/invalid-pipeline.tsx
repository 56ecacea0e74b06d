import { useState } from 'react'
import type { Problem } from '../../../shared/contract/index.ts'
import { pipelineMessages } from '../../../shared/messages/pipelines.ts'
import { Banner, Body, Button, Panel, Table, Text, type Column } from '../../design/index.ts'
import { placeOf } from '../../state/index.ts'
import { PipelineText } from './pipeline-text.tsx'
import styles from './pipelines.module.css'
import { excerptAround } from './stage-text.ts'

const words = pipelineMessages.invalid

const problemColumns: readonly Column<Problem>[] = [
  { id: 'place', header: pipelineMessages.drawer.place, look: 'mono', width: '180px', cell: placeOf, text: placeOf },
  { id: 'problem', header: pipelineMessages.drawer.problem, cell: ({ message }) => <span className={styles.message}>{message}</span>, text: ({ message }) => message },
]

export interface InvalidPipelineProps {
  readonly problems: readonly Problem[]
  readonly text: string | null
  readonly onRetry: () => void
}

/** Stands in the place of the canvas while dvc.yaml is not valid: each problem, and the lines around the selected one. */
export function InvalidPipeline({ problems, text, onRetry }: InvalidPipelineProps) {
  const [selected, setSelected] = useState('0')
  const rows = problems.map((problem, index) => ({ ...problem, key: String(index) }))
  const chosen = rows.find(({ key }) => key === selected) ?? rows[0]
  const excerpt = text === null || chosen?.line === null || chosen === undefined || chosen.file !== 'dvc.yaml' ? null : excerptAround(text, chosen.line, 8)
  return (
    <Body className={styles.invalid}>
      <Banner kind="failure" title={words.title(problems.length)} aside={<Button onPress={onRetry}>{words.readAgain}</Button>}>
        {words.next}
      </Banner>
      <Panel title={pipelineMessages.drawer.problems} isFlush>
        <Table label={words.label} columns={problemColumns} rows={rows} keyOf={({ key }) => key} selected={chosen?.key ?? null} onSelect={setSelected} />
      </Panel>
      <Panel title={excerpt && chosen?.line ? words.lines(chosen.line) : pipelineMessages.file} isFlush>
        {excerpt && chosen?.line ? (
          <PipelineText label={words.lines(chosen.line)} text={excerpt.lines.join('\n')} from={excerpt.from} marked={[chosen.line]} />
        ) : (
          <p className={styles.note}>
            <Text size="small" tone="dim">
              {words.noText}
            </Text>
          </p>
        )}
      </Panel>
    </Body>
  )
}
