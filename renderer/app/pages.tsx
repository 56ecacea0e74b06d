import { lazy, type ComponentType } from 'react'
import type { Address } from '../state/index.ts'
import { chooseAppearance, useAppearance } from './appearance.ts'

/* Each page is its own chunk, so that the first screen stays small. A page that does not exist yet is named when it is opened. */
const features = import.meta.glob<Record<string, ComponentType<Record<string, unknown>>>>('../features/*/index.ts')

function page(feature: string, name: string) {
  return lazy(async () => {
    const component = (await features[`../features/${feature}/index.ts`]?.())?.[name]
    if (!component) throw new Error(`renderer/features/${feature}/index.ts exports no ${name}`)
    return { default: component }
  })
}

const PAGES: Readonly<Record<Address['page'], ComponentType<Record<string, unknown>>>> = {
  projects: page('projects', 'ProjectsPage'),
  overview: page('overview', 'OverviewPage'),
  pipeline: page('pipelines', 'PipelinePage'),
  runs: page('runs', 'RunsPage'),
  run: page('runs', 'RunPage'),
  datasets: page('datasets', 'DatasetsPage'),
  models: page('models', 'ModelsPage'),
  version: page('models', 'VersionPage'),
  evidence: page('evidence', 'EvidencePage'),
  ledger: page('ledger', 'LedgerPage'),
  people: page('people', 'PeoplePage'),
  settings: page('settings', 'SettingsPage'),
}

/** The page that an address names. */
export function Page({ address }: { readonly address: Address }) {
  const appearance = useAppearance()
  const { page: name, ...parts } = address
  const Shown = PAGES[name]
  return <Shown {...parts} {...(name === 'settings' ? { appearance, onAppearance: chooseAppearance } : {})} />
}
