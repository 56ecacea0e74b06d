import { setImmediate } from 'node:timers/promises'

/** Entries that are searched before others are answered: milliseconds for a word or two, some tenths of a second for every letter at once. Shorter ones take longer in all. */
const LENGTH = 1 << 17

/**
 * The positions from `first` to `last`, both included, in stretches `[lower, upper]`, the last of them first; other work runs between two.
 * Throws the signal's reason.
 */
export async function* stretches(first: number, last: number, { signal, length = LENGTH }: { signal: AbortSignal; length?: number }): AsyncGenerator<[number, number]> {
  for (let upper = last; upper >= first; upper -= length) {
    yield [Math.max(first, upper - length + 1), upper]
    await setImmediate()
    signal.throwIfAborted()
  }
}
