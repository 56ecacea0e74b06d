import { StorageError, storageErrorFrom } from '../storage/index.ts'
import type { Damage, DamageKind } from './damage.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry, type Entry } from './entry.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE, hashLeaf } from './merkle.ts'
import type { StoredEntry, TreeStore } from './tree-store.ts'

/** An entry as it is stored, with its parsed content. */
export interface SignedEntry {
  readonly seq: number
  readonly leafHash: Buffer
  /** `name+hex8` of the key that signed. */
  readonly keyid: string
  /** The exact bytes of the leaf. */
  readonly envelope: Buffer
  readonly entry: Entry
}

/** What stands at a position: the entry, or why it cannot be read. That it can be says nothing of signatures and of the tree: the verification does. */
export type EntryRow = SignedEntry | Damage

export function isDamage(row: EntryRow): row is Damage {
  return 'kind' in row
}

/** The entry of a row. Throws LedgerError `inconsistent` where it is damaged. */
export function requireSound(row: EntryRow): SignedEntry {
  if (!isDamage(row)) return row
  throw new LedgerError('inconsistent', `${row.message} Keep a copy of the data folder for examination, and verify the ledger.`)
}

/** What stands at `count` positions from `first` on, one for each, in order. */
export function readRows(store: TreeStore, first: number, count: number): EntryRow[] {
  const stored = readStored(store, first, count)
  return stored?.map(readRow) ?? Array.from({ length: count }, (_, at) => readRowAt(store, first + at))
}

/** What stands at a position that the ledger has. */
export function readRowAt(store: TreeStore, seq: number): EntryRow {
  try {
    const stored = store.entry(seq)
    return stored === undefined ? damageAt('entry-missing', seq, `Entry ${seq} is missing.`) : readRow(stored)
  } catch (thrown) {
    if (!isCorrupt(thrown)) throw thrown
    return damageAt('database-corrupt', seq, `Entry ${seq} cannot be read: the database file is corrupt or was tampered with.`)
  }
}

/** That the row of an entry was found by something that it is not found by. */
export function misindexed(seq: number): Damage {
  return damageAt('index-mismatch', seq, `The search index does not agree with entry ${seq}: it was altered.`)
}

/** The rows, if each is there. */
function readStored(store: TreeStore, first: number, count: number): StoredEntry[] | undefined {
  try {
    const stored = store.range(first, count)
    return stored.length === count ? stored : undefined
  } catch (thrown) {
    if (!isCorrupt(thrown)) throw thrown
    return undefined
  }
}

function readRow({ seq, nodes, envelope }: StoredEntry): EntryRow {
  const leafHash = nodes.subarray(0, HASH_SIZE)
  if (!hashLeaf(envelope).equals(leafHash)) return damageAt('entry-altered', seq, `Entry ${seq} is not the one that was recorded: its hash differs from the stored leaf.`)
  try {
    const { payload, keyid } = parseEnvelope(envelope)
    const entry = parseEntry(payload)
    if (entry.seq !== seq) return damageAt('entry-misplaced', seq, `At position ${seq} stands the entry that was signed for position ${entry.seq}.`)
    return { seq, leafHash, keyid, envelope, entry }
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    return damageAt('entry-altered', seq, `Entry ${seq} is no entry: ${thrown.message}`)
  }
}

function damageAt(kind: DamageKind, seq: number, message: string): Damage {
  return { kind, seq, message }
}

/** Whether SQLite says that the file is damaged. */
export function isCorrupt(thrown: unknown): boolean {
  const error = storageErrorFrom(thrown, '')
  return error instanceof StorageError && error.code === 'corrupt-database'
}
