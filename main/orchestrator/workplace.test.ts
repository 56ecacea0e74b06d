import { afterEach, expect, it, vi } from 'vitest'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'

afterEach(() => void vi.useRealTimers())

it('ends the session of somebody who went away, with no request to remind it, and tells their window', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const told: string[] = []
  let now = Date.now()
  const workplace = await openTestWorkplace({ clock: () => now, emitTo: (clientKey, { type }) => told.push(`${clientKey} ${type}`) })
  const { sessions, ledger } = workplace.ready()
  await sessions.open('window', 'asta', PASSPHRASE)
  now += 31 * 60_000
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual(['window session.changed'])
  expect(ledger.count({ action: 'session.closed' })).toBe(1)
  await workplace.close()
})
