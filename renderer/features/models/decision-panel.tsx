import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Icon, Link, Panel, PanelSection, Text } from '../../design/index.ts'
import { formatAddress, formatTime, useMay, useSession } from '../../state/index.ts'
import { DecisionForm } from './decision-form.tsx'
import { DecisionHistory } from './decision-history.tsx'
import { HoldsSection } from './holds-section.tsx'
import styles from './models.module.css'
import { PromotionRequest } from './promotion-request.tsx'
import { nextStage } from './stage-steps.ts'
import { VersionLabels } from './version-labels.tsx'
import { WithdrawButton } from './withdraw-button.tsx'

/** What the person here can do about the version now: ask, decide, or read why not. */
export function DecisionPanel({ detail, replaces }: { readonly detail: VersionDetail; readonly replaces: number | null }) {
  const session = useSession()
  const { project, model, version } = detail
  const mayReadEvidence = useMay('evidence.read', { project, model })
  return (
    <Panel
      title={words.decision}
      meta={session && words.decisionAs(session.person.displayName)}
      actions={mayReadEvidence && <Link href={formatAddress({ page: 'evidence', project, model, version })}>{words.readEvidence}</Link>}
      isFlush
      className={styles.decision}
    >
      <HoldsSection detail={detail} />
      <VersionLabels detail={detail} />
      <Act detail={detail} replaces={replaces} />
    </Panel>
  )
}

function Act({ detail, replaces }: { readonly detail: VersionDetail; readonly replaces: number | null }) {
  const { openPromotion, mayDecide, stage } = detail
  const to = nextStage(stage)
  const history = detail.promotions.length > 0 && (
    <PanelSection title={words.history}>
      <DecisionHistory promotions={detail.promotions} />
    </PanelSection>
  )
  if (openPromotion && mayDecide.allowed) {
    return (
      <>
        <DecisionForm detail={detail} promotion={openPromotion} replaces={replaces} />
        {detail.promotions.length > 1 && history}
      </>
    )
  }
  if (openPromotion) {
    return (
      <>
        <PanelSection>
          <Reason icon="people" title={words.closed} text={mayDecide.reason} />
          <Text size="small" tone="dim">
            {words.openRequest[openPromotion.kind](openPromotion.to, openPromotion.requestedBy, formatTime(openPromotion.requestedAt))}
          </Text>
          {openPromotion.reason !== '' && <Text size="small">{words.commented(openPromotion.reason)}</Text>}
          <WithdrawButton detail={detail} />
        </PanelSection>
        {history}
      </>
    )
  }
  return (
    <>
      {to === null ? (
        <PanelSection>
          <Reason
            icon={stage === 'archived' ? 'archive' : 'circle-check'}
            title={words.nothingToDecide}
            text={stage === 'archived' ? words.isArchived : words.inProduction}
          />
        </PanelSection>
      ) : (
        <PromotionRequest detail={detail} to={to} />
      )}
      {history}
    </>
  )
}

function Reason({
  icon,
  title,
  text,
}: {
  readonly icon: 'people' | 'archive' | 'circle-check'
  readonly title: string
  readonly text: string
}) {
  return (
    <div className={styles.reason}>
      <Icon name={icon} />
      <div>
        <Text as="div" weight="medium">
          {title}
        </Text>
        <Text as="div" size="small" tone="dim">
          {text}
        </Text>
      </div>
    </div>
  )
}
