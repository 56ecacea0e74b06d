import { mayDo, type BackupState, type Pack, type Person, type Project, type ResultOf, type RunSummary, type Session, type VersionSummary } from '../../../shared/contract/index.ts'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { formatAddress, formatTime } from '../../state/index.ts'
import type { IconName, Tone } from '../../design/index.ts'

/** One thing that waits, and where it is done. */
export interface Waiting {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly href: string
  readonly icon: IconName
  readonly tone?: Tone
}

/** What is known of a project; undefined while it is being read. */
export interface WaitingSources {
  readonly project: Project
  readonly session: Session
  readonly people: readonly Person[] | undefined
  readonly pipeline: ResultOf<'pipelines.read'> | undefined
  /** Newest first. */
  readonly runs: readonly RunSummary[] | undefined
  readonly versions: readonly VersionSummary[] | undefined
  readonly packs: readonly Pack[] | undefined
  readonly backups: BackupState | undefined
}

/** What waits for the person who looks, the most pressing first. What depends on something still being read is left out until it is there. */
export function findWaiting(sources: WaitingSources): Waiting[] {
  return [...failingBackup(sources), ...decisions(sources), ...faults(sources), ...firstRun(sources), ...requests(sources), ...missingPacks(sources), ...missingPeople(sources)]
}

/** For whoever can mend it. */
function failingBackup({ session, backups }: WaitingSources): Waiting[] {
  if (!backups?.failing || !mayDo(session.holdings, 'backup.manage')) return []
  const { at, folder, reason } = backups.failing
  return [{ id: 'backup', icon: 'alert', tone: 'danger', title: backupMessages.failing(formatTime(at)), text: backupMessages.failingText(folder, reason), href: formatAddress({ page: 'ledger', part: 'backups' }) }]
}

function decisions({ session, versions = [] }: WaitingSources): Waiting[] {
  return versions.flatMap(({ project, model, version, openPromotion, authorPerson }): Waiting[] => {
    const mayDecide = mayDo(session.holdings, 'model.decide', { project, model })
    if (!openPromotion) return []
    const href = formatAddress({ page: 'version', project, model, version })
    const id = `promotion ${model} ${version}`
    if (mayDecide && ![authorPerson, openPromotion.requestedByPerson].includes(session.person.id)) {
      return [{ id, href, icon: 'approve', tone: 'accent', title: words.decide(model, version, openPromotion.to), text: words.decideText(openPromotion.requestedBy, formatTime(openPromotion.requestedAt)) }]
    }
    return [{ id, href, icon: 'clock', title: words.awaits(model, version, openPromotion.to), text: words.awaitsText }]
  })
}

function faults({ project, session, pipeline, runs = [] }: WaitingSources): Waiting[] {
  if (!mayDo(session.holdings, 'run.start', { project: project.id })) return []
  const found: Waiting[] = []
  if (pipeline && !pipeline.ok) {
    const [first] = pipeline.problems
    found.push({ id: 'pipeline', icon: 'alert', tone: 'danger', title: words.badPipeline, text: first?.message ?? '', href: formatAddress({ page: 'pipeline', project: project.id }) })
  }
  const [latest] = runs
  if (latest && (latest.state === 'failed' || latest.state === 'interrupted')) {
    const title = latest.state === 'failed' ? words.runFailed(latest.id) : words.runInterrupted(latest.id)
    found.push({ id: 'run', icon: 'alert', tone: 'danger', title, text: words.runFailedText(formatTime(latest.endedAt ?? latest.startedAt)), href: formatAddress({ page: 'run', project: project.id, run: latest.id }) })
  }
  return found
}

function firstRun({ project, session, runs }: WaitingSources): Waiting[] {
  if (!mayDo(session.holdings, 'run.start', { project: project.id }) || runs === undefined || runs.length > 0) return []
  return [{ id: 'first-run', icon: 'run', tone: 'accent', title: words.firstRun, text: words.firstRunText, href: formatAddress({ page: 'pipeline', project: project.id }) }]
}

function requests({ session, versions = [] }: WaitingSources): Waiting[] {
  const newest = newestVersion(versions)
  if (newest?.stage !== 'experiment' || newest.openPromotion || !mayDo(session.holdings, 'model.request', newest)) return []
  const { project, model, version } = newest
  return [{ id: 'request', icon: 'send', title: words.request(model, version), text: words.requestText, href: formatAddress({ page: 'version', project, model, version }) }]
}

function missingPacks({ session, versions = [], packs }: WaitingSources): Waiting[] {
  if (packs === undefined) return []
  return versions
    .filter((version) => mayDo(session.holdings, 'evidence.export', version))
    .filter(({ model, version, stage }) => stage === 'production' && !packs.some((pack) => pack.model === model && pack.version === version))
    .map(({ project, model, version }) => ({
      id: `pack ${model} ${version}`,
      icon: 'pack',
      title: words.pack(model, version),
      text: words.packText,
      href: formatAddress({ page: 'evidence', project, model, version }),
    }))
}

/** Somebody counts who holds the role for the organisation, for this project or for a model of it. */
function missingPeople({ project, session, people }: WaitingSources): Waiting[] {
  if (!mayDo(session.holdings, 'people.manage') || people === undefined) return []
  const has = (role: 'engineer' | 'approver') => people.some(({ active, roles, grants }) => active && (roles.includes(role) || grants.some((grant) => grant.role === role && grant.scope.project === project.id)))
  return (['engineer', 'approver'] as const)
    .filter((role) => !has(role))
    .map((role) => ({ id: role, icon: 'people', title: words[role], text: role === 'engineer' ? words.engineerText : words.approverText, href: formatAddress({ page: 'people' }) }))
}

/** The version that was registered last. */
export function newestVersion(versions: readonly VersionSummary[]): VersionSummary | undefined {
  return versions.toSorted((a, b) => b.registeredAt.localeCompare(a.registeredAt))[0]
}
