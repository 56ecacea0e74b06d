import { totalmem } from 'node:os'
import { DEFAULT_COST, spendUnsealTime, type ScryptCost } from './sealed-key.ts'

/** What opening a key may take, in milliseconds: a person waits for it at each sign-in and each signature. */
const LONGEST_MS = 500
const LARGEST_COST = 1 << 19
/** One derivation may take this part of the machine's memory. */
const MEMORY_SHARE = 1 / 32

/**
 * The scrypt cost for a workplace on this machine: the largest power of two that opens a key within half a second, never below the
 * default. Measured once, when the workplace is set up; each sealed key says which it was sealed with.
 */
export async function calibrateCost(): Promise<ScryptCost> {
  const began = performance.now()
  await spendUnsealTime(DEFAULT_COST)
  return costFor(performance.now() - began, totalmem())
}

/**
 * @param milliseconds that the default cost takes; scrypt's time and memory grow in proportion to the cost (RFC 7914).
 * @param memory of the machine, in bytes.
 */
export function costFor(milliseconds: number, memory: number): ScryptCost {
  const fits = (cost: number) => milliseconds * (cost / DEFAULT_COST.cost) <= LONGEST_MS && 128 * cost * DEFAULT_COST.blockSize <= memory * MEMORY_SHARE
  let { cost } = DEFAULT_COST
  while (cost < LARGEST_COST && fits(2 * cost)) cost *= 2
  return { ...DEFAULT_COST, cost }
}
