import { useCallback, useState } from 'react'
import type { Column, Sorting } from '../index.ts'
import {
  Button,
  Chip,
  CodeBlock,
  EmptyState,
  EvidenceState,
  Figures,
  Hash,
  Icon,
  KeyValue,
  Link,
  Meter,
  Panel,
  PanelSection,
  Paper,
  Progress,
  Row,
  ShareBar,
  Stack,
  Table,
  Tag,
  Text,
  VirtualTable,
} from '../index.ts'
import styles from './gallery.module.css'

interface Condition {
  readonly id: string
  readonly state: 'supported' | 'stale' | 'missing'
  readonly word: string
  readonly name: string
  readonly bound: string
  readonly value: string
  readonly entry: string
  readonly why?: string
}

const CONDITIONS: readonly Condition[] = [
  {
    id: 'auc',
    state: 'supported',
    word: 'Supported',
    name: 'AUC on data held out',
    bound: 'at least 0.780',
    value: '0.8006',
    entry: '#47,902',
  },
  {
    id: 'impact',
    state: 'supported',
    word: 'Supported',
    name: 'Disparate impact, age_band and sex',
    bound: 'at least 0.80',
    value: '0.84',
    entry: '#47,911',
  },
  {
    id: 'use',
    state: 'stale',
    word: 'Stale',
    name: 'Instructions for use are current',
    bound: 'written for 14',
    value: 'stale',
    entry: '#41,007',
    why: 'Written for version 13. Section 4, groups and error rates, has changed.',
  },
  {
    id: 'second',
    state: 'missing',
    word: 'Missing',
    name: 'Second signature, not by the author',
    bound: '2 people',
    value: '1 of 2',
    entry: '',
  },
]

const CONDITION_COLUMNS: readonly Column<Condition>[] = [
  {
    id: 'state',
    header: 'State',
    isHeaderHidden: true,
    width: '32px',
    cell: (row) => <EvidenceState state={row.state} label={row.word} isIconOnly />,
  },
  { id: 'name', header: 'Condition', isSortable: true, cell: (row) => row.name, text: (row) => row.name },
  { id: 'bound', header: 'Asked', align: 'end', look: 'dim', cell: (row) => row.bound },
  { id: 'value', header: 'Measured', align: 'end', look: 'strong', isSortable: true, cell: (row) => row.value, text: (row) => row.value },
  { id: 'entry', header: 'Entry', align: 'end', look: 'mono', cell: (row) => row.entry && <Link href="#data">{row.entry}</Link> },
]

interface Entry {
  readonly seq: number
  readonly time: string
  readonly by: string
  readonly action: string
  readonly digest: string
}

const ENTRY_COUNT = 48_213
const ACTIONS = ['run.metrics.sealed', 'stage.succeeded', 'checkpoint.cosigned', 'training.checkpoint.recorded', 'evidence.opened']

