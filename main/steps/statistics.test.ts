import { describe, expect, it } from 'vitest'
import { chiSquareSurvival, fisherExact, homogeneityTest, lnGamma, normalTwoSided, twoProportionTest } from './statistics.ts'

// Expected figures: SciPy 1.10.1.
const CLOSED = 9
const SPECIAL = 6

describe('statistics', () => {
  it('gives the chi-square survival function', () => {
    const values = [
      [3.841458820694124, 1, 0.04999999999999989],
      [5.991464547107979, 2, 0.05000000000000007],
      [1, 1, 0.31731050786291115],
      [16.918977604620448, 9, 0.05000000000000007],
      [0.5, 3, 0.9188914116546758],
      [40, 10, 1.694474393006737e-5],
    ] as const
    for (const [x, df, expected] of values) expect(chiSquareSurvival(x, df) / expected).toBeCloseTo(1, CLOSED)
  })

  it('gives the logarithm of factorials', () => {
    expect(lnGamma(1)).toBeCloseTo(0, 12)
    expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 12)
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12)
  })

  it('gives the two-sided p of a normal deviate, far into the tail', () => {
    expect(normalTwoSided(0)).toBe(1)
    expect(normalTwoSided(-1.959963984540054)).toBeCloseTo(0.05, 12)
    expect(normalTwoSided(10) / 1.523970604832094e-23).toBeCloseTo(1, SPECIAL)
  })

  it('tests whether one rate holds for all groups', () => {
    const test = homogeneityTest([{ hits: 60, of: 100 }, { hits: 45, of: 100 }])
    expect(test?.chiSquare).toBeCloseTo(4.511278195488721, CLOSED)
    expect(test?.df).toBe(1)
    expect(test?.p).toBeCloseTo(0.033672068856345896, CLOSED)
    expect(test?.cramersV).toBeCloseTo(0.15018785229652765, CLOSED)
  })

  it('does so for three groups too', () => {
    const test = homogeneityTest([{ hits: 50, of: 85 }, { hits: 30, of: 70 }, { hits: 20, of: 45 }])
    expect(test?.chiSquare).toBeCloseTo(4.631185807656395, CLOSED)
    expect(test?.df).toBe(2)
    expect(test?.p).toBeCloseTo(0.09870764250999253, CLOSED)
    expect(test?.cramersV).toBeCloseTo(0.1521707233283787, CLOSED)
  })

  it('has no test where nobody, or everybody, was selected', () => {
    expect(homogeneityTest([{ hits: 0, of: 10 }, { hits: 0, of: 20 }])).toBeNull()
    expect(twoProportionTest({ hits: 10, of: 10 }, { hits: 20, of: 20 })).toBeNull()
    expect(twoProportionTest({ hits: 0, of: 0 }, { hits: 1, of: 2 })).toBeNull()
  })

  it('gives Fisher 1 for equal shares and the one table of given margins', () => {
    expect(fisherExact({ hits: 5, of: 10 }, { hits: 10, of: 20 })).toBeCloseTo(1, CLOSED)
    expect(fisherExact({ hits: 0, of: 4 }, { hits: 0, of: 9 })).toBeCloseTo(1, CLOSED)
    // All of one group and none of the other: two tables of C(8,4) = 70.
    expect(fisherExact({ hits: 4, of: 4 }, { hits: 0, of: 4 })).toBeCloseTo(2 / 70, CLOSED)
  })
})
