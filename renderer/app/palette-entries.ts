import { mayDo, type Holding, type LedgerEntry, type Project, type ProjectId, type RunSummary, type VersionSummary } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import type { IconName } from '../design/index.ts'
import { formatAddress, formatCount, formatTime, isActive, LEDGER_PARTS, mayOpen, type Address } from '../state/index.ts'

const words = appMessages.palette
const rail = appMessages.rail
/** Entries of one kind that are shown at once. */
const SHOWN = 6

export type PaletteAct =
  | { readonly kind: 'go'; readonly to: Address }
  | { readonly kind: 'run'; readonly project: ProjectId }
  | { readonly kind: 'theme'; readonly theme: 'dark' | 'light' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'sign-out' }

export interface PaletteEntry {
  readonly id: string
  readonly label: string
  readonly detail?: string
  /** A further name that it is found by. */
  readonly name?: string
  readonly icon: IconName
  readonly act: PaletteAct
}

export interface PaletteGroup {
  readonly title: string
  readonly entries: readonly PaletteEntry[]
}

/** What the window knows, to choose from. */
export interface PaletteSources {
  readonly project: ProjectId | undefined
  readonly projects: readonly Project[]
  readonly runs: readonly RunSummary[]
  readonly versions: readonly VersionSummary[]
  /** What the ledger answered for the text. */
  readonly entries: readonly LedgerEntry[]
  /** What the person here may do, and where. */
  readonly holdings: readonly Holding[]
  readonly isDark: boolean
}

/** What a text finds, in groups; without a text the views and acts. */
export function findEntries(text: string, sources: PaletteSources): PaletteGroup[] {
  const wanted = text.trim().toLowerCase()
  const pick = (title: string, entries: readonly PaletteEntry[], limit = SHOWN): PaletteGroup => ({
    title,
    entries: entries
      .map((entry) => ({ entry, rank: rankOf(entry, wanted) }))
      .filter(({ rank }) => rank > 0)
      .toSorted((a, b) => b.rank - a.rank)
      .slice(0, limit)
      .map(({ entry }) => entry),
  })
  const found = wanted !== ''
  return [
    pick(words.views, views(sources), 20),
    pick(words.actions, actions(sources)),
    pick(words.projects, sources.projects.map(describeProject), found ? SHOWN : 3),
    ...(found ? [pick(words.runs, sources.runs.map(describeRun)), pick(words.versions, sources.versions.map(describeVersion)), { title: words.entries, entries: sources.entries.map(describeEntry) }] : []),
  ].filter(({ entries }) => entries.length > 0)
}

/** 0: does not match. A whole word, such as a run's number, counts for more than a part of one. The detail is read, not searched: a time is no name. */
function rankOf({ label, name = '' }: PaletteEntry, wanted: string): number {
  const text = `${label} ${name}`.toLowerCase()
  const words = wanted.split(/\s+/)
  if (!words.every((word) => text.includes(word))) return 0
  return 1 + words.filter((word) => text.split(' ').includes(word)).length
}

function views({ project, holdings }: PaletteSources): PaletteEntry[] {
  const place = (label: string, icon: IconName, to: Address) => ({ label, icon, to })
  const ofProject =
    project === undefined
      ? []
      : [
          place(rail.overview, 'home', { page: 'overview', project }),
          place(rail.pipeline, 'pipeline', { page: 'pipeline', project }),
          place(rail.runs, 'run', { page: 'runs', project }),
          place(rail.datasets, 'dataset', { page: 'datasets', project }),
          place(rail.models, 'model', { page: 'models', project }),
          place(rail.evidence, 'evidence', { page: 'evidence', project }),
        ]
  const places = [
    ...ofProject,
    place(rail.projects, 'folder', { page: 'projects' }),
    place(rail.ledger, 'ledger', { page: 'ledger' }),
    ...LEDGER_PARTS.map((part) => place(`${rail.ledger}: ${appMessages.header.ledgerPart[part]}`, 'ledger', { page: 'ledger', part })),
    place(rail.people, 'people', { page: 'people' }),
    place(appMessages.header.peoplePart.roles, 'people', { page: 'people', part: 'roles' }),
    place(rail.settings, 'settings', { page: 'settings' }),
  ]
  return places.filter(({ to }) => mayOpen(to, holdings)).map(({ label, icon, to }) => ({ id: `view ${formatAddress(to)}`, label, icon, act: { kind: 'go', to } }))
}

function actions({ project, projects, runs, holdings, isDark }: PaletteSources): PaletteEntry[] {
  const name = projects.find(({ id }) => id === project)?.name
  // While a run is active no other can start.
  const run: PaletteEntry[] =
    project !== undefined && name !== undefined && mayDo(holdings, 'run.start', { project }) && !runs.some(isActive) ? [{ id: 'act run', label: words.runPipeline(name), icon: 'run', act: { kind: 'run', project } }] : []
  const theme = isDark ? 'light' : 'dark'
  return [
    ...run,
    { id: 'act theme', label: words.switchTheme(words[theme]), icon: theme, act: { kind: 'theme', theme } },
    { id: 'act shortcuts', label: words.shortcuts, icon: 'keyboard', act: { kind: 'shortcuts' } },
    { id: 'act sign-out', label: words.signOut, icon: 'sign-out', act: { kind: 'sign-out' } },
  ]
}

function describeProject({ id, name }: Project): PaletteEntry {
  return { id: `project ${id}`, label: name, name: id, detail: id, icon: 'folder', act: { kind: 'go', to: { page: 'overview', project: id } } }
}

function describeRun({ id, project, state, startedAt }: RunSummary): PaletteEntry {
  return { id: `run ${id}`, name: state, label: appMessages.header.run(id), detail: `${state}, ${formatTime(startedAt)}`, icon: 'run', act: { kind: 'go', to: { page: 'run', project, run: id } } }
}

function describeVersion({ project, model, version, stage }: VersionSummary): PaletteEntry {
  return {
    id: `version ${model} ${version}`,
    label: appMessages.header.version(model, version),
    name: `${stage} v${version}`,
    detail: stage,
    icon: 'model',
    act: { kind: 'go', to: { page: 'version', project, model, version } },
  }
}

function describeEntry({ seq, action, leafHash, signedBy }: LedgerEntry): PaletteEntry {
  return {
    id: `entry ${seq}`,
    label: `${appMessages.header.entry(formatCount(seq))}: ${action}`,
    detail: `${signedBy}, ${leafHash.slice(0, 8)}`,
    icon: 'ledger',
    act: { kind: 'go', to: { page: 'ledger', seq } },
  }
}
