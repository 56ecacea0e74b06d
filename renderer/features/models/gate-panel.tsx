import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { type Column, EvidenceState, Panel, Table, Text } from '../../design/index.ts'
import { EntryLink, formatCount, formatDay, PlaceLink } from '../../state/index.ts'
import { describeExpiry, gateRows, type GateRow } from './gate-rows.ts'
import styles from './models.module.css'
import { gateInView } from './stage-steps.ts'

const COLUMNS: readonly Column<GateRow>[] = [
  {
    id: 'state',
    header: words.state,
    isHeaderHidden: true,
    width: '16px',
    cell: ({ isMet }) => <EvidenceState state={isMet ? 'supported' : 'missing'} label={isMet ? words.met : words.unmet} isIconOnly />,
    text: ({ isMet }) => (isMet ? words.met : words.unmet),
  },
  { id: 'condition', header: words.condition, cell: ({ name }) => name, text: ({ name }) => name },
  { id: 'threshold', header: words.threshold, align: 'end', look: 'dim', cell: ({ asked }) => asked, text: ({ asked }) => asked },
  {
    id: 'value',
    header: words.value,
    align: 'end',
    look: 'strong',
    cell: ({ value, exact, isMet }) => (
      <Text size="small" weight="medium" tone={isMet ? 'normal' : 'danger'} title={exact}>
        {value}
      </Text>
    ),
    text: ({ exact }) => exact,
  },
  {
    id: 'entry',
    header: words.record,
    align: 'end',
    width: '90px',
    cell: ({ entry, note }) =>
      entry === null ? (
        <Text size="small" tone="faint">
          {note}
        </Text>
      ) : (
        <EntryLink seq={entry} />
      ),
    text: ({ entry }) => String(entry ?? ''),
  },
]

/** What stands between the version and its next stage: all that the gate asks for, met or with the reason, and the entry that recorded it. */
export function GatePanel({ detail }: { readonly detail: VersionDetail }) {
  const gate = gateInView(detail)
  if (!gate) return null
  const rows = gateRows(gate, detail)
  const isUnset = rows.length === 1
  const { policy } = gate
  const ends = detail.approvalEnds === null ? null : words.approvalEnds(formatDay(detail.approvalEnds))
  const foot = [policy && policy.path !== '' && words.policyFrom(policy.path), policy && describeExpiry(policy), ends].filter((part) => typeof part === 'string').join(' ')
  return (
    <Panel
      title={words.gate(gate.to)}
      meta={isUnset ? words.gateUnset : words.gateMet(rows.filter(({ isMet }) => isMet).length, rows.length)}
      actions={
        <PlaceLink to={{ page: 'ledger', seq: gate.fixedByEntry }}>{words.gateFixed(formatCount(gate.fixedByEntry), detail.imported !== null)}</PlaceLink>
      }
      isFlush
      className={styles.gate}
      {...(foot === '' ? {} : { foot })}
    >
      {isUnset && <p className={styles.padded}>{words.gateOpen}</p>}
      <Table label={words.gate(gate.to)} columns={COLUMNS} rows={rows} keyOf={({ id }) => id} detail={({ reason }) => reason} />
    </Panel>
  )
}
