import { useMemo, useState } from 'react'
import type { MetricPoint, MetricProof, RunId } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'
import { type Column, IconButton, Text, VirtualTable, saveText } from '../../design/index.ts'
import { EntryLink, formatClock, formatCount, useAction, useApi } from '../../state/index.ts'
import styles from './runs.module.css'

const words = runMessages.metrics

export interface RecordsTableProps {
  readonly run: RunId
  readonly points: readonly MetricPoint[]
  /** Only of this stage; null for all. */
  readonly stage: string | null
}

/** The records that stages reported, exactly as they are, oldest first; each can be proved without the others. */
export function RecordsTable({ run, points, stage }: RecordsTableProps) {
  const api = useApi()
  const rows = useMemo(() => (stage === null ? points : points.filter((point) => point.stage === stage)), [points, stage])
  const [selected, setSelected] = useState<number | null>(null)
  const [saved, setSaved] = useState<{ readonly point: MetricPoint; readonly proof: MetricProof } | null>(null)
  const saving = useAction(async (point: MetricPoint) => {
    setSaved(null)
    const { attempt, record } = point
    const proof = await api.call('runs.proveMetric', { run, stage: point.stage, attempt, record })
    saveText(words.proofFile(run, point.stage, attempt, record), `${proof.file}\n`)
    setSaved({ point, proof })
  })
  return (
    <>
      <VirtualTable
        label={words.records}
        columns={stage === null ? columnsFor(saving.start) : columnsFor(saving.start).filter(({ id }) => id !== 'stage')}
        count={rows.length}
        rowAt={(index) => rows[index]}
        selected={selected}
        onSelect={setSelected}
        onOpen={(index) => {
          const point = rows[index]
          if (point) saving.start(point)
        }}
      />
      <p className={styles.recordsFoot} role="status">
        {saving.failure ? (
          <Text size="small" tone="danger">
            {saving.failure.message}
          </Text>
        ) : (
          <Text size="small" tone="dim">
            {saved === null ? words.proofText : <Saved {...saved} />}
          </Text>
        )}
      </p>
    </>
  )
}

function Saved({ point, proof }: { readonly point: MetricPoint; readonly proof: MetricProof }) {
  return (
    <>
      {words.proved(point.record, formatCount(proof.sealed))} <EntryLink seq={proof.entry} />. {words.check}
    </>
  )
}

function columnsFor(onProve: (point: MetricPoint) => void): readonly Column<MetricPoint>[] {
  return [
    { id: 'record', header: words.columns.record, align: 'end', look: 'mono', width: '76px', text: ({ record }) => String(record), cell: ({ record }) => formatCount(record) },
    { id: 'stage', header: words.columns.stage, width: 'minmax(80px, 1fr)', text: ({ stage }) => stage, cell: ({ stage }) => stage },
    { id: 'name', header: words.columns.name, look: 'strong', width: 'minmax(100px, 1.3fr)', text: ({ name }) => name, cell: ({ name }) => name },
    { id: 'step', header: words.columns.step, align: 'end', width: '76px', text: ({ step }) => String(step), cell: ({ step }) => formatCount(step) },
    { id: 'value', header: words.columns.value, align: 'end', look: 'mono', width: 'minmax(100px, 1fr)', text: ({ value }) => String(value), cell: ({ value }) => String(value) },
    { id: 'time', header: words.columns.time, look: 'dim', width: '84px', text: ({ time }) => time, cell: ({ time }) => formatClock(time) },
    {
      id: 'proof',
      header: words.columns.proof,
      align: 'end',
      width: '60px',
     
      cell: (point) => <IconButton icon="download" label={words.saveProof(point.record)} size="small" onPress={() => onProve(point)} />,
    },
  ]
}
