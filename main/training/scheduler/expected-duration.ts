/**
 * How long a job is likely to take: the mean of the last two times that it ran to its end; null where it never did. So simple a prediction is much better than
 * what people say, and hardly worse than cleverer ones (Tsafrir, Etsion and Feitelson, 'Backfilling Using System-Generated Predictions Rather than
 * User Runtime Estimates', IEEE TPDS 18(6), 2007).
 *
 * @param durations milliseconds, in the order in which the attempts ended
 */
export function expectedDuration(durations: readonly number[]): number | null {
  const last = durations.slice(-2)
  return last.length === 0 ? null : last.reduce((sum, duration) => sum + duration, 0) / last.length
}
