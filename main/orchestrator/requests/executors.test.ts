import { afterAll, beforeAll, expect, it } from 'vitest'
import { ExecutorName } from '../../../shared/contract/index.ts'
import type { Call } from '../router.ts'
import { openTestWorkplace, PASSPHRASE } from '../test-workplace.ts'
import type { Workplace } from '../workplace.ts'
import { answerExecutors } from './executors.ts'

const name = ExecutorName.parse('gpu1')
const config = { kind: 'ssh', host: 'gpu1.lab', folder: '/scratch', staging: { by: 'copy' } } as const

let workplace: Workplace
let call: Call

beforeAll(async () => {
  workplace = await openTestWorkplace()
  const { sessions } = workplace.ready()
  const clientKey = 'asta'.padEnd(64, '0')
  await sessions.open(clientKey, 'asta', PASSPHRASE)
  call = { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
})
afterAll(() => workplace.close())

it('an executor is what the last entry of that name says, by whoever signed it, until an entry with a reason removes it', async () => {
  const answers = answerExecutors(workplace)
  const { ledger } = workplace.ready()
  const first = await answers['executors.set']({ name, config }, call)
  expect(first).toMatchObject({ name, config, addedBy: 'Asta', entry: ledger.size - 1 })
  const moved = { ...config, host: 'gpu2.lab' }
  await answers['executors.set']({ name, config: moved }, call)
  expect(await answers['executors.list']({}, call)).toEqual([expect.objectContaining({ name, config: moved, addedBy: 'Asta', entry: ledger.size - 1 })])
  const removed = await answers['executors.remove']({ name, reason: 'It broke.' }, call)
  expect(await answers['executors.list']({}, call)).toEqual([])
  expect(ledger.entry(removed.entry).entry).toMatchObject({ action: 'executor.removed', detail: { name, reason: 'It broke.' } })
  expect(() => answers['executors.remove']({ name, reason: 'Again.' }, call)).toThrow("There is no executor 'gpu1'")
})

it('an executor whose row leads to an entry of another is refused as damage', async () => {
  const answers = answerExecutors(workplace)
  await answers['executors.set']({ name, config }, call)
  workplace.ready().db.prepare("UPDATE executors SET entry = 0 WHERE name = 'gpu1'").run()
  expect(() => answers['executors.list']({}, call)).toThrow('is not what entry 0 recorded')
})
