import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { stretches } from './stretches.ts'

const { signal } = new AbortController()
const all = async (first: number, last: number) => {
  const found: [number, number][] = []
  for await (const stretch of stretches(first, last, { signal, length: 10 })) found.push(stretch)
  return found
}

it('cover every position once, the last first', async () => {
  expect(await all(3, 25)).toEqual([
    [16, 25],
    [6, 15],
    [3, 5],
  ])
  expect(await all(4, 4)).toEqual([[4, 4]])
  expect(await all(5, 4)).toEqual([])
})

it('let other work run between two, and end when nobody waits any more', async () => {
  const over = new AbortController()
  let others = 0
  const seen: number[] = []
  const walk = async () => {
    for await (const [lower] of stretches(0, 99, { signal: over.signal, length: 10 })) {
      seen.push(lower)
      if (others >= 3) over.abort()
      void setImmediate().then(() => others++)
    }
  }
  await expect(walk()).rejects.toThrow('abort')
  expect(seen.length).toBeGreaterThan(3)
  expect(seen.length).toBeLessThan(10)
})
