import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDatabase, StorageError, type Database } from '../storage/index.ts'
import { parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { sealEnvelope } from './dsse.ts'
import { encodeEntry, type Entry } from './entry.ts'
import { createLedger, createLedgerOf, createPerson, dropGuards, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { appendLeaf, emptyFrontier, frontierRoot, hashLeaf } from './merkle.ts'
import { verifyLedger, type Verification } from './verify.ts'

/** Puts other leaves under the checkpoints and recomputes every node, as an attacker with the file but without keys would. */
function rebuild(db: Database, envelopes: readonly Buffer[]): Buffer {
  dropGuards(db)
  const checkpoints = db.prepare<[], Buffer | null>('SELECT checkpoint FROM ledger_entries ORDER BY seq').pluck().all()
  db.exec('DELETE FROM ledger_entries')
  const insert = db.prepare('INSERT INTO ledger_entries VALUES (?, ?, ?, ?)')
  let frontier = emptyFrontier
  envelopes.forEach((envelope, seq) => {
    const appended = appendLeaf(frontier, hashLeaf(envelope))
    insert.run(seq, Buffer.concat(appended.nodes), envelope, checkpoints[seq] ?? null)
    frontier = appended.frontier
  })
  return frontierRoot(frontier)
}

const envelopesOf = ({ db }: LedgerFixture): Buffer[] =>
  db.prepare<[], Buffer>('SELECT envelope FROM ledger_entries ORDER BY seq').pluck().all()

const damageOf = (result: Verification): unknown => (result.ok ? 'none' : [result.damage.kind, result.damage.seq])

/** A fact of the attacker's own, sealed by a key of the ledger. */
function reseal(fixture: LedgerFixture, seq: number, change: Partial<Entry>): Buffer {
  return sealEnvelope(encodeEntry({ ...fixture.ledger.entry(seq).entry, ...change }), fixture.orchestrator)
}

describe('verification', () => {
  it('accepts a ledger of single and batched commits, of several signers, and reports progress', async () => {
    const { db, ledger, orchestrator } = createLedger()
    const [ada, renewed] = [createPerson('ada'), createPerson('ada')]
    ledger.commit((tx) => {
      tx.append(orchestrator, ada.enrolled)
      for (let i = 0; i < 450; i++) tx.append(ada.signer, snapshotFact(i))
      tx.append(ada.signer, renewed.rotated, [renewed.signer])
    })
    ledger.commit((tx) => tx.append(renewed.signer, snapshotFact(1)))
    ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    const progress: number[] = []
    const result = await verifyLedger(db.name, { onProgress: ({ done }) => progress.push(done) })
    expect(result).toMatchObject({ ok: true, size: 454, from: 0, checkpoints: 3, checkpoint: ledger.checkpoint() })
    expect(progress).toEqual([256, 454])
  })

  it('is done in threads as well as in one, whatever the size', async () => {
    const { databasePath, ledger } = createLedgerOf(3)
    const options = { program: join(import.meta.dirname, 'verify-thread.ts'), threads: 2 }
    expect(await verifyLedger(databasePath, options)).toMatchObject({ ok: true, size: 3, checkpoint: ledger.checkpoint() })
    await expect(verifyLedger(databasePath, { ...options, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  it('can be stopped', async () => {
    const { db } = createLedgerOf(3)
    await expect(verifyLedger(db.name, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  it('takes the ledger as it stood, while it grows', async () => {
    const { db, ledger, orchestrator } = createLedgerOf(3)
    const result = verifyLedger(db.name)
    ledger.commit((tx) => tx.append(orchestrator, snapshotFact(3)))
    expect(await result).toMatchObject({ ok: true, size: 3 })
  })

  it('names the entry of which one byte was edited', async () => {
    const { db } = createLedgerOf(6)
    dropGuards(db)
    db.exec(`UPDATE ledger_entries SET envelope = CAST(replace(CAST(envelope AS TEXT), 'payloadType', 'payloadtype') AS BLOB) WHERE seq = 3`)
    expect(damageOf(await verifyLedger(db.name))).toEqual(['entry-altered', 3])
  })

  it('names the entry that was edited with the sqlite3 program, trigger and all', async () => {
    const fixture = createLedgerOf(6)
    const trigger = fixture.db.prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE name = 'ledger_entries_update'`).pluck().get() ?? ''
    fixture.db.close()
    const attack = `DROP TRIGGER ledger_entries_update; UPDATE ledger_entries SET envelope = x'7b7d' WHERE seq = 4;`
    execFileSync('sqlite3', [fixture.databasePath, attack])
    expect(() => openDatabase(fixture.databasePath)).toThrow(expect.objectContaining({ code: 'altered-schema' }))
    execFileSync('sqlite3', [fixture.databasePath, trigger])
    expect(damageOf(await verifyLedger(openDatabase(fixture.databasePath).name))).toEqual(['entry-altered', 4])
  })

  it('finds a forged entry by its signature even where every hash was recomputed', async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    const mallory = { ...createPerson('x').signer, name: fixture.orchestrator.name, keyId: fixture.orchestrator.keyId }
    envelopes[2] = sealEnvelope(encodeEntry({ ...fixture.ledger.entry(2).entry, action: 'run.started' }), mallory)
    rebuild(fixture.db, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['signature-invalid', 2])
  })

  it('finds an entry signed by a key that never was enrolled', async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    const mallory = createPerson('mallory').signer
    envelopes[2] = sealEnvelope(encodeEntry({ ...fixture.ledger.entry(2).entry, actor: mallory.name }), mallory)
    rebuild(fixture.db, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['unknown-key', 2])
  })

  it('finds an entry that names another actor than its signer', async () => {
    const fixture = createLedgerOf(4)
    const envelopes = envelopesOf(fixture)
    envelopes[2] = reseal(fixture, 2, { actor: 'hospital.example/strongroom/person/ada' })
    rebuild(fixture.db, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['signature-invalid', 2])
  })

  it("finds an entry rewritten by its own signer, by the log's checkpoint", async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    envelopes[3] = reseal(fixture, 3, { detail: { bytes: 0 } })
    rebuild(fixture.db, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['root-mismatch', 3])
  })

  it("finds a history rewritten with the log key too, by what later signers saw", async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    envelopes[3] = reseal(fixture, 3, { detail: { bytes: 0 } })
    rebuild(fixture.db, envelopes)
    resignCheckpoints(fixture, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['seen-mismatch', 4])
  })

  it('finds a history rewritten with every key, by an anchor kept elsewhere', async () => {
    const fixture = createLedgerOf(6)
    const anchors = [fixture.ledger.checkpoint()]
    const envelopes = envelopesOf(fixture)
    envelopes[5] = reseal(fixture, 5, { detail: { bytes: 0 } })
    rebuild(fixture.db, envelopes)
    resignCheckpoints(fixture, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toBe('none')
    expect(damageOf(await verifyLedger(fixture.databasePath, { anchors }))).toEqual(['root-mismatch', 0])
  })

  it('names the place of a deleted entry', async () => {
    const { db } = createLedgerOf(6)
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries WHERE seq = 2')
    expect(damageOf(await verifyLedger(db.name))).toEqual(['entry-missing', 2])
  })

  it('finds a deleted entry where those after it were moved up', async () => {
    const fixture = createLedgerOf(6)
    rebuild(fixture.db, envelopesOf(fixture).toSpliced(2, 1))
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['entry-misplaced', 2])
  })

  it('finds an entry that was inserted, by position', async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    rebuild(fixture.db, [...envelopes.slice(0, 3), ...envelopes.slice(2)])
    fixture.db.exec('UPDATE ledger_entries SET checkpoint = (SELECT checkpoint FROM ledger_entries WHERE seq = 5) WHERE seq = 6')
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['entry-misplaced', 3])
  })

  it('finds two entries that changed places', async () => {
    const fixture = createLedgerOf(6)
    const envelopes = envelopesOf(fixture)
    const [third, fourth] = envelopes.slice(2, 4)
    if (third === undefined || fourth === undefined) throw new Error('too short')
    rebuild(fixture.db, envelopes.toSpliced(2, 2, fourth, third))
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['entry-misplaced', 2])
  })

  it('finds an entry of another log', async () => {
    const fixture = createLedgerOf(4)
    const envelopes = envelopesOf(fixture)
    envelopes[2] = reseal(fixture, 2, { origin: 'other.example' })
    rebuild(fixture.db, envelopes)
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['entry-misplaced', 2])
  })

  it('finds a commit that was cut in two', async () => {
    const { db, ledger, orchestrator } = createLedgerOf(4)
    ledger.commit((tx) => {
      for (let i = 4; i < 7; i++) tx.append(orchestrator, snapshotFact(i))
    })
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries WHERE seq >= 6')
    expect(damageOf(await verifyLedger(db.name))).toEqual(['uncheckpointed', 4])
  })

  it('finds a tail cut with its checkpoints, by an anchor', async () => {
    const { db, ledger } = createLedgerOf(6)
    const anchors = [ledger.checkpoint()]
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries WHERE seq >= 4')
    expect(damageOf(await verifyLedger(db.name))).toBe('none')
    expect(damageOf(await verifyLedger(db.name, { anchors }))).toEqual(['truncated', 4])
  })

  it('finds entries that were never signed for', async () => {
    const fixture = createLedgerOf(4)
    rebuild(fixture.db, [...envelopesOf(fixture), reseal(fixture, 3, { seq: 4 })])
    expect(damageOf(await verifyLedger(fixture.databasePath))).toEqual(['uncheckpointed', 4])
  })

  it('finds an empty ledger', async () => {
    const { db } = createLedger()
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries')
    expect(damageOf(await verifyLedger(db.name))).toEqual(['truncated', 0])
  })

  it('finds a checkpoint that was altered, though it is not the last', async () => {
    const { db } = createLedgerOf(6)
    dropGuards(db)
    db.exec('UPDATE ledger_entries SET checkpoint = (SELECT checkpoint FROM ledger_entries WHERE seq = 1) WHERE seq = 2')
    expect(damageOf(await verifyLedger(db.name))).toEqual(['root-mismatch', 2])
  })

  it('finds a stored interior node that was altered', async () => {
    const { db } = createLedgerOf(6)
    dropGuards(db)
    const nodes = db.prepare<[], Buffer>('SELECT nodes FROM ledger_entries WHERE seq = 3').pluck().get() ?? Buffer.alloc(0)
    db.prepare('UPDATE ledger_entries SET nodes = ? WHERE seq = 3').run(Buffer.concat([nodes.subarray(0, 32), Buffer.alloc(nodes.length - 32)]))
    expect(damageOf(await verifyLedger(db.name))).toEqual(['node-mismatch', 3])
  })

  it('finds that the index hides an entry from the views', async () => {
    const { db, ledger } = createLedgerOf(6)
    ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    db.exec(`UPDATE ledger_terms SET seqs = x'01030405' WHERE term = 'part'`)
    expect(damageOf(await verifyLedger(db.name))).toEqual(['index-mismatch', 2])
    dropGuards(db)
    db.exec("UPDATE ledger_entries SET envelope = x'00' WHERE seq = 4")
    expect(damageOf(await verifyLedger(db.name))).toEqual(['index-mismatch', 2])
  })

  it.each([
    ['a term that no entry has', `INSERT INTO ledger_terms VALUES ('smuggled', 0, x'02')`],
    ['an entry under a term that others have', `UPDATE ledger_terms SET seqs = x'0002' WHERE term = '=ledger.created'`],
  ])('finds that the index shows what no entry says: %s', async (_, sql) => {
    const { db, ledger } = createLedgerOf(6)
    ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    expect(damageOf(await verifyLedger(db.name))).toBe('none')
    db.exec(sql)
    expect(await verifyLedger(db.name)).toMatchObject({ ok: false, damage: { kind: 'index-mismatch' } })
  })

  it('finds that the ledger does not begin with the pinned key', async () => {
    const { db, ledger } = createLedgerOf(2)
    const pinned = ledger.verifierKeys().map(({ text }) => text)
    expect(damageOf(await verifyLedger(db.name, { pinned }))).toBe('none')
    const other = createLedgerOf(1).ledger.verifierKeys().map(({ text }) => text)
    expect(damageOf(await verifyLedger(db.name, { pinned: other }))).toEqual(['pinned-key-differs', 0])
  })

  it('lets no rotten byte of the file change what the ledger says', async () => {
    const fixture = createLedgerOf(12)
    const recorded = contentOf(fixture.db)
    fixture.db.pragma('wal_checkpoint(TRUNCATE)')
    const placeOf = findPlaces(fixture.db)
    fixture.db.close()
    const sound = readFileSync(fixture.databasePath)
    const reported = new Set<string>()
    const unreported = new Set<string>()
    for (let offset = 0; offset < sound.length; offset += 211) {
      const place = placeOf(sound, offset)
      // What the ledger says is nowhere else; the pages of other tables would take most of the time.
      if (!/^(header|sqlite_schema|(sqlite_autoindex_)?ledger_)/.test(place)) continue
      const rotten = Buffer.from(sound)
      rotten[offset] = (rotten[offset] ?? 0) ^ 0x10
      writeFileSync(fixture.databasePath, rotten)
      if (await isReported(fixture.databasePath, recorded)) reported.add(place)
      else unreported.add(place)
    }
    expect([...reported]).toContain('ledger_entries: in use')
    // Free space, and what defines the tables of others.
    expect([...unreported].filter((place) => !place.endsWith('free space') && place !== 'sqlite_schema: in use')).toEqual([])
  })
})

/**
 * What a byte of a database file belongs to, as the file was: the header of the file, a table or index with whether it is in use there, or a free page. SQLite's
 * file format, sections 1.3 (header) and 1.6 (b-tree pages).
 */
function findPlaces(db: Database): (file: Buffer, offset: number) => string {
  const pageSize = db.pragma('page_size', { simple: true }) as number
  const pages = new Map(db.prepare<[], [number, string]>('SELECT pageno, name FROM dbstat').raw().all())
  return (file, offset) => {
    const index = Math.floor(offset / pageSize)
    if (offset < FILE_HEADER) return 'header'
    const name = pages.get(index + 1)
    if (name === undefined) return 'free page'
    const page = file.subarray(index * pageSize, (index + 1) * pageSize)
    const header = index === 0 ? FILE_HEADER : 0
    // An overflow page has no such header: all of it is content, but for the end of the last.
    if (![2, 5, 10, 13].includes(page.readUInt8(header))) return `${name}: overflow`
    const isInterior = page.readUInt8(header) < 8
    const pointersEnd = header + (isInterior ? 12 : 8) + 2 * page.readUInt16BE(header + 3)
    const at = offset - index * pageSize
    return `${name}: ${at >= pointersEnd && at < page.readUInt16BE(header + 5) ? 'free space' : 'in use'}`
  }
}

/** All that the ledger says. */
function contentOf(db: Database): string {
  const select = 'SELECT hex(envelope), hex(checkpoint) FROM ledger_entries'
  return JSON.stringify(db.prepare(select).raw().all())
}

/** Bytes before the first page's own header. */
const FILE_HEADER = 100

/** Whether opening or verifying reports damage; if neither does, the ledger must say what was recorded. */
async function isReported(path: string, recorded: string): Promise<boolean> {
  let db: Database
  try {
    db = openDatabase(path)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(StorageError)
    return true
  }
  const result = await verifyLedger(db.name)
  if (result.ok) expect(contentOf(db)).toBe(recorded)
  db.close()
  return !result.ok
}

/** Signs anew, with the real log key, a checkpoint of each size. */
function resignCheckpoints(fixture: LedgerFixture, envelopes: readonly Buffer[]): void {
  const { origin } = parseCheckpoint(fixture.ledger.checkpoint())
  let frontier = emptyFrontier
  for (const envelope of envelopes) {
    frontier = appendLeaf(frontier, hashLeaf(envelope)).frontier
    const signature = signCheckpoint({ origin, size: frontier.size, root: frontierRoot(frontier) }, fixture.options.logSigner)
    fixture.db.prepare('UPDATE ledger_entries SET checkpoint = ? WHERE seq = ?').run(signature, frontier.size - 1)
  }
}
