import { lazy } from 'react'
import { appMessages } from '../../shared/messages/app.ts'
import { Body, EmptyState, Link, Panel, ViewBar } from '../design/index.ts'
import { formatAddress, type Address } from '../state/index.ts'
import { chooseAppearance, useAppearance } from './appearance.ts'

const words = appMessages.nowhere

/* Each feature is its own chunk, so that the first screen stays small. */
const ProjectsPage = lazy(async () => ({ default: (await import('../features/projects/index.ts')).ProjectsPage }))
const OverviewPage = lazy(async () => ({ default: (await import('../features/overview/index.ts')).OverviewPage }))
const PipelinePage = lazy(async () => ({ default: (await import('../features/pipelines/index.ts')).PipelinePage }))
const RunsPage = lazy(async () => ({ default: (await import('../features/runs/index.ts')).RunsPage }))
const RunPage = lazy(async () => ({ default: (await import('../features/runs/index.ts')).RunPage }))
const DatasetsPage = lazy(async () => ({ default: (await import('../features/datasets/index.ts')).DatasetsPage }))
const ModelsPage = lazy(async () => ({ default: (await import('../features/models/index.ts')).ModelsPage }))
const VersionPage = lazy(async () => ({ default: (await import('../features/models/index.ts')).VersionPage }))
const ComparePage = lazy(async () => ({ default: (await import('../features/models/index.ts')).ComparePage }))
const EvidencePage = lazy(async () => ({ default: (await import('../features/evidence/index.ts')).EvidencePage }))
const LedgerPage = lazy(async () => ({ default: (await import('../features/ledger/index.ts')).LedgerPage }))
const PeoplePage = lazy(async () => ({ default: (await import('../features/people/index.ts')).PeoplePage }))
const SettingsPage = lazy(async () => ({ default: (await import('../features/settings/index.ts')).SettingsPage }))

/** The page that an address names. */
export function Page({ address }: { readonly address: Address }) {
  const appearance = useAppearance()
  switch (address.page) {
    case 'projects':
      return <ProjectsPage />
    case 'overview':
      return <OverviewPage project={address.project} />
    case 'pipeline':
      return <PipelinePage project={address.project} />
    case 'runs':
      return <RunsPage project={address.project} />
    case 'run':
      return <RunPage project={address.project} run={address.run} {...(address.stage === undefined ? {} : { stage: address.stage })} />
    case 'datasets':
      return <DatasetsPage project={address.project} />
    case 'models':
      return <ModelsPage project={address.project} />
    case 'version':
      return <VersionPage project={address.project} model={address.model} version={address.version} />
    case 'compare':
      return <ComparePage project={address.project} model={address.model} version={address.version} against={address.against} />
    case 'evidence':
      return (
        <EvidencePage
          project={address.project}
          {...(address.model === undefined || address.version === undefined ? {} : { model: address.model, version: address.version })}
        />
      )
    case 'ledger':
      return <LedgerPage seq={address.seq} part={address.part} />
    case 'people':
      return <PeoplePage part={address.part} />
    case 'nowhere':
      return <Nowhere path={address.path} />
    case 'settings':
      return <SettingsPage appearance={appearance} onAppearance={chooseAppearance} />
  }
}

/** There is no such page. */
function Nowhere({ path }: { readonly path: string }) {
  return (
    <>
      <ViewBar title={words.title} />
      <Body>
        <Panel title={words.title} isTitleHidden>
          <EmptyState icon="search" title={words.named(path)} action={<Link href={formatAddress({ page: 'projects' })}>{words.home}</Link>}>
            {words.text}
          </EmptyState>
        </Panel>
      </Body>
    </>
  )
}
