import type { Witness } from '../../shared/contract/index.ts'

/** How many of the witnesses that count have cosigned, and when the last of them did, by its clock; null where none has. */
export function witnessesAgreeing(witnesses: readonly Witness[]): { agreeing: number; known: number; newest: string | null } {
  const known = witnesses.filter(({ removedEntry }) => removedEntry === null)
  const times = known.flatMap(({ last }) => last?.time ?? [])
  return { agreeing: times.length, known: known.length, newest: times.toSorted().at(-1) ?? null }
}
