import { z } from 'zod'
import { addDecimals, divideDecimals, formatDecimal, multiplyDecimals, parseDecimal } from '../../../shared/graph/decimal.ts'
import { sumOfKnown, type Usage } from './usage.ts'

const Rate = z.string().refine((text) => parseDecimal(text) === text && !text.startsWith('-'), 'Give a decimal number of 0 or more, as 1.25.')

/** What a workplace charges, or pays, for what runs use. Exact decimals in `currency`. What has no rate costs nothing by this card. */
export const RateCard = z.strictObject({
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'Give the three letters of ISO 4217, as EUR.'),
  /** An hour of a GPU by its model, as the driver names it; `*` is any other model. */
  gpuHour: z.record(z.string().min(1).max(200), Rate),
  cpuHour: Rate.nullable(),
  kilowattHour: Rate.nullable(),
  /** Grams of CO2 equivalent for each kWh, and where that number is from, in the words of whoever set it. */
  carbon: z.strictObject({ gramsPerKilowattHour: Rate, source: z.string().min(1).max(500) }).nullable(),
})
export type RateCard = z.infer<typeof RateCard>

/** Decimals in canonical form; null where an amount that has a rate is not known. */
export interface Cost {
  readonly currency: string
  readonly gpu: string | null
  readonly cpu: string | null
  readonly energy: string | null
  readonly total: string | null
}

export interface Footprint {
  /** Of what could be measured; null where nothing could. `isWhole`: both CPU and GPUs could. */
  readonly kilowattHours: string | null
  readonly isWhole: boolean
  readonly carbonGrams: string | null
  readonly carbonSource: string | null
}

const SECONDS_PER_HOUR = '3600'
const JOULES_PER_KILOWATT_HOUR = '3600000'
/** Digits after the point of what is divided: a millionth of a cent. */
const DIGITS = 8

/** What a use costs by a card. `models`: of the GPUs, by UUID. A GPU of a model that has no rate costs nothing. */
export function costOf(usage: Usage, card: RateCard, models: Readonly<Record<string, string>>): Cost {
  const gpu = usage.gpus
    .map(({ uuid, seconds }) => times(card.gpuHour[models[uuid] ?? ''] ?? card.gpuHour['*'] ?? '0', seconds, SECONDS_PER_HOUR))
    .reduce(addDecimals, '0')
  const cpu = priceOf(card.cpuHour, usage.cpuSeconds, SECONDS_PER_HOUR)
  const energy = priceOf(card.kilowattHour, joulesOf(usage).known, JOULES_PER_KILOWATT_HOUR)
  return { currency: card.currency, gpu, cpu, energy, total: sumOfKnownDecimals([gpu, cpu, energy]) }
}

export function footprintOf(usage: Usage, card: Pick<RateCard, 'carbon'>): Footprint {
  const { known, isWhole } = joulesOf(usage)
  const grams = card.carbon && known !== null ? times(card.carbon.gramsPerKilowattHour, known, JOULES_PER_KILOWATT_HOUR) : null
  return { kilowattHours: known === null ? null : times('1', known, JOULES_PER_KILOWATT_HOUR), isWhole, carbonGrams: grams, carbonSource: card.carbon?.source ?? null }
}

/** Uses added up, as of a run's stages, a model's runs, a person's or a project's: what one of them does not know, the sum does not. */
export function sumOfUsage(usages: readonly Usage[]): Usage {
  const of = (value: (usage: Usage) => number | null): number | null => sumOfKnown(usages.map(value))
  const most = (value: (usage: Usage) => number | null): number | null => {
    const values = usages.map(value)
    return values.includes(null) || values.length === 0 ? null : Math.max(...values.map(Number))
  }
  return {
    seconds: of(({ seconds }) => seconds) ?? 0,
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    peakRssBytes: most(({ peakRssBytes }) => peakRssBytes),
    peakMemoryBytes: most(({ peakMemoryBytes }) => peakMemoryBytes),
    readBytes: of(({ readBytes }) => readBytes),
    writtenBytes: of(({ writtenBytes }) => writtenBytes),
    gpuSeconds: of(({ gpuSeconds }) => gpuSeconds) ?? 0,
    gpus: Object.entries(Object.groupBy(usages.flatMap(({ gpus }) => gpus), ({ uuid }) => uuid)).map(([uuid, gpus = []]) => ({
      uuid,
      seconds: gpus.reduce((sum, { seconds }) => sum + seconds, 0),
      busySeconds: sumOfKnown(gpus.map(({ busySeconds }) => busySeconds)),
      joules: sumOfKnown(gpus.map(({ joules }) => joules)),
    })),
    energy: {
      cpuJoules: of(({ energy }) => energy.cpuJoules),
      gpuJoules: of(({ energy }) => energy.gpuJoules),
      // Of those that were measured: a stage without a GPU has no gap.
      longestGapSeconds: usages.reduce<number | null>((longest, { energy }) => (energy.longestGapSeconds === null ? longest : Math.max(longest ?? 0, energy.longestGapSeconds)), null),
    },
  }
}

/** What was measured of the energy. An attempt without GPUs took none by them. */
function joulesOf({ energy: { cpuJoules, gpuJoules }, gpus }: Usage): { known: number | null; isWhole: boolean } {
  const known = [cpuJoules, gpus.length === 0 ? null : gpuJoules].filter((joules) => joules !== null)
  return { known: known.length === 0 ? null : known.reduce((sum, joules) => sum + joules, 0), isWhole: cpuJoules !== null && gpuJoules !== null }
}

/** '0' where nothing is charged for it; null where something is, for an amount that is not known. */
function priceOf(rate: string | null, amount: number | null, unit: string): string | null {
  if (rate === null) return '0'
  return amount === null ? null : times(rate, amount, unit)
}

/** `rate` for each `unit`, times an amount of it. */
function times(rate: string, amount: number, unit: string): string {
  return divideDecimals(multiplyDecimals(rate, formatDecimal(amount)), unit, DIGITS)
}

function sumOfKnownDecimals(values: readonly (string | null)[]): string | null {
  return values.reduce<string | null>((sum, value) => (sum === null || value === null ? null : addDecimals(sum, value)), '0')
}
