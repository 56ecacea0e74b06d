import { useState } from 'react'
import type { ProjectId } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { Body, BodyColumn, Button, Panel, Unread, ViewBar } from '../../design/index.ts'
import { projectDetail, useMay, useMaySomewhere } from '../../state/index.ts'
import { LatestRunPanel } from './latest-run-panel.tsx'
import { LedgerPanel } from './ledger-panel.tsx'
import { PackPanel } from './pack-panel.tsx'
import { ProductionPanel } from './production-panel.tsx'
import { SystemDialog } from './system-dialog.tsx'
import { SystemPanel } from './system-panel.tsx'
import { WaitingPanel } from './waiting-panel.tsx'

export interface OverviewPageProps {
  readonly project: ProjectId
}

/** The state of one AI system, and what waits for the person who looks. */
export function OverviewPage({ project: id }: OverviewPageProps) {
  const { value: project, error, reload } = projectDetail.use(id)
  const mayManage = useMay('project.manage', { project: id })
  const mayRead = { ledger: useMay('ledger.read'), models: useMaySomewhere('model.read', id), evidence: useMaySomewhere('evidence.read', id) }
  const [isChanging, setChanging] = useState(false)
  if (!project) {
    return (
      <>
        <ViewBar title={id} />
        <Body>
          <Panel title={id} isTitleHidden>
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={10} />
          </Panel>
        </Body>
      </>
    )
  }
  return (
    <>
      <ViewBar title={project.name} meta={project.id} actions={mayManage && <Button onPress={() => setChanging(true)}>{words.change}</Button>} />
      <Body layout="columns">
        <BodyColumn>
          <WaitingPanel project={project} />
          <LatestRunPanel project={id} />
          {mayRead.ledger && <LedgerPanel />}
        </BodyColumn>
        <BodyColumn>
          <SystemPanel project={project} />
          {mayRead.models && <ProductionPanel project={id} />}
          {mayRead.evidence && <PackPanel project={id} />}
        </BodyColumn>
      </Body>
      <SystemDialog project={project} isOpen={isChanging} onClose={() => setChanging(false)} />
    </>
  )
}
