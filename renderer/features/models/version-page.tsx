import { useEffect, useState } from 'react'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Body, BodyColumn, Figures, Panel, Skeleton, Tag, Unread, useNarrowWindow, ViewBar } from '../../design/index.ts'
import { formatMetric, PlaceLink, rememberVersion, versionList, type VersionKey } from '../../state/index.ts'
import { CardView } from './card-view.tsx'
import { DecisionPanel } from './decision-panel.tsx'
import { GatePanel } from './gate-panel.tsx'
import { LineagePanel } from './lineage-panel.tsx'
import styles from './models.module.css'
import { OutsidePanel } from './outside-panel.tsx'
import { StageTag } from './stage-mark.tsx'
import { StagePath } from './stage-path.tsx'
import { keyMetrics, versionInProduction, versionToCompare } from './stage-steps.ts'
import { VersionActs } from './version-acts.tsx'
import { versionDetail } from './version-resources.ts'
import { VersionsPanel } from './versions-panel.tsx'

export type VersionPageProps = VersionKey

/** One version: where it stands, what its gate says, where it came from, and what the person here may decide. */
export function VersionPage({ project, model, version }: VersionPageProps) {
  const key = { project, model, version }
  const { value: detail, error, reload } = versionDetail.use(key)
  const { value: versions } = versionList.use(project)
  const isNarrow = useNarrowWindow()
  const [isReadingCard, setReadingCard] = useState(false)
  const name = `${model} ${version}`
  useEffect(() => rememberVersion({ project, model, version }), [project, model, version])
  if (detail === undefined) {
    return (
      <>
        <ViewBar title={name} />
        <Body className={styles.version}>
          <VersionsPanel versions={versions} current={key} />
          <BodyColumn>
            <Panel title={words.stagePath} isTitleHidden className={styles.fills}>
              <Unread title={words.failedVersion(model, version)} error={error} onRetry={reload} loading={words.loading} lines={12} />
            </Panel>
          </BodyColumn>
          <Panel title={words.decision}>{!error && <Skeleton label={words.loading} lines={6} />}</Panel>
        </Body>
      </>
    )
  }
  if (isReadingCard) return <CardView {...key} onClose={() => setReadingCard(false)} />
  const figures = keyMetrics(detail, detail.gates, isNarrow ? 2 : 4).map(([label, value]) => ({
    label,
    value: <span title={value}>{formatMetric(value)}</span>,
  }))
  const replaces = versionInProduction(versions ?? [], detail)
  const made =
    detail.run === null
      ? { label: words.importedBy, value: detail.author }
      : { label: words.trainedBy, value: <PlaceLink to={{ page: 'run', project, run: detail.run }}>{words.runNumber(detail.run)}</PlaceLink> }
  return (
    <>
      <ViewBar
        title={name}
        meta={
          <>
            <StageTag stage={detail.stage}>
              {detail.openPromotion ? words.asks(words.stages[detail.stage], detail.openPromotion.to) : words.stages[detail.stage]}
            </StageTag>
            {detail.holds.length > 0 && (
              <Tag tone="warning" icon="lock">
                {words.hold.name}
              </Tag>
            )}
            {detail.signed && (
              <Tag tone="success" icon="sign">
                <span title={words.signature.by(detail.signed.hint)}>{words.signature.mark(detail.signed.hint.slice(0, 8))}</span>
              </Tag>
            )}
            {!isNarrow &&
              detail.aliases.map((alias) => (
                <Tag key={alias} tone="accent" icon="target">
                  {alias}
                </Tag>
              ))}
          </>
        }
        figures={<Figures figures={[...figures, made]} />}
        actions={<VersionActs key={name} detail={detail} earlier={versionToCompare(versions ?? [], detail)} onReadCard={() => setReadingCard(true)} />}
      />
      <Body className={styles.version}>
        <VersionsPanel versions={versions} current={key} />
        <BodyColumn>
          <StagePath detail={detail} replaces={replaces} />
          <OutsidePanel detail={detail} />
          <GatePanel detail={detail} />
          <LineagePanel detail={detail} />
        </BodyColumn>
        <DecisionPanel key={`${name} ${detail.openPromotion?.id ?? ''}`} detail={detail} replaces={replaces} />
      </Body>
    </>
  )
}
