import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { dataFolder, findInstallation, SOFTWARE } from '../client/index.ts'
import { Workplace } from './workplace.ts'

afterEach(() => void vi.useRealTimers())

it('ends the session of somebody who went away, with no request to remind it, and tells their window', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const told: string[] = []
  let now = Date.now()
  const workplace = await Workplace.open({
    folder: dataFolder(mkdtempSync(join(tmpdir(), 'workplace-'))),
    installation: findInstallation(),
    software: SOFTWARE,
    clock: () => now,
    emit: () => undefined,
    emitTo: (clientKey, { type }) => told.push(`${clientKey} ${type}`),
    onFault: () => undefined,
    scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 },
  })
  const services = await workplace.setUp({ organisation: 'Test', administrator: { handle: 'asta', displayName: 'Asta', passphrase: 'a long passphrase' } })
  await services.sessions.open('window', 'asta', 'a long passphrase')
  now += 31 * 60_000
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual(['window session.changed'])
  expect(services.ledger.count({ action: 'session.closed' })).toBe(1)
  await workplace.close()
})
