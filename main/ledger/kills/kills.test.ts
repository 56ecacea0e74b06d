import { expect, it } from 'vitest'
import { newFolderOnDisk } from '../../storage/disk-fixture.ts'
import { surviveKills } from './kills.ts'

/** `npm run soak -- ledger --kills 5000` for more. */
const KILLS = 200

it(`a ledger loses no acknowledged entry, and shows no half of one, over ${KILLS} kills at random moments`, async () => {
  const { kills, entries } = await surviveKills(KILLS, { folder: newFolderOnDisk('kills') })
  expect(kills).toBe(KILLS)
  expect(entries).toBeGreaterThan(KILLS)
}, 600_000)
