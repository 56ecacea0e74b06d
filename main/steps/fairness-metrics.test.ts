import { describe, expect, it } from 'vitest'
import { compareGroups, countRecord, emptyCounts, groupRates, type GroupRates } from './fairness-metrics.ts'

const CLOSED = 9

function rates(group: string, tp: number, fp: number, fn: number, tn: number): GroupRates {
  return groupRates({ ...emptyCounts(group), tp, fp, fn, tn })
}

describe('fairness of two groups (figures: own script over NumPy and SciPy 1.10.1)', () => {
  const a = rates('A', 60, 20, 15, 105)
  const b = rates('B', 30, 15, 20, 85)
  const comparison = compareGroups([a, b])

  it('gives the rates of each group', () => {
    expect(a).toMatchObject({ n: 200, selectionRate: 0.4, baseRate: 0.375, tpr: 0.8, fpr: 0.16, fnr: 0.2, ppv: 0.75, accuracy: 0.825 })
    expect(b).toMatchObject({ n: 150, selectionRate: 0.3, tpr: 0.6, fpr: 0.15, fnr: 0.4, ppv: 30 / 45 })
  })

  it('gives the measures of difference', () => {
    expect(comparison?.lowest).toBe('B')
    expect(comparison?.highest).toBe('A')
    expect(comparison?.disparateImpact).toBeCloseTo(0.75, CLOSED)
    expect(comparison?.fourFifthsMet).toBe(false)
    expect(comparison?.demographicParityDifference).toBeCloseTo(0.1, CLOSED)
    expect(comparison?.equalOpportunityDifference).toBeCloseTo(0.2, CLOSED)
    expect(comparison?.fprDifference).toBeCloseTo(0.01, CLOSED)
    expect(comparison?.equalizedOddsDifference).toBeCloseTo(0.2, CLOSED)
    expect(comparison?.predictiveParityDifference).toBeCloseTo(0.08333333333333337, CLOSED)
  })

  it('gives the significance of the difference, by z and exactly', () => {
    expect(comparison?.significance.zTest?.z).toBeCloseTo(-1.9321835661585927, CLOSED)
    expect(comparison?.significance.zTest?.p).toBeCloseTo(0.05333685282913969, CLOSED)
    expect(comparison?.significance.fisherP).toBeCloseTo(0.056247052790736565, CLOSED)
  })
})

describe('the four-fifths rule', () => {
  it('is met by exactly four fifths, where floating point says 0.7999', () => {
    const met = compareGroups([rates('A', 16, 0, 9, 0), rates('B', 4, 0, 1, 0)])
    expect(0.64 / (4 / 5)).toBeCloseTo(0.8, 12)
    expect(met?.fourFifthsMet).toBe(true)
  })

  it('is not met by one person less', () => {
    expect(compareGroups([rates('A', 639, 0, 361, 0), rates('B', 4, 0, 1, 0)])?.fourFifthsMet).toBe(false)
  })

  it('is undefined where nobody is selected', () => {
    const comparison = compareGroups([rates('A', 0, 0, 5, 5), rates('B', 0, 0, 5, 5)])
    expect(comparison?.disparateImpact).toBeNull()
    expect(comparison?.fourFifthsMet).toBeNull()
  })
})

describe('comparing groups', () => {
  it('needs two', () => {
    expect(compareGroups([rates('A', 1, 1, 1, 1)])).toBeNull()
  })

  it('leaves a difference undefined when one group has no rate, and does not skip that group', () => {
    const comparison = compareGroups([rates('A', 10, 5, 5, 10), rates('B', 0, 5, 0, 10), rates('C', 5, 5, 10, 10)])
    expect(comparison?.equalOpportunityDifference).toBeNull()
    expect(comparison?.equalizedOddsDifference).toBeNull()
    expect(comparison?.fprDifference).not.toBeNull()
  })
})

describe('calibration by group', () => {
  it('sums over ten bins how far the event rate is from the mean score', () => {
    const counts = emptyCounts('A')
    // Bin 0.1-0.2: mean 0.15, one of two; bin 0.9-1: mean 1, one of one.
    countRecord(counts, true, true, 0.12, true)
    countRecord(counts, true, true, 0.18, false)
    countRecord(counts, true, true, 1, true)
    const { calibration } = groupRates(counts)
    expect(calibration?.ece).toBeCloseTo((2 / 3) * 0.35, 12)
    expect(calibration?.inTheLarge).toBeCloseTo((0.12 + 0.18 + 1 - 2) / 3, 12)
  })

  it('is absent without scores', () => {
    const counts = emptyCounts('A')
    countRecord(counts, true, false)
    expect(groupRates(counts).calibration).toBeNull()
  })
})
