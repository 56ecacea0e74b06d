import type { ObligationRow } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { EvidenceState, Panel, PanelSection, Text } from '../../design/index.ts'
import { EntryLink, formatDay } from '../../state/index.ts'
import styles from './evidence.module.css'
import { explainKind, nameKind } from './kind-words.ts'

/** One obligation: what it asks, what is recorded about it, and what is missing. Each fact leads to its entry. */
export function ObligationPanel({ row, onClose }: { readonly row: ObligationRow; readonly onClose: () => void }) {
  return (
    <Panel
      title={row.citation}
      close={{ label: words.close, onClose }}
      foot={words.notCompliance}
      isFlush
    >
      <PanelSection>
        <div className={styles.spread}>
          <Text weight="strong" as="h3">
            {row.title}
          </Text>
          <EvidenceState state={row.status} label={words.statuses[row.status]} />
        </div>
        <Text as="p" size="small" tone="dim">
          {row.requirement}
        </Text>
        {row.appliesFrom !== null && (
          <Text size="small" tone="faint">
            {words.appliesOn(formatDay(row.appliesFrom))}
          </Text>
        )}
      </PanelSection>
      <PanelSection title={words.claim}>
        <Text as="p" size="small">
          {row.text}
        </Text>
      </PanelSection>
      {row.missing.length > 0 && (
        <PanelSection title={words.missingTitle}>
          <ul className={styles.plain}>
            {row.missing.map((kind) => (
              <li key={kind} className={styles.lines}>
                <Text size="small" weight="medium">
                  {nameKind(kind)}
                </Text>
                <Text size="small" tone="dim">
                  {explainKind(kind)}
                </Text>
              </li>
            ))}
          </ul>
        </PanelSection>
      )}
      <PanelSection title={words.facts} meta={words.factCount(row.facts.length)}>
        {row.facts.length === 0 && (
          <Text size="small" tone="dim">
            {words.noFacts}
          </Text>
        )}
        <ul className={styles.plain}>
          {row.facts.map((fact) => (
            <li key={fact.id} className={styles.fact}>
              <Text size="small">{fact.text}</Text>
              <span className={styles.source}>
                <EntryLink seq={fact.entry} />
                <span className={styles.pointer} title={`${fact.pointer} = ${fact.value}`}>
                  {fact.pointer} = {fact.value}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </PanelSection>
    </Panel>
  )
}
