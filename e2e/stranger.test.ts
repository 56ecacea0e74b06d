import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askStranger, askStrangerAboutTiles, mayBeSkipped } from '../main/ledger/stranger/check.ts'
import { PASSPHRASES, TestWorkplace } from './workplace.ts'

const workplace = new TestWorkplace()
beforeAll(async () => {
  await workplace.setUp()
  // One session, as each of its own would add entries between two commands.
  await workplace.strongroom(['login', 'ada'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.ada } })
})
afterAll(() => workplace.close())

it.skipIf(mayBeSkipped)('prints a ledger that a stranger with sumdb/note and sumdb/tlog can check', async () => {
  const print = (...args: string[]) => workplace.strongroom(['ledger', ...args])
  const [logKey = ''] = (await print('keys')).split('\n')
  const checkpoint = await print('checkpoint')
  const entries = []
  for (const seq of ['0', '3', '7']) {
    entries.push({ leaf: Buffer.from(await print('show', seq, '--raw')).toString('base64'), proof: await print('prove', seq) })
  }
  const answer = askStranger({ logKeys: [logKey], checkpoint, older: checkpoint, consistency: [], entries })
  const { size } = await workplace.json<{ size: number }>(['ledger', 'list', '--limit', '1'])
  expect(answer).toEqual({ status: 0, output: `tree ${size} contains tree ${size}\n3 entries\n` })
})

it.skipIf(mayBeSkipped)('writes it as tiles that a stranger reads, and adds to them', async () => {
  const folder = join(workplace.folder, 'tiles')
  const [logKey = ''] = (await workplace.strongroom(['ledger', 'keys'])).split('\n')
  const first = await workplace.json<{ size: number }>(['ledger', 'tiles', '--to', folder])
  expect(first).toMatchObject({ before: 0, written: 3, removed: 0 })
  expect(askStrangerAboutTiles(folder, logKey, [0, first.size - 1])).toEqual({ status: 0, output: `tree ${first.size}, 2 entries\n` })
  await workplace.strongroom(['ledger', 'anchor', '--to', join(workplace.folder, 'anchor.pdf')])
  const second = await workplace.json<{ size: number }>(['ledger', 'tiles', '--to', folder])
  expect(second).toMatchObject({ size: first.size + 1, before: first.size })
  expect(askStrangerAboutTiles(folder, logKey, [first.size])).toEqual({ status: 0, output: `tree ${second.size}, 1 entries\n` })
})
