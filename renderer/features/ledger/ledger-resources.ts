import { defineResource } from '../../state/index.ts'

/** Bars of the histogram. */
const BUCKETS = 90

/** One entry with its proof in the tree of the moment; entries never change, so it is read once. */
export const entryDetail = defineResource(
  (api, seq: number) => api.call('ledger.entry', { seq }),
  () => false,
)

/** Every key that ever signed, with the positions at which it may. */
export const keyList = defineResource(
  (api, _: 'keys') => api.call('ledger.keys', {}),
  ({ type }) => type === 'ledger.grew',
)

/** The keys that the registry signs models with, and signed with before. */
export const modelKeyList = defineResource(
  (api, _: 'keys') => api.call('models.keys', {}),
  ({ type }) => type === 'ledger.grew',
)

/** Whose time stamps count, and those that are recorded. */
export const stampList = defineResource(
  (api, _: 'stamps') => api.call('timestamps.list', {}),
  ({ type }) => type === 'ledger.grew',
)

/** What entries say was backed up, and whether it is there. Nobody tells when a disk is mounted or taken away. */
export const backupList = defineResource(
  (api, _: 'backups') => api.call('backups.list', {}),
  ({ type }) => type === 'backups.changed',
)

/** Entries over time, for a ledger of `size` entries: read anew when the view takes in new ones. */
export const histogram = defineResource(
  (api, _: { readonly size: number }) => api.call('ledger.histogram', { buckets: BUCKETS }),
  () => false,
)
