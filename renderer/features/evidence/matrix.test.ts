import { describe, expect, it } from 'vitest'
import type { ClaimStatus, Coverage, ObligationRow } from '../../../shared/contract/index.ts'
import { buildMatrix, groupGaps, listRows } from './matrix.ts'

const row = (obligation: string, chapter: string, status: ClaimStatus, rest: Partial<ObligationRow> = {}): ObligationRow => ({
  framework: 'eu-ai-act',
  obligation,
  citation: `${chapter}(${obligation})`,
  chapter,
  title: `Title ${obligation}`,
  requirement: '',
  status,
  text: '',
  missing: [],
  appliesFrom: '2027-12-02',
  facts: [],
  ...rest,
})
const fact = (id: string, entry: number) => ({ id, entry, pointer: '/detail', value: '1', text: '' })
const coverage: Coverage = {
  asOf: '2026-11-23',
  contents: { claims: 5, facts: 2, entries: 1 },
  frameworks: [
    { id: 'eu-ai-act', title: 'EU AI Act' },
    { id: 'nist-ai-rmf', title: 'NIST AI RMF' },
  ],
  rows: [
    row('a', 'Art. 9', 'supported', { facts: [fact('f1', 3), fact('f2', 3)] }),
    row('b', 'Art. 9', 'missing', { missing: ['risk-register'] }),
    row('c', 'Art. 10', 'partial', { missing: ['risk-register', 'attestation'], facts: [fact('f1', 3)], appliesFrom: '2027-08-02' }),
    row('d', 'Art. 10', 'not-applicable', { missing: ['attestation'] }),
    row('e', 'MAP', 'not-yet', { framework: 'nist-ai-rmf', appliesFrom: null, missing: ['drift-report'] }),
  ],
}

describe('the matrix', () => {
  it('counts every row once, by framework and chapter', () => {
    const matrix = buildMatrix(coverage)
    expect(matrix.map(({ total }) => total)).toEqual([4, 1])
    expect(matrix[0]?.chapters.map(({ chapter, total }) => [chapter, total])).toEqual([
      ['Art. 9', 2],
      ['Art. 10', 2],
    ])
    expect(matrix[0]?.counts).toEqual({ supported: 1, partial: 1, missing: 1, 'not-applicable': 1, 'not-yet': 0 })
  })

  it('dates a chapter by its earliest row and leaves what is no law without a date', () => {
    const [act, nist] = buildMatrix(coverage)
    expect(act?.chapters[1]?.appliesFrom).toBe('2027-08-02')
    expect(nist?.chapters[0]?.appliesFrom).toBeNull()
  })
})

describe('the list of obligations', () => {
  it('puts what is missing first', () => {
    expect(listRows(coverage.rows, null, '').map(({ obligation }) => obligation)).toEqual(['b', 'c', 'e', 'a', 'd'])
  })

  it('follows a cell, a chapter and words', () => {
    const ids = (...args: Parameters<typeof listRows>) => listRows(...args).map(({ obligation }) => obligation)
    expect(ids(coverage.rows, { by: 'cell', framework: 'eu-ai-act', chapter: 'Art. 9', status: 'missing' }, '')).toEqual(['b'])
    expect(ids(coverage.rows, { by: 'cell', framework: 'eu-ai-act', chapter: null, status: null }, 'ART. 10')).toEqual(['c', 'd'])
  })

  it('follows a gap, which rows that do not apply have no part in', () => {
    expect(listRows(coverage.rows, { by: 'gap', kind: 'attestation' }, '').map(({ obligation }) => obligation)).toEqual(['c'])
  })
})

it('gaps name what would help most rows first, without what cannot be recorded yet', () => {
  expect(groupGaps(coverage.rows).map(({ kind, rows }) => [kind, rows.length])).toEqual([
    ['risk-register', 2],
    ['attestation', 1],
  ])
})
