import type { Promotion } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Row, Statement, Tag, Text, type Tone } from '../../design/index.ts'
import { EntryLink, formatTime } from '../../state/index.ts'
import { unmetOf } from './gate-rows.ts'
import styles from './models.module.css'

const TONES: Readonly<Record<Promotion['state'], Tone>> = { open: 'warning', approved: 'success', rejected: 'danger', refused: 'danger', withdrawn: 'neutral' }

/** Every promotion that was asked for, the newest first, with what was signed about it. */
export function DecisionHistory({ promotions }: { readonly promotions: readonly Promotion[] }) {
  return (
    <ol className={styles.history}>
      {promotions.map((promotion) => (
        <li key={promotion.id} className={styles.past}>
          <Row isSpread>
            <Text weight="medium">{promotion.kind === 'rollback' ? words.rollbackTo(promotion.to) : words.promotionTo(promotion.to)}</Text>
            <Tag
              tone={TONES[promotion.state]}
              icon={promotion.state === 'approved' ? 'check' : promotion.state === 'open' ? 'clock' : 'close'}
            >
              {words.promotionStates[promotion.state]}
            </Tag>
          </Row>
          <Line text={words.requested(promotion.requestedBy, formatTime(promotion.requestedAt))} seq={promotion.requestEntry} />
          {promotion.reason !== '' && (
            <Text size="small" tone="dim">
              {words.commented(promotion.reason)}
            </Text>
          )}
          {promotion.state === 'refused' && (
            <Text size="small" tone="danger">
              {words.unmetList(unmetOf(promotion).join(', '))}
            </Text>
          )}
          {promotion.decisions.map((decision) => (
            <div key={decision.entry} className={styles.past}>
              <Line text={words.decided(decision.by, decision.decision, formatTime(decision.at))} seq={decision.entry} />
              <Statement label={words.signedAs(decision.meaning)}>
                <Text size="small">{decision.statement}</Text>
              </Statement>
              {decision.comment !== '' && (
                <Text size="small" tone="dim">
                  {words.commented(decision.comment)}
                </Text>
              )}
            </div>
          ))}
        </li>
      ))}
    </ol>
  )
}

function Line({ text, seq }: { readonly text: string; readonly seq: number }) {
  return (
    <Row isSpread>
      <Text size="small" tone="dim">
        {text}
      </Text>
      <EntryLink seq={seq} />
    </Row>
  )
}
