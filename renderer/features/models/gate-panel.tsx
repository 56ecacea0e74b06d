import type { Condition, Gate, VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { type Column, EvidenceState, Link, Panel, Table, Text } from '../../design/index.ts'
import { EntryLink, formatAddress, formatCount, formatMetric } from '../../state/index.ts'
import styles from './models.module.css'
import { approvalsOf, gateInView } from './stage-steps.ts'

type GateRow =
  | { readonly kind: 'condition'; readonly condition: Condition }
  | { readonly kind: 'signature'; readonly signed: number; readonly needed: number; readonly mayDecide: VersionDetail['mayDecide'] | null }

const isMet = (row: GateRow) => (row.kind === 'condition' ? row.condition.met : row.signed >= row.needed)

const COLUMNS: readonly Column<GateRow>[] = [
  {
    id: 'state',
    header: words.state,
    isHeaderHidden: true,
    width: '16px',
    cell: (row) => <EvidenceState state={isMet(row) ? 'supported' : 'missing'} label={isMet(row) ? words.met : words.unmet} isIconOnly />,
    text: (row) => (isMet(row) ? words.met : words.unmet),
  },
  {
    id: 'condition',
    header: words.condition,
    cell: (row) => (row.kind === 'condition' ? row.condition.metric : words.secondSignature),
    text: (row) => (row.kind === 'condition' ? row.condition.metric : words.secondSignature),
  },
  {
    id: 'threshold',
    header: words.threshold,
    align: 'end',
    look: 'dim',
    cell: (row) => (row.kind === 'condition' ? words.bounds[row.condition.bound](row.condition.threshold) : words.approvers(row.needed)),
    text: (row) => (row.kind === 'condition' ? row.condition.threshold : String(row.needed)),
  },
  {
    id: 'value',
    header: words.value,
    align: 'end',
    look: 'strong',
    cell: (row) => <Value row={row} />,
    text: (row) => (row.kind === 'condition' ? (row.condition.value ?? '') : String(row.signed)),
  },
  {
    id: 'entry',
    header: words.record,
    align: 'end',
    width: '90px',
    cell: (row) => <Record row={row} />,
    text: (row) => (row.kind === 'condition' ? String(row.condition.entry ?? '') : ''),
  },
]

/** What stands between the version and its next stage: every condition, met or not, with the entry that recorded its value. */
export function GatePanel({ detail }: { readonly detail: VersionDetail }) {
  const gate = gateInView(detail)
  if (!gate) return null
  const rows = rowsOf(gate, detail)
  return (
    <Panel
      title={words.gate(gate.to)}
      meta={gate.conditions.length === 0 ? words.gateUnset : words.gateMet(rows.filter(isMet).length, rows.length)}
      actions={
        <Link href={formatAddress({ page: 'ledger', seq: gate.fixedByEntry })}>{words.gateFixed(formatCount(gate.fixedByEntry))}</Link>
      }
      isFlush
      className={styles.gate}
    >
      {gate.conditions.length === 0 && <p className={styles.padded}>{words.gateOpen}</p>}
      <Table label={words.gate(gate.to)} columns={COLUMNS} rows={rows} keyOf={keyOf} detail={reasonOf} />
    </Panel>
  )
}

function keyOf(row: GateRow): string {
  return row.kind === 'condition' ? `${row.condition.metric} ${row.condition.bound}` : row.kind
}

function rowsOf(gate: Gate, { promotions, openPromotion, mayDecide }: VersionDetail): GateRow[] {
  const promotion = openPromotion ?? promotions.find((each) => each.to === gate.to && each.state === 'approved')
  const signed = promotion ? approvalsOf(promotion).length : 0
  const signature: GateRow = { kind: 'signature', signed, needed: gate.approvalsNeeded, mayDecide: openPromotion && mayDecide }
  return [...gate.conditions.map((condition): GateRow => ({ kind: 'condition', condition })), signature]
}

function Value({ row }: { readonly row: GateRow }) {
  if (row.kind === 'signature')
    return (
      <Text size="small" tone={isMet(row) ? 'normal' : 'danger'}>
        {words.signedOf(row.signed, row.needed)}
      </Text>
    )
  const { value, met } = row.condition
  return (
    <Text size="small" weight="medium" tone={met ? 'normal' : 'danger'} title={value ?? ''}>
      {value === null ? words.notRecorded : formatMetric(value)}
    </Text>
  )
}

function Record({ row }: { readonly row: GateRow }) {
  if (row.kind === 'condition') return row.condition.entry !== null && <EntryLink seq={row.condition.entry} />
  return (
    !isMet(row) &&
    row.mayDecide?.allowed && (
      <Text size="small" tone="faint">
        {words.youCanSign}
      </Text>
    )
  )
}

/** The reason of what is not met stands on the next line, never in a tooltip. */
function reasonOf(row: GateRow) {
  if (isMet(row)) return null
  if (row.kind === 'signature') return row.mayDecide?.allowed === false ? row.mayDecide.reason : null
  return row.condition.value === null ? words.whyNotRecorded : words.whyUnmet
}