function entryAt(index: number): Entry | undefined {
  // Rows far down stand for rows that are still on their way.
  if (index % 97 === 11) return undefined
  const seq = ENTRY_COUNT - 1 - index
  const seconds = 52_328 - (index % 50_000)
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':')
  return {
    seq,
    time: clock,
    by: 'Orchestrator',
    action: ACTIONS[seq % ACTIONS.length] ?? '',
    digest: ((seq * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0'),
  }
}

const ENTRY_COLUMNS: readonly Column<Entry>[] = [
  { id: 'seq', header: 'Entry', width: '72px', align: 'end', cell: (row) => row.seq.toLocaleString('en'), text: (row) => String(row.seq) },
  { id: 'time', header: 'Time', width: '80px', look: 'dim', cell: (row) => row.time, text: (row) => row.time },
  { id: 'by', header: 'Signed by', width: '110px', cell: (row) => row.by },
  { id: 'action', header: 'Action', look: 'mono', cell: (row) => row.action, text: (row) => row.action },
  {
    id: 'digest',
    header: 'Digest',
    width: '96px',
    look: 'mono',
    cell: (row) => (
      <Text size="small" tone="faint" isMono>
        {row.digest}
      </Text>
    ),
  },
  {
    id: 'proof',
    header: 'Proof',
    width: '56px',
    cell: () => (
      <Text tone="success">
        <Icon name="check" size="small" label="In the tree, signature good" />
      </Text>
    ),
  },
]

const LONG_COUNT = 5_000_000
/** A row that something outside the table leads to. */
const LINKED = 1_234_567

const LONG_COLUMNS: readonly Column<number>[] = [
  { id: 'row', header: 'Row', width: '120px', align: 'end', look: 'mono', cell: (index) => index.toLocaleString('en'), text: String },
  { id: 'share', header: 'Share', look: 'dim', cell: (index) => `${((100 * index) / (LONG_COUNT - 1)).toFixed(5)} %` },
]

/** Tables, panels and figures. */
export function DataPieces() {
  return (
    <>
      <Tables />
      <LongTable />
      <Pieces />
    </>
  )
}

function Tables() {
  const [condition, setCondition] = useState<string | null>('impact')
  const [sorting, setSorting] = useState<Sorting>({ column: 'name', direction: 'ascending' })
  const [entry, setEntry] = useState<number | null>(3)
  const onSort = useCallback((column: string) => {
    setSorting((was) => ({ column, direction: was.column === column && was.direction === 'ascending' ? 'descending' : 'ascending' }))
  }, [])
  return (
    <>
      <Panel
        title="Gate to production"
        meta="2 of 4 conditions met"
        actions="Conditions signed 2 Nov, before the test"
        isFlush
        className={styles.half}
      >
        <Table
          label="Gate conditions"
          columns={CONDITION_COLUMNS}
          rows={CONDITIONS}
          keyOf={(row) => row.id}
          selected={condition}
          onSelect={setCondition}
          detail={(row) => row.why}
          sorting={sorting}
          onSort={onSort}
        />
        <Table
          label="No rows"
          columns={CONDITION_COLUMNS}
          rows={[]}
          keyOf={(row) => row.id}
          empty={
            <EmptyState icon="approve" title="No conditions yet.">
              What a version must meet is listed here.
            </EmptyState>
          }
        />
      </Panel>
      <Panel
        title="Entries"
        meta="48,213, newest first"
        isFlush
        foot={entry === null ? 'None selected' : `Entry ${(ENTRY_COUNT - 1 - entry).toLocaleString('en')} selected`}
        className={`${styles.half} ${styles.fixed}`}
      >
        <VirtualTable
          label="Ledger entries"
          columns={ENTRY_COLUMNS}
          count={ENTRY_COUNT}
          rowAt={entryAt}
          selected={entry}
          onSelect={setEntry}
        />
      </Panel>
    </>
  )
}

/** More rows than Chromium can draw below each other: 140 million px. */
function LongTable() {
  const [selected, setSelected] = useState<number | null>(null)
  return (
    <Panel
      title="Longer than a browser draws"
      meta="5,000,000 rows"
      actions={
        <Button size="small" onPress={() => setSelected(LINKED)}>
          Go to row {LINKED.toLocaleString('en')}
        </Button>
      }
      isFlush
      foot={selected === null ? 'No row selected' : `Row ${selected.toLocaleString('en')} selected`}
      className={`${styles.full} ${styles.fixed}`}
    >
      <VirtualTable label="Five million rows" columns={LONG_COLUMNS} count={LONG_COUNT} rowAt={(index) => index} selected={selected} onSelect={setSelected} />
    </Panel>
  )
}

function Pieces() {
  return (
    <>
      <Panel title="Entry 48,209" meta={<Tag state="supported">Included</Tag>} isFlush className={styles.third}>
        <PanelSection>
          <KeyValue
            pairs={[
              { label: 'Action', value: 'training.checkpoint.recorded' },
              { label: 'Subject', value: <Hash value="5b0ce2d719fae14c70aa5e9d13c288f0" isCopyable /> },
              { label: 'Saw tree', value: '48,209 / e14c70aa', isMono: true },
              { label: 'Digest', value: <Hash value="e14c70aa5e9d13c288f05b0ce2d719fa" /> },
            ]}
          />
        </PanelSection>
        <CodeBlock label="Entry as JSON" isFlush>
          {'{ "action": "training.checkpoint.recorded",\n  "actor": "orch", "seq": 48209,\n  "detail": { "epoch": 31, "run": 412 } }'}
        </CodeBlock>
        <PanelSection title="Inclusion proof" meta="10 hashes">
          <Text size="small" tone="success">
            Root equals the signed checkpoint of 14:32:08
          </Text>
        </PanelSection>
      </Panel>
      <Panel title="Figures" className={styles.third} foot="Text in a foot stays in sight.">
        <Figures
          figures={[
            { label: 'AUC', value: '0.8006', note: '+0.008' },
            { label: 'Energy', value: '0.22', note: 'kWh' },
            { label: 'Left', value: 'about 23 m' },
          ]}
        />
        <Progress label="Building preview" value={812} max={1284} text="812 of 1,284 facts, 3 s left" />
        <Stack gap={2}>
          <Row isSpread>
            <Text size="small">Retail risk</Text>
            <Text size="small" tone="dim">
              41 h, 34 % of 45 %
            </Text>
          </Row>
          <Meter label="Retail risk, 34 % of a quota of 45 %" share={0.34} mark={0.45} />
          <Row isSpread>
            <Text size="small">Fraud, over quota</Text>
            <Text size="small" tone="dim">
              63 h, 52 % of 40 %
            </Text>
          </Row>
          <Meter label="Fraud, 52 % of a quota of 40 %" share={0.52} mark={0.4} tone="warning" />
        </Stack>
        <ShareBar
          label="77 supported, 23 partial, 5 stale, 27 missing, 22 not applicable, 8 not yet"
          shares={[
            { state: 'supported', count: 77 },
            { state: 'partial', count: 23 },
            { state: 'stale', count: 5 },
            { state: 'missing', count: 27 },
            { state: 'not-applicable', count: 22 },
            { state: 'not-yet', count: 8 },
          ]}
        />
        <Row gap={2} wraps>
          <Chip>High-risk</Chip>
          <Chip isMono>b60d3e19</Chip>
          <Tag tone="accent" icon="stack">
            Staging
          </Tag>
          <Tag state="stale">Instructions for use</Tag>
        </Row>
      </Panel>
      <Panel title="Paper" className={styles.third}>
        <Paper label="Evidence pack, preview" running="Evidence pack, page 1 of 64" mark="DRAFT">
          <h3>Retail credit scoring, model version 14</h3>
          <p>Facts as they stood at tree size 48,213. Statuses say what is recorded, not that the law is met.</p>
          <h4>Art. 10(2)(f) Bias examination</h4>
          <p>
            Disparate impact was 0.84 for age_band and 0.91 for sex. <a href="#data">fact 0978</a> <code>5b0ce2d7</code>
          </p>
        </Paper>
      </Panel>
    </>
  )
}
