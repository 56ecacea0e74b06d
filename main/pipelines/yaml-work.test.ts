import { Session } from 'node:inspector/promises'
import { expect, it } from 'vitest'
import { readYaml } from './yaml-source.ts'

// In a file of its own: V8 counts no work of functions that it has compiled for speed before.

const textOf = (keys: number): string => Array.from({ length: keys }, (_, index) => `k${index}: 1`).join('\n')

it('a map of twice as many keys is about twice the work, as no key is compared with each other', async () => {
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
  expect(some).toBeGreaterThan(100_000)
  expect(twice / some).toBeLessThan(2.5)
})
