import { afterAll, beforeAll, expect, it } from 'vitest'
import { askStranger, mayBeSkipped } from '../main/ledger/stranger/check.ts'
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
