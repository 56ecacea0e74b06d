import { defineResource, type VersionKey } from '../../state/index.ts'

/** Every obligation with its status for one version. Decisions and packs add facts to it. */
export const coverage = defineResource(
  (api, { project, model, version }: VersionKey) => api.call('evidence.coverage', { project, model, version }),
  (event, { project }) =>
    (event.type === 'models.changed' || event.type === 'projects.changed') && event.project === project,
)

/** What exporting would sign; it names the ledger's size, so each new entry makes it anew. */
export const exportStatement = defineResource(
  (api, { project, model, version }: VersionKey) => api.call('evidence.statement', { project, model, version }),
  ({ type }) => type === 'ledger.grew',
)

/** The report of a pack as HTML. A pack never changes. */
export const packReport = defineResource(
  (api, pack: string) => api.call('evidence.report', { pack }),
  () => false,
)
