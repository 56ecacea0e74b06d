import { defineResource, type VersionKey } from '../../state/index.ts'

/** One version with its gates, promotions and lineage. */
export const versionDetail = defineResource(
  (api, { project, model, version }: VersionKey) => api.call('models.get', { project, model, version }),
  (event, { project }) => (event.type === 'models.changed' || event.type === 'packs.changed') && event.project === project,
)

/** A version's model card, written anew from what the ledger says of it by then. */
export const versionCard = defineResource(
  (api, { project, model, version }: VersionKey) => api.call('models.card', { project, model, version }),
  (event, { project }) => event.type === 'models.changed' && event.project === project,
)

/** What a decision would sign. It names the size of the ledger, so each new entry makes it anew. */
export const decisionStatement = defineResource(
  (api, { decision, ...key }: VersionKey & { readonly decision: 'approved' | 'rejected' }) =>
    api.call('models.statement', { ...key, decision }),
  (event, { project }) => event.type === 'ledger.grew' || (event.type === 'models.changed' && event.project === project),
)

/** The entry that moved a version last; an archived version never moves again. */
export const lastMove = defineResource(
  async (api, { project, model, version }: VersionKey) => {
    const name = `${model} ${version}`
    const { entries } = await api.call('ledger.entries', { action: 'model.stage.changed', text: name, limit: 100 })
    // Two projects may have models of one name: which one moved stands in the entry itself.
    for (const entry of entries.filter(({ subject }) => subject.some((each) => each.name === name))) {
      const { payload } = await api.call('ledger.entry', { seq: entry.seq })
      if ((payload as { detail?: { project?: unknown } }).detail?.project === project) return entry
    }
    return null
  },
  (event, { project }) => event.type === 'models.changed' && event.project === project,
)
