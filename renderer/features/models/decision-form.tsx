import { useState } from 'react'
import type { Promotion, VersionDetail } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, Hash, Icon, PanelSection, Segmented, SignaturePanel, Skeleton, Text, TextArea } from '../../design/index.ts'
import { formatCount, keyName, passphraseError, rootHex, SignFailure, useAction, useApi, useSession } from '../../state/index.ts'
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
        {promotion.reason !== '' && <Text size="small">{words.asksBecause(promotion.requestedBy, promotion.reason)}</Text>}
        <div className={styles.reason}>
          <Icon name="people" size="small" />
          <Text size="small" tone="dim">
            {detail.mayDecide.reason}
          </Text>
        </div>
        {error && <Banner kind="failure" title={error.message} aside={<Button onPress={reload}>{everywhereMessages.readAgain}</Button>} />}
        {signed === undefined && !error && <Skeleton label={words.readStatement} lines={5} />}
      </PanelSection>
      {signed !== undefined && (
        <SignaturePanel
          isFlush
          facts={[
            { label: words.signedObject, value: <Hash value={signed.artifact} isCopyable length={16} /> },
            { label: words.treeSeen, value: words.tree(formatCount(signed.tree.size), rootHex(signed.tree.root).slice(0, 8)), isMono: true },
            { label: words.key, value: keyName(session?.person.keyId ?? ''), isMono: true },
          ]}
          statementLabel={words.signStatement(signed.meaning)}
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
        >
          <SignFailure failure={failure} />
          <TextArea label={words.comment} value={comment} onChange={setComment} maxLength={2000} rows={2} />
        </SignaturePanel>
      )}
    </div>
  )
}
