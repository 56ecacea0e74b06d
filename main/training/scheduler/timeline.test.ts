import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Timeline, type Amounts, type Demand } from './timeline.ts'

const NOW = 100
const CAPACITY = [4, 3, 3]
const time = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: NOW + 1, max: NOW + 12 }) }, { weight: 1, arbitrary: fc.constant(Infinity) })
const amounts = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 }))
const stretch = fc.record({ amounts, from: fc.integer({ min: NOW, max: NOW + 12 }), length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(Infinity)) })

/** So much of the first, and of the others together: what is taken depends on what is free. */
const demand = (first: number, others: number): Demand => ({
  isMet: ([a = 0, b = 0, c = 0]) => a >= first && Math.max(0, b) + Math.max(0, c) >= others,
  choose: ([, b = 0]) => [first, Math.min(others, Math.max(0, b)), others - Math.min(others, Math.max(0, b))],
})

it('answers as somebody would who looks at every moment', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ amounts, until: time }), { maxLength: 5 }), fc.array(stretch, { maxLength: 5 }),
      fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 }), fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Infinity)),
      (taken, later, first, others, duration) => {
        const timeline = Timeline.of(NOW, CAPACITY, taken)
        for (const { amounts: some, from, length } of later) timeline.change(some, from, from + length)
        const all = [...taken.map((one) => ({ ...one, from: NOW })), ...later.map(({ length, ...one }) => ({ ...one, until: one.from + length }))]
        const freeAt = (moment: number): number[] =>
          CAPACITY.map((amount, resource) => all.reduce((left, one) => left - (one.from <= moment && moment < one.until ? (one.amounts[resource] ?? 0) : 0), amount))
        // Nothing changes after the last of these.
        const horizon = NOW + 40
        const least = (from: number): Amounts => {
          const moments = Array.from({ length: Math.max(0, Math.min(from + duration, horizon + 1) - from) }, (_, index) => freeAt(from + index))
          return CAPACITY.map((_, resource) => Math.min(...moments.map((free) => free[resource] ?? 0)))
        }
        const wanted = demand(first, others)
        const starts = Array.from({ length: 30 }, (_, index) => NOW + index)
        expect(timeline.now).toEqual(freeAt(NOW))
        expect(timeline.earliest(wanted, NOW, duration)).toBe(starts.find((start) => wanted.isMet(least(start))) ?? Infinity)
        for (const start of starts.slice(0, 5)) expect(timeline.take(wanted, start, start + duration)).toEqual(wanted.isMet(least(start)) ? wanted.choose(least(start)) : null)
        expect(timeline.has([first, others, others], NOW + duration)).toBe(least(NOW).every((free, resource) => free >= (resource === 0 ? first : others)))
        const shortAt = starts.find((end) => end < NOW + duration && !wanted.isMet(CAPACITY.map((_, resource) => Math.min(...starts.filter((at) => at <= end).map((at) => freeAt(at)[resource] ?? 0)))))
        expect(timeline.shortAt(wanted, NOW + duration)).toBe(shortAt ?? null)
      },
    ),
    { numRuns: 300 },
  )
})
