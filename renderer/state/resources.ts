import type { ProjectId, RunId } from '../../shared/contract/index.ts'
import { defineResource } from './resource.ts'

/** What more than one feature shows. A feature keeps what only it shows in its own folder. */

export const peopleList = defineResource(
  (api, _: 'people') => api.call('people.list', {}),
  ({ type }) => type === 'people.changed',
)

/** The bundled samples; they change with the installation alone. */
export const sampleList = defineResource(
  (api, _: 'samples') => api.call('samples.list', {}),
  () => false,
)

export const projectList = defineResource(
  (api, _: 'projects') => api.call('projects.list', {}),
  ({ type }) => type === 'projects.changed',
)

export const projectDetail = defineResource(
  (api, project: ProjectId) => api.call('projects.get', { project }),
  ({ type }) => type === 'projects.changed',
)

/** Nobody tells when a file of the user's own changes: whoever shows it reads it again when the window is looked at. */
export const pipeline = defineResource(
  (api, project: ProjectId) => api.call('pipelines.read', { project }),
  () => false,
)

export const runList = defineResource(
  (api, project: ProjectId) => api.call('runs.list', { project, limit: 200 }),
  (event, project) => event.type === 'run.changed' && event.project === project,
)

export const runDetail = defineResource(
  (api, run: RunId) => api.call('runs.get', { run }),
  (event, run) => event.type === 'run.changed' && event.run === run,
)

/** Names one version of a model. */
export interface VersionKey {
  readonly project: ProjectId
  readonly model: string
  readonly version: number
}

export const versionList = defineResource(
  (api, project: ProjectId) => api.call('models.list', { project }),
  (event, project) => event.type === 'models.changed' && event.project === project,
)

export const packList = defineResource(
  (api, project: ProjectId) => api.call('evidence.packs', { project }),
  (event, project) => event.type === 'packs.changed' && event.project === project,
)

export const ledgerState = defineResource(
  (api, _: 'ledger') => api.call('ledger.state', {}),
  ({ type }) => type === 'ledger.grew',
)

/** Who holds the ledger to its word elsewhere. */
export const witnessList = defineResource(
  (api, _: 'witnesses') => api.call('witnesses.list', {}),
  ({ type }) => type === 'ledger.grew',
)

/** The schedule of backups, the last one, and what failed. */
export const backupState = defineResource(
  (api, _: 'backups') => api.call('backups.state', {}),
  ({ type }) => type === 'backups.changed',
)

export const machineState = defineResource(
  (api, _: 'machine') => api.call('machine.state', {}),
  ({ type }) => type === 'run.changed',
)
