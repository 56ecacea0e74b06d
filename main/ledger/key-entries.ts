import type { Database } from '../storage/index.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry, type Entry } from './entry.ts'
import { emptyKeyring, foldKeyring, keyActions, type Keyring } from './keyring.ts'
import type { Damage } from './damage.ts'
import { LedgerError } from './ledger-error.ts'

/** An entry that concerns keys, as it is stored. Plain data. */
export interface KeyEntry {
  readonly seq: number
  readonly envelope: Uint8Array
}

/**
 * How the envelope of an entry with that action begins. Envelope and payload are canonical, so `payload` is the first member of the one and
 * `action` of the other; of base64, only whole groups of three bytes are the same whatever follows.
 */
function envelopeStart(action: string): Buffer {
  const payload = Buffer.from(`{"action":"${action}"`)
  return Buffer.from(`{"payload":"${payload.toString('base64', 0, payload.length - (payload.length % 3))}`)
}

const starts = keyActions.map(envelopeStart)

/**
 * The entries from `from` to `to` (exclusive) that look as if they concerned keys, without parsing each row. Whoever parses them all later
 * finds out whether one was missed.
 */
export function findKeyEntries(db: Database, from: number, to: number): KeyEntry[] {
  const alike = starts.map((start) => `substr(envelope, 1, ${start.length}) = ?`).join(' OR ')
  return db
    .prepare<(number | Buffer)[], KeyEntry>(`SELECT seq, envelope FROM ledger_entries WHERE seq >= ? AND seq < ? AND (${alike}) ORDER BY seq`)
    .all(from, to, ...starts)
}

/** What the key entries tell: the keys, which entries they are, and the first that cannot be followed. */
export interface FoldedKeys {
  readonly keyring: Keyring
  readonly seqs: readonly number[]
  readonly damage: Damage | null
}

/**
 * Follows the entries that concern keys, in order. Stops at one that is not an entry of its position, which the verification of that position
 * will name, and at one whose keys cannot be: that is the damage.
 */
export function foldKeyEntries(found: readonly KeyEntry[]): FoldedKeys {
  let keyring = emptyKeyring
  const seqs: number[] = []
  for (const { seq, envelope } of found) {
    const entry = readEntry(envelope)
    if (entry?.seq !== seq) break
    if (!keyActions.includes(entry.action)) continue
    seqs.push(seq)
    try {
      keyring = foldKeyring(keyring, entry)
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown
      return { keyring, seqs, damage: { kind: 'unknown-key', seq, message: `Position ${seq}: ${thrown.message}` } }
    }
  }
  return { keyring, seqs, damage: null }
}

function readEntry(envelope: Uint8Array): Entry | undefined {
  try {
    return parseEntry(parseEnvelope(envelope).payload)
  } catch (thrown) {
    if (thrown instanceof LedgerError) return undefined
    throw thrown
  }
}
