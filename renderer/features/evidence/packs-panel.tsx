import type { Pack, ProjectId } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Button, Chip, EmptyState, Panel, PanelSection, Unread } from '../../design/index.ts'
import { packList } from '../../state/index.ts'
import { PackItem } from './pack-item.tsx'

export interface PacksPanelProps {
  readonly project: ProjectId
  readonly onReport: (pack: Pack) => void
  /** Begins one; not for who may not export. */
  readonly onNew?: () => void
}

/** Every pack of the project, the newest first. */
export function PacksPanel({ project, onReport, onNew }: PacksPanelProps) {
  const { value: packs, error, reload } = packList.use(project)
  const newest = packs?.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
  return (
    <Panel title={words.packs} {...(newest ? { meta: <Chip>{newest.length}</Chip> } : {})} isFlush>
      {newest === undefined && <Unread title={words.packsFailed} error={error} onRetry={reload} loading={words.packs} lines={4} />}
      {newest?.length === 0 && (
        <EmptyState icon="pack" title={words.packsEmpty} action={onNew && <Button onPress={onNew}>{words.newPack}</Button>}>
          {words.packsEmptyText}
        </EmptyState>
      )}
      {newest?.map((pack) => (
        <PanelSection key={pack.id}>
          <PackItem pack={pack} onReport={onReport} />
        </PanelSection>
      ))}
    </Panel>
  )
}
