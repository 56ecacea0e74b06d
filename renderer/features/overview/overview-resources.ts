import { defineResource } from '../../state/index.ts'

/** Entries read to find those of note: the rest are stages and starts of the orchestrator. */
const READ = 120

export const recentEntries = defineResource(
  async (api, _: 'recent') => (await api.call('ledger.entries', { limit: READ, sessions: false })).entries,
  ({ type }) => type === 'ledger.grew',
)
