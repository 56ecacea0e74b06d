import { useState } from 'react'
import type { Promotion, VersionDetail } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, Hash, Icon, PanelSection, Segmented, SignaturePanel, Skeleton, Text, TextArea } from '../../design/index.ts'
import { formatCount, formatTime, keyName, passphraseError, rootHex, useAction, useApi, useSession } from '../../state/index.ts'
import styles from './models.module.css'
import { decisionStatement, versionDetail } from './version-resources.ts'

export interface DecisionFormProps {
  readonly detail: VersionDetail
  readonly promotion: Promotion
  /** The version that leaves production on approval. */
  readonly replaces: number | null
}

/** Approves or rejects an open promotion with the key of the person here, under the exact words that are signed. */
export function DecisionForm({ detail, promotion, replaces }: DecisionFormProps) {
  const api = useApi()
  const session = useSession()
  const [decision, setDecision] = useState<'approved' | 'rejected'>('approved')
  const [comment, setComment] = useState('')
  const { project, model, version } = detail
  const { value: signed, error, reload } = decisionStatement.use({ project, model, version, decision })

  const { start: sign, isBusy, failure } = useAction(async (treeSize: number, passphrase: string) => {
    const request = { project, model, version, decision, treeSize, comment, passphrase }
    versionDetail.set({ project, model, version }, await api.call('models.decide', request))
  })
  const wrong = passphraseError(failure)
  return (
    <div className={styles.form}>
      <PanelSection>
        <Segmented
          label={words.decision}
          isWide
          value={decision}
          onChange={setDecision}
          segments={[
            { id: 'approved', label: words.approve, icon: 'check' },
            { id: 'rejected', label: words.reject, icon: 'close' },
          ]}
        />
        <div className={styles.reason}>
          <Icon name="people" size="small" />
          <Text size="small" tone="dim">
            {detail.mayDecide.reason}
          </Text>
        </div>
        <Text size="small" tone="dim">
          {words.openPromotion(promotion.to, promotion.requestedBy, formatTime(promotion.requestedAt))}
        </Text>
      </PanelSection>
      <PanelSection>
        <TextArea label={words.comment} description={words.commentHint} value={comment} onChange={setComment} maxLength={2000} rows={3} />
      </PanelSection>
      <div className={styles.sign} role="group" aria-label={words.beforeSign}>
        {failure && wrong === undefined && <Banner kind="failure" title={failure.message} />}
        {error && <Banner kind="failure" title={error.message} aside={<Button onPress={reload}>{everywhereMessages.readAgain}</Button>} />}
        {signed === undefined ? (
          !error && <Skeleton label={words.readStatement} lines={5} />
        ) : (
          <SignaturePanel
            facts={[
              {
                label: words.signedObject,
                value: <Hash value={signed.artifact} isCopyable length={16} />,
              },
              {
                label: words.treeSeen,
                value: words.tree(formatCount(signed.tree.size), rootHex(signed.tree.root).slice(0, 8)),
                isMono: true,
              },
              { label: words.key, value: keyName(session?.person.keyId ?? ''), isMono: true },
              { label: words.meaning, value: signed.meaning },
            ]}
            statementLabel={words.signStatement}
            statement={signed.statement}
            passphraseLabel={words.passphrase}
            signLabel={decision === 'approved' ? words.signApprove : words.signReject}
            consequence={
              decision === 'approved' && promotion.to === 'production' && replaces !== null
                ? words.consequenceProduction(replaces)
                : words.consequence
            }
            onSign={(passphrase) => sign(signed.tree.size, passphrase)}
            isBusy={isBusy}
            error={wrong}
          />
        )}
      </div>
    </div>
  )
}
