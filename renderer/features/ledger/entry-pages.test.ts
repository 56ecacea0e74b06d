import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { isAskable, isContiguous, nearby, NO_FILTER, NO_PAGES, PAGE, pagesNeeded, rowAt, rowCount, rowOf, rowsOf, withPage } from './entry-pages.ts'

const entry = (seq: number): LedgerEntry => ({ seq, time: '', actor: '', signedBy: '', action: '', subject: [], about: {}, leafHash: '' })
/** Entries downwards from `from`, `step` apart. */
const entriesFrom = (from: number, count: number, step = 1) => Array.from({ length: count }, (_, index) => entry(from - index * step))
const range = { from: 0, until: 1_000_000 }

describe('a list without a filter', () => {
  it('knows its length and every row beforehand', () => {
    expect(isContiguous(NO_FILTER)).toBe(true)
    expect(rowCount(NO_PAGES, range, true)).toBe(1_000_000)
    expect(rowOf(NO_PAGES, 999_999, range, true)).toBe(0)
    expect(rowOf(NO_PAGES, 0, range, true)).toBe(999_999)
    expect(rowOf(NO_PAGES, 5, { from: 10, until: 20 }, true)).toBeNull()
  })

  it('asks for any page at once, and for none below its range', () => {
    expect(isAskable(NO_PAGES, 4_999, range, true)).toBe(true)
    expect(isAskable(NO_PAGES, 1, { from: 900, until: 1000 }, true)).toBe(false)
  })
})

it('keeps the pages around the one in sight, and no more however far somebody scrolls', () => {
  let known = NO_PAGES
  for (let page = 0; page < 200; page++) known = withPage(nearby(known, page), page, entriesFrom(999_999 - page * PAGE, PAGE))
  expect(rowAt(known, 199 * PAGE)?.seq).toBe(999_999 - 199 * PAGE)
  expect(rowAt(known, 180 * PAGE)).toBeDefined()
  expect(rowAt(known, 0)).toBeUndefined()
})

describe('a filtered list', () => {
  it('has as many rows as a page until they are counted, and then as many as there are', () => {
    expect(rowCount(NO_PAGES, range, false)).toBe(PAGE)
    expect(rowCount(NO_PAGES, { from: 10, until: 17 }, false)).toBe(7)
    const counted = withPage(NO_PAGES, 0, entriesFrom(999_999, PAGE, 3), 300_000)
    expect(rowCount(counted, range, false)).toBe(300_000)
    expect(rowCount(withPage(nearby(counted, 900), 900, entriesFrom(900_000, PAGE)), range, false)).toBe(300_000)
  })

  it('asks for its first page, and for any once the rows are counted', () => {
    expect([0, 1].map((page) => isAskable(NO_PAGES, page, range, false))).toEqual([true, false])
    const counted = withPage(NO_PAGES, 0, entriesFrom(999_999, PAGE, 3), 1_001)
    expect([1, 5, 6].map((page) => isAskable(counted, page, range, false))).toEqual([true, true, false])
  })

  it('has an entry that cannot be read in its place, so that none is skipped', () => {
    const rows = rowsOf({ entries: [entry(9), entry(5)], damaged: [{ seq: 7, kind: 'entry-altered', message: '' }, { seq: 3, kind: 'entry-missing', message: '' }] })
    expect(rows.map(({ seq }) => seq)).toEqual([9, 7, 5, 3])
  })

  it('finds the row of an entry that it has read', () => {
    const first = withPage(NO_PAGES, 0, entriesFrom(90, 10, 3))
    expect(rowOf(first, 84, range, false)).toBe(2)
    expect(rowOf(first, 85, range, false)).toBeNull()
    expect(rowAt(first, 2)?.seq).toBe(84)
  })
})

it('the rows in sight name the pages that are missing', () => {
  const known = withPage(NO_PAGES, 1, entriesFrom(10, 5))
  expect(pagesNeeded(known, PAGE - 1, 2 * PAGE + 1)).toEqual([0, 2])
})
