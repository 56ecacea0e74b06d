import { expect, it } from 'vitest'
import { describeInterval, hoursOf, intervalOf } from './schedule-times.ts'

it('says an interval in days where it is whole days, else in hours', () => {
  expect([1, 6, 24, 36, 168].map(describeInterval)).toEqual(['1 hour', '6 hours', '1 day', '36 hours', '7 days'])
})

it.for([1, 6, 24, 36, 168])('takes %s hours apart and puts them together again', (hours) => {
  const { count, unit } = intervalOf(hours)
  expect(hoursOf(count, unit)).toBe(hours)
})
