import { Session } from 'node:inspector/promises'
import { expect, it } from 'vitest'
import { readYaml } from './yaml-source.ts'

// In a file of its own: V8 counts no work of functions that it has compiled for speed before.

const plain = (keys: number): string => Array.from({ length: keys }, (_, index) => `k${index}: 1`).join('\n')
/** Quoted keys take the whole parser. */
const quoted = (keys: number): string => Array.from({ length: keys }, (_, index) => `"k${index}": 1`).join('\n')

it.each([['plain', plain, 10_000], ['quoted', quoted, 100_000]] as const)('a map of twice as many %s keys is about twice the work, as no key is compared with each other', async (_, textOf, least) => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  /** How often any block of any function ran: work that no busy machine changes. */
  const countSteps = async (keys: number): Promise<number> => {
    expect(readYaml(textOf(keys), 'x.yaml').ok).toBe(true)
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result.flatMap(({ functions }) => functions).flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0)
  }
  const [some, twice] = [await countSteps(1_000), await countSteps(2_000)]
  session.disconnect()
  expect(some).toBeGreaterThan(least)
  expect(twice / some).toBeLessThan(2.5)
})
