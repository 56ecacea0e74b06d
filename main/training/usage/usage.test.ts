import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addValue, counted, costOf, footprintOf, integralFrom, integralTo, RateCard, sumOfKnown, sumOfUsage, Usage } from './index.ts'

describe('an integral over samples', () => {
  it('of a line is exact, whenever the samples came, and says the longest time without one', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 300 }), fc.integer({ min: -3, max: 3 }), (steps, offset, slope) => {
        const power = (at: number): number => 1000 + offset + slope * at
        let at = 0
        let integral = addValue(integralFrom(0), 0, power(0))
        for (const step of steps) integral = addValue(integral, (at += step), power(at))
        const end = integralTo(integral, at)
        expect(end?.total).toBeCloseTo((at * (power(0) + power(at))) / 2, 6)
        expect(end?.longestGap).toBe(Math.max(...steps))
      }),
    )
  })

  it('holds the first value before it and the last one after it, leaves out what is not later, and is not known without any', () => {
    const integral = addValue(addValue(addValue(integralFrom(10), 12, 100), 12, 999), 14, 200)
    expect(integralTo(integral, 19)).toEqual({ total: 200 + 300 + 1000, longestGap: 5 })
    expect(integralTo(integralFrom(10), 20)).toBeNull()
  })
})

describe('a counter of energy', () => {
  it('counts on where it begins again', () => {
    expect(counted({ microjoules: 10 }, { microjoules: 25, rangeMicrojoules: 100 })).toBe(15)
    expect(counted({ microjoules: 90 }, { microjoules: 5, rangeMicrojoules: 100 })).toBe(15)
  })
})

const used = (changes: Partial<Usage> = {}): Usage => Usage.parse({
  seconds: 3600, cpuSeconds: 7200, peakRssBytes: 1e9, peakMemoryBytes: null, readBytes: 10, writtenBytes: 0, gpuSeconds: 7200,
  gpus: [{ uuid: 'GPU-a', seconds: 3600, busySeconds: 1800, joules: 3_600_000 }, { uuid: 'GPU-b', seconds: 3600, busySeconds: 0, joules: 900_000 }],
  energy: { cpuJoules: 900_000, gpuJoules: 4_500_000, longestGapSeconds: 1.5 }, ...changes,
})
const card: RateCard = {
  currency: 'EUR', gpuHour: { 'NVIDIA H100 80GB HBM3': '2.5', '*': '0.1' }, cpuHour: '0.02', kilowattHour: '0.31',
  carbon: { gramsPerKilowattHour: '380', source: 'Umweltbundesamt, Strommix 2023' },
}

describe('the cost of a use', () => {
  it('is exact, by the model of each GPU, the CPU time and the energy', () => {
    expect(costOf(used(), card, { 'GPU-a': 'NVIDIA H100 80GB HBM3', 'GPU-b': 'another' })).toEqual({ currency: 'EUR', gpu: '2.6', cpu: '0.04', energy: '0.465', total: '3.105' })
    expect(costOf(used(), { ...card, gpuHour: {}, cpuHour: null, kilowattHour: null }, {})).toMatchObject({ gpu: '0', cpu: '0', energy: '0', total: '0' })
  })

  it('is not known where what is charged for is not, which is not 0', () => {
    const unknown = used({ cpuSeconds: null, energy: { cpuJoules: null, gpuJoules: null, longestGapSeconds: null } })
    expect(costOf(unknown, card, {})).toMatchObject({ cpu: null, energy: null, total: null })
    expect(costOf(unknown, { ...card, cpuHour: null, kilowattHour: null }, {})).toMatchObject({ cpu: '0', total: '0.2' })
  })

  it('has a card that takes exact decimals alone', () => {
    expect(RateCard.safeParse(card).success).toBe(true)
    for (const rate of ['-1', '1.50', '1e3', 'x', '']) expect(RateCard.safeParse({ ...card, cpuHour: rate }).success, rate).toBe(false)
  })
})

describe('the energy of a use', () => {
  it('is in kWh and grams of CO2, with where the factor is from, and says whether all of it was measured', () => {
    expect(footprintOf(used(), card)).toEqual({ kilowattHours: '1.5', isWhole: true, carbonGrams: '570', carbonSource: card.carbon?.source })
    const gpusAlone = used({ energy: { cpuJoules: null, gpuJoules: 4_500_000, longestGapSeconds: 1 } })
    expect(footprintOf(gpusAlone, { carbon: null })).toEqual({ kilowattHours: '1.25', isWhole: false, carbonGrams: null, carbonSource: null })
    expect(footprintOf(used({ gpus: [], gpuSeconds: 0, energy: { cpuJoules: null, gpuJoules: 0, longestGapSeconds: null } }), card)).toMatchObject({ kilowattHours: null, carbonGrams: null })
  })
})

describe('uses added up', () => {
  it('are one use, of which each part is known that all of them know', () => {
    const sum = sumOfUsage([used(), used({ cpuSeconds: null, peakRssBytes: 2e9, energy: { cpuJoules: 1, gpuJoules: 0, longestGapSeconds: null } })])
    expect(Usage.parse(sum)).toMatchObject({
      seconds: 7200, cpuSeconds: null, peakRssBytes: 2e9, gpuSeconds: 14_400, energy: { cpuJoules: 900_001, gpuJoules: 4_500_000, longestGapSeconds: 1.5 },
      gpus: [{ uuid: 'GPU-a', seconds: 7200, busySeconds: 3600, joules: 7_200_000 }, { uuid: 'GPU-b', seconds: 7200, busySeconds: 0, joules: 1_800_000 }],
    })
    expect(sumOfKnown([])).toBe(0)
  })
})
