import { expect, it } from 'vitest'
import { verifyWays } from './verify-ways.ts'

const at = '2020-11-27T08:00:00.000Z'
const ways = (verified: number | null, stopped: number | null) =>
  verifyWays({ size: 1200, remembered: { verified: verified === null ? null : { size: verified, at }, stopped: stopped === null ? null : { size: stopped, at } } })

it('offers everything, and says why nothing else yet', () => {
  expect(ways(null, null).map(({ id, isDisabled = false }) => [id, isDisabled])).toEqual([['full', false], ['since-last', true]])
})

it('offers what is new with how much that is, and not where nothing is', () => {
  expect(ways(200, null)[1]).toMatchObject({ isDisabled: false, detail: expect.stringMatching(/^1,000 entries since 27 Nov 2020/) as string })
  expect(ways(1200, null)[1]).toMatchObject({ isDisabled: true, detail: expect.stringMatching(/^Nothing came since/) as string })
})

it('offers to go on where a full one was stopped', () => {
  expect(ways(null, 1000)[2]).toMatchObject({ id: 'resume', detail: expect.stringMatching(/^The first 1,000 were read/) as string })
})
