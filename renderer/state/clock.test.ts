import { expect, it } from 'vitest'
import { elapsed } from './clock.ts'

const startedAt = '2026-11-23T10:00:00.000Z'

it('counts to the end, or to now, and never below zero', () => {
  expect(elapsed({ startedAt, endedAt: '2026-11-23T10:00:04.100Z' }, 0)).toBe(4100)
  expect(elapsed({ startedAt, endedAt: null }, Date.parse(startedAt) + 60_000)).toBe(60_000)
  expect(elapsed({ startedAt, endedAt: null }, Date.parse(startedAt) - 5000)).toBe(0)
  expect(elapsed({ startedAt: null, endedAt: null }, 0)).toBeNull()
})
