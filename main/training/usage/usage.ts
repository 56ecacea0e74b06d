import { z } from 'zod'

const amount = z.number().nonnegative()

/** What an attempt used of the machine. What is not known is null, never 0. */
export const Usage = z.strictObject({
  /** From the first command's start to the last one's end. */
  seconds: amount,
  cpuSeconds: amount.nullable(),
  /** Of the looks, one a second, at its processes together. */
  peakRssBytes: amount.nullable(),
  /** By the kernel's count, with what it caches of files for them; only where the attempt had a control group. */
  peakMemoryBytes: amount.nullable(),
  /** From and to disks, caches aside. */
  readBytes: amount.nullable(),
  writtenBytes: amount.nullable(),
  /** For how long it held how many GPUs: 10 seconds with two are 20. */
  gpuSeconds: amount,
  gpus: z.array(z.strictObject({ uuid: z.string(), seconds: amount, busySeconds: amount.nullable(), joules: amount.nullable() })),
  energy: z.strictObject({
    /** Of what the CPUs' packages took, its share by CPU time. */
    cpuJoules: amount.nullable(),
    gpuJoules: amount.nullable(),
    /** The longest time without a sample of a GPU's power, in seconds: how good the integral is. */
    longestGapSeconds: amount.nullable(),
  }),
})
export type Usage = z.infer<typeof Usage>

/** An integral over time that is taken sample by sample, so that a run of weeks needs no room. */
export interface Integral {
  readonly from: number
  readonly last: { readonly at: number; readonly value: number } | null
  readonly total: number
  readonly longestGap: number
}

/** Nothing yet, from a time on, in seconds. */
export function integralFrom(from: number): Integral {
  return { from, last: null, total: 0, longestGap: 0 }
}

/**
 * Adds a value at a time by the trapezoid rule; before the first one it is taken to have been as then. A value that is not after the last one is left
 * out. In the value's unit times seconds.
 */
export function addValue(integral: Integral, at: number, value: number): Integral {
  const before = integral.last ?? { at: integral.from, value }
  if (at < before.at || (integral.last !== null && at === before.at)) return integral
  const gap = at - before.at
  return { ...integral, last: { at, value }, total: integral.total + ((before.value + value) / 2) * gap, longestGap: Math.max(integral.longestGap, gap) }
}

/** The integral up to a time, the last value held until then; null where there was none. */
export function integralTo({ last, total, longestGap }: Integral, to: number): { total: number; longestGap: number } | null {
  if (last === null) return null
  const gap = Math.max(0, to - last.at)
  return { total: total + last.value * gap, longestGap: Math.max(longestGap, gap) }
}

/** What a counter of energy counted between two looks, in microjoules: it begins again at 0 after its range, once at most in between. */
export function counted(before: { microjoules: number }, after: { microjoules: number; rangeMicrojoules: number }): number {
  const spent = after.microjoules - before.microjoules
  return spent >= 0 ? spent : spent + after.rangeMicrojoules
}

/** The sum, or null where one of them is not known. */
export function sumOfKnown(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
