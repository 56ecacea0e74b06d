import { expect, it } from 'vitest'
import { findDifferences } from './testing/differences.ts'

// What they once read in two ways is in the files beside this one, by subject. See also `npm run bench -- pack-differences`.

it('the verifiers say the same of packs altered at random, and accept none that says more than the honest one', { timeout: 180_000 }, async () => {
  const { cases, agreed, accepted, differences } = await findDifferences({ seed: 1, count: 120 })
  expect(differences).toEqual([])
  expect(agreed).toBe(cases)
  // Were none accepted, or all, the alterations would not be worth their time.
  expect(accepted).toBeGreaterThan(1)
  expect(accepted).toBeLessThan(40)
})
