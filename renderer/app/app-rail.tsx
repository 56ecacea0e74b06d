import type { Holding, ProjectId, Session } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { NavItem, Rail, RailGroup, type IconName } from '../design/index.ts'
import { formatAddress, mayOpen, runList, versionList, type Address } from '../state/index.ts'
import { AccountMenu } from './account-menu.tsx'

const words = appMessages.rail

export interface AppRailProps {
  readonly address: Address
  readonly project: ProjectId | undefined
  readonly session: Session
  readonly onSignOut: () => void
}

/** The main navigation: the project in hand, what governs it, the workplace; of each what the person here may read. An auditor alone sees evidence, models, the ledger and the way to other projects. */
export function AppRail({ address, project, session, onSignOut }: AppRailProps) {
  const { person, holdings } = session
  const isAuditorOnly = person.grants.length === 0 && person.roles.join() === 'auditor'
  const current = groupOf(address)
  const place = (page: 'projects' | 'ledger' | 'people' | 'settings', icon: IconName) =>
    mayOpen({ page }, holdings) && <NavItem href={formatAddress({ page })} icon={icon} label={words[page]} isCurrent={current === page} />
  return (
    <Rail
      label={words.label}
      product={appMessages.product}
      foot={<AccountMenu person={person} onSignOut={onSignOut} />}
    >
      {project !== undefined && <ProjectGroups project={project} current={current} holdings={holdings} isAuditorOnly={isAuditorOnly} />}
      <RailGroup title={words.workplace}>
        {place('projects', 'folder')}
        {place('ledger', 'ledger')}
        {!isAuditorOnly && place('people', 'people')}
        {!isAuditorOnly && place('settings', 'settings')}
      </RailGroup>
    </Rail>
  )
}

interface ProjectGroupsProps {
  readonly project: ProjectId
  readonly current: Address['page']
  readonly holdings: readonly Holding[]
  readonly isAuditorOnly: boolean
}

function ProjectGroups({ project, current, holdings, isAuditorOnly }: ProjectGroupsProps) {
  const { value: runs = [] } = runList.use(project)
  const { value: versions = [] } = versionList.use(project)
  const active = runs.filter(({ state }) => state === 'running' || state === 'queued').length
  const open = versions.filter(({ openPromotion }) => openPromotion !== null).length
  const item = (page: 'overview' | 'pipeline' | 'runs' | 'datasets' | 'models' | 'evidence', icon: IconName, count?: { readonly of: number; readonly label: string }) =>
    mayOpen({ page, project }, holdings) && (
      <NavItem
        href={formatAddress({ page, project })}
        icon={icon}
        label={words[page]}
        isCurrent={current === page}
        {...(count && count.of > 0 ? { count: count.of, countLabel: count.label } : {})}
      />
    )
  return (
    <>
      {!isAuditorOnly && (
        <RailGroup>
          {item('overview', 'home')}
          {item('pipeline', 'pipeline')}
          {item('runs', 'run', { of: active, label: words.activeRuns(active) })}
          {item('datasets', 'dataset')}
        </RailGroup>
      )}
      {mayOpen({ page: 'models', project }, holdings) && (
        <RailGroup title={words.govern}>
          {item('models', 'model', { of: open, label: words.openPromotions(open) })}
          {item('evidence', 'evidence')}
        </RailGroup>
      )}
    </>
  )
}

/** The rail's item that an address belongs to. */
function groupOf(address: Address): Address['page'] {
  if (address.page === 'run') return 'runs'
  if (address.page === 'version' || address.page === 'compare') return 'models'
  return address.page
}
