import { ENTRY_DETAILS, type RegistryKey } from '../../shared/contract/index.ts'
import type { Ledger } from '../ledger/index.ts'

/**
 * The keys that the registry signs models with, in the order of the entries that brought them: made at first need (`model.key.introduced`), or in the place of
 * another (`model.key.rotated`), which from then on signs nothing. What it signed before stays good. A key that takes the place of several has an entry for each,
 * and comes with the first.
 */
export function registryKeys(ledger: Ledger): RegistryKey[] {
  const keys: RegistryKey[] = []
  for (const { seq, entry } of ledger.history(['model.key.introduced', 'model.key.rotated'])) {
    if (entry.action === 'model.key.rotated') {
      const { hint, key, replaces } = ENTRY_DETAILS['model.key.rotated'].parse(entry.detail)
      for (const [at, each] of keys.entries()) if (each.hint === replaces && each.until === null) keys[at] = { ...each, until: seq }
      if (!keys.some((each) => each.hint === hint && each.until === null)) keys.push({ hint, key, from: seq, until: null })
    } else {
      const { hint, key } = ENTRY_DETAILS['model.key.introduced'].parse(entry.detail)
      keys.push({ hint, key, from: seq, until: null })
    }
  }
  return keys
}

/** The key of that hint that signs an entry at `seq`: one that an entry before had introduced, and none had replaced. */
export function keyAt(keys: readonly RegistryKey[], hint: string, seq: number): RegistryKey | undefined {
  return keys.find((each) => each.hint === hint && each.from < seq && (each.until === null || each.until > seq))
}
