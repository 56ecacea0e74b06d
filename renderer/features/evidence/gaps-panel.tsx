import type { ObligationRow } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Chip, EmptyState, EvidenceState, Panel, Text } from '../../design/index.ts'
import styles from './evidence.module.css'
import { explainKind, nameKind } from './kind-words.ts'
import { groupGaps, type RowFilter } from './matrix.ts'

export interface GapsPanelProps {
  readonly rows: readonly ObligationRow[]
  readonly filter: RowFilter | null
  readonly onFilter: (filter: RowFilter | null) => void
}

/** What is not recorded, with what would provide it; the kind that helps most rows first. A gap lists its obligations. */
export function GapsPanel({ rows, filter, onFilter }: GapsPanelProps) {
  const gaps = groupGaps(rows)
  return (
    <Panel title={words.gaps} meta={<Chip>{gaps.length}</Chip>} isFlush className={styles.gaps}>
      {gaps.length === 0 && <EmptyState icon="circle-check" title={words.gapsEmpty} />}
      <ul className={styles.plain}>
        {gaps.map((gap) => {
          const isChosen = filter?.by === 'gap' && filter.kind === gap.kind
          return (
            <li key={gap.kind}>
              <button
                type="button"
                className={styles.gap}
                aria-pressed={isChosen}
                onClick={() => onFilter(isChosen ? null : { by: 'gap', kind: gap.kind })}
              >
                <EvidenceState state="missing" label={words.statuses.missing} isIconOnly />
                <span className={styles.lines}>
                  <span className={styles.spread}>
                    <Text size="small" weight="medium">
                      {nameKind(gap.kind)}
                    </Text>
                    <Text size="small" tone="faint">
                      {words.gapRows(gap.rows.length)}
                    </Text>
                  </span>
                  <Text size="small" tone="faint">
                    {explainKind(gap.kind)}
                  </Text>
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
