import { hash } from 'node:crypto'
import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'
import { StorageError } from '../storage-error.ts'

/**
 * A checkpoint moves into the row of the last entry that it is of, so that a commit writes one page of the file where it wrote two. What
 * stays of its note is the log key's signature, 64 bytes: origin, size and root are the ledger's own, and the note is made again from
 * them to the byte. Where a note is not what would be made again, somebody altered it or the entries: nothing is moved, since it is evidence.
 *
 * An entry still never changes; the last one is given its checkpoint once, after it was read back.
 */
export const checkpoints: Migration = {
  id: 5,
  name: 'checkpoints',
  up(db) {
    db.exec(`
      DROP TRIGGER ledger_entries_insert;
      DROP TRIGGER ledger_entries_update;
      ALTER TABLE ledger_entries ADD COLUMN checkpoint BLOB CHECK (length(checkpoint) = 64);
    `)
    moveCheckpoints(db)
    db.exec(`
      DROP TABLE ledger_checkpoints;

      CREATE TRIGGER ledger_entries_insert BEFORE INSERT ON ledger_entries
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM ledger_entries) OR NEW.checkpoint IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'ledger_entries: the next entry has the seq after the last, and no checkpoint yet'); END;
      CREATE TRIGGER ledger_entries_update BEFORE UPDATE ON ledger_entries
        WHEN NEW.seq IS NOT OLD.seq OR NEW.nodes IS NOT OLD.nodes OR NEW.envelope IS NOT OLD.envelope
          OR OLD.checkpoint IS NOT NULL OR NEW.checkpoint IS NULL OR OLD.seq IS NOT (SELECT max(seq) FROM ledger_entries)
        BEGIN SELECT RAISE(ABORT, 'ledger_entries: an entry is never changed; the last is given its checkpoint, once'); END;
    `)
  },
}

/** Rows that are read at a time. */
const BATCH = 1_000

const HASH_SIZE = 32
const SIGNATURE_SIZE = 64

type Row = [seq: number, nodes: Buffer, note: string | null]

function moveCheckpoints(db: Database): void {
  const select = db
    .prepare<[number], Row>(
      `SELECT seq, nodes, note FROM ledger_entries LEFT JOIN ledger_checkpoints ON size = seq + 1 WHERE seq >= ? ORDER BY seq LIMIT ${BATCH}`,
    )
    .raw()
  const logKey = readLogKey(db)
  const update = db.prepare<[Buffer, number]>('UPDATE ledger_entries SET checkpoint = ? WHERE seq = ?')
  let unmoved = db.prepare<[], number>('SELECT count(*) FROM ledger_checkpoints').pluck().get() ?? 0
  const peaks: Buffer[] = []
  for (let rows = select.all(0); rows.length > 0; rows = select.all((rows.at(-1)?.[0] ?? 0) + 1)) {
    for (const [seq, nodes, note] of rows) {
      growPeaks(peaks, nodes)
      if (note === null) continue
      const signature = readSignature(note, logKey, seq + 1, rootOf(peaks))
      if (signature === undefined) throw alteredCheckpoint(db.name, `the checkpoint of ${seq + 1} entries is not one of the entries that there are`)
      update.run(signature, seq)
      unmoved--
    }
  }
  if (unmoved > 0) throw alteredCheckpoint(db.name, `${unmoved} checkpoints are of more entries than there are`)
}

/** A row's nodes are its leaf and each larger complete subtree that it closes: the last one takes the place of those that it is made of. */
function growPeaks(peaks: Buffer[], nodes: Buffer): void {
  peaks.splice(peaks.length - (nodes.length / HASH_SIZE - 1))
  peaks.push(nodes.subarray(-HASH_SIZE))
}

/** RFC 6962, 2.1, from the complete subtrees, the largest first. */
function rootOf(peaks: readonly Buffer[]): Buffer {
  return peaks.reduceRight((right, left) => hash('sha256', Buffer.concat([Buffer.from([1]), left, right]), 'buffer'))
}

interface LogKey {
  /** The log's origin. */
  readonly name: string
  /** 4 bytes. */
  readonly id: Buffer
}

/** The log key, from the verifier key (`name+hex8+base64`) in the detail of entry 0; nothing that signs a note if that is not to be read. */
function readLogKey(db: Database): LogKey {
  const envelope = db.prepare<[], Buffer>('SELECT envelope FROM ledger_entries WHERE seq = 0').pluck().get()
  const [, payload = ''] = /^{"payload":"([^"]+)"/.exec(envelope?.toString() ?? '') ?? []
  const [, name = '', id = ''] = /"logKey":"([^"+]+)\+([0-9a-f]{8})\+/.exec(Buffer.from(payload, 'base64').toString()) ?? []
  return { name, id: Buffer.from(id, 'hex') }
}

/** The log key's signature on a note that says just this size and root (C2SP tlog-checkpoint); undefined if the note says anything else. */
function readSignature(note: string, { name, id }: LogKey, size: number, root: Buffer): Buffer | undefined {
  const blob = Buffer.from(note.slice(note.lastIndexOf(' ') + 1), 'base64')
  const signature = blob.subarray(id.length)
  const again = `${name}\n${size}\n${root.toString('base64')}\n\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
  return note === again && signature.length === SIGNATURE_SIZE ? signature : undefined
}

function alteredCheckpoint(path: string, why: string): StorageError {
  return new StorageError(
    'altered-ledger',
    path,
    `The ledger in ${path} was altered: ${why}. It was left as it is. Keep a copy of it for examination, then restore a backup.`,
  )
}
