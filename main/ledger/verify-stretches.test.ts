import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../storage/index.ts'
import { createLedger, createPerson, dropGuards, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { verifyLedger, type Verification, type VerifiedPart, type VerifyOptions } from './verify.ts'

/** Two stretches and what is left. */
const STRETCH = 64
const SIZE = 150

const verify = (path: string, options: VerifyOptions = {}): Promise<Verification> => verifyLedger(path, { stretch: STRETCH, ...options })

const damageOf = (result: Verification): unknown => (result.ok ? 'none' : [result.damage.kind, result.damage.seq])

describe('a ledger that is verified in stretches', () => {
  let fixture: LedgerFixture
  let copies = 0

  beforeAll(() => {
    fixture = createLedger()
    const { ledger, orchestrator, db } = fixture
    const ada = createPerson('ada')
    ledger.commit((tx) => {
      for (let seq = 1; seq < 50; seq++) tx.append(orchestrator, snapshotFact(seq))
      tx.append(orchestrator, ada.enrolled)
    })
    ledger.commit((tx) => {
      for (let seq = 51; seq < 100; seq++) tx.append(ada.signer, snapshotFact(seq))
    })
    ledger.commit((tx) => {
      for (let seq = 100; seq < SIZE - 10; seq++) tx.append(ada.signer, snapshotFact(seq))
    })
    for (let seq = SIZE - 10; seq < SIZE; seq++) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(seq)))
    db.pragma('wal_checkpoint(TRUNCATE)')
  })

  /** What a verification finds in a copy of which these statements were made the content. */
  async function verifyAltered(sql: string, options: VerifyOptions = {}): Promise<Verification> {
    const path = join(fixture.folder, `altered-${copies++}.db`)
    copyFileSync(fixture.databasePath, path)
    const db = openDatabase(path)
    dropGuards(db)
    db.exec(sql)
    try {
      return await verify(path, options)
    } finally {
      db.close()
    }
  }

  const edit = (seq: number): string => `UPDATE ledger_entries SET envelope = x'7b7d' WHERE seq = ${seq};`

  it('is found whole, by one thread and by several, and every entry is counted once', async () => {
    const program = join(import.meta.dirname, 'verify-thread.ts')
    for (const options of [{}, { program, threads: 3 }]) {
      let done = 0
      const result = await verify(fixture.databasePath, { ...options, onProgress: (progress) => (done = progress.done) })
      expect(result).toMatchObject({ ok: true, size: SIZE, checkpoints: 14, checkpoint: fixture.ledger.checkpoint() })
      expect(done).toBe(SIZE)
    }
  })

  it('names the first of several that are bad, whichever is found first', async () => {
    const program = join(import.meta.dirname, 'verify-thread.ts')
    const sql = edit(129) + edit(65) + edit(60)
    expect(damageOf(await verifyAltered(sql, { program, threads: 3 }))).toEqual(['entry-altered', 60])
  })

  it('names an entry that is gone, though later stretches cannot be begun without its nodes', async () => {
    expect(damageOf(await verifyAltered('DELETE FROM ledger_entries WHERE seq = 63'))).toEqual(['entry-missing', 63])
  })

  it('names the row of a node from which later stretches begin', async () => {
    const sql = 'UPDATE ledger_entries SET nodes = CAST(substr(nodes, 1, 6 * 32) || zeroblob(32) AS BLOB) WHERE seq = 63'
    expect(damageOf(await verifyAltered(sql))).toEqual(['node-mismatch', 63])
  })

  it('names the first entry of a commit that spans stretches when its checkpoint is another', async () => {
    const sql = 'UPDATE ledger_entries SET checkpoint = (SELECT checkpoint FROM ledger_entries WHERE seq = 50) WHERE seq = 99'
    expect(damageOf(await verifyAltered(sql))).toEqual(['root-mismatch', 51])
  })

  it('names what stands before the checkpoint of such a commit, if that is bad too', async () => {
    const sql = 'UPDATE ledger_entries SET checkpoint = (SELECT checkpoint FROM ledger_entries WHERE seq = 50) WHERE seq = 99;'
    expect(damageOf(await verifyAltered(sql + edit(80)))).toEqual(['entry-altered', 80])
  })

  it('does not take a key that an altered entry introduces', async () => {
    expect(damageOf(await verifyAltered(edit(50)))).toEqual(['entry-altered', 50])
  })

  describe('after a part that was verified before', () => {
    const parts: VerifiedPart[] = []

    beforeAll(async () => {
      await verify(fixture.databasePath, { onVerified: (part) => parts.push(part) })
    })

    const part = (index: number): VerifiedPart => parts[index] ?? { checkpoint: 'none', keySeqs: [], terms: null }

    it('goes on from the last checkpoint of each stretch that was found good', async () => {
      expect(parts.map(({ keySeqs }) => keySeqs)).toEqual([[0, 50], [0, 50]])
      let total = 0
      const result = await verify(fixture.databasePath, { after: part(0), onProgress: (progress) => (total = progress.total) })
      expect(result).toMatchObject({ ok: true, size: SIZE, from: 51, checkpoints: 12, checkpoint: fixture.ledger.checkpoint() })
      expect(total).toBe(SIZE - 51)
    })

    it('has nothing left to read after the whole, and still holds it to an anchor', async () => {
      const whole = await verify(fixture.databasePath)
      if (!whole.ok) throw new Error('the ledger is sound')
      const anchors = [part(0).checkpoint]
      expect(await verify(fixture.databasePath, { after: whole.verified, anchors })).toMatchObject({ ok: true, from: SIZE, checkpoints: 0, checkpoint: fixture.ledger.checkpoint() })
    })

    it('finds damage after it, and says nothing of what it does not read', async () => {
      expect(damageOf(await verifyAltered(edit(101), { after: part(1) }))).toEqual(['entry-altered', 101])
      expect(damageOf(await verifyAltered(edit(20), { after: part(1) }))).toBe('none')
    })

    it('finds that a key of it is another, that its tree is another, and that the ledger is shorter', async () => {
      expect(damageOf(await verifyAltered(edit(50), { after: part(1) }))).toEqual(['entry-altered', 50])
      const node = 'UPDATE ledger_entries SET nodes = CAST(substr(nodes, 1, 6 * 32) || zeroblob(32) AS BLOB) WHERE seq = 63'
      expect(damageOf(await verifyAltered(node, { after: part(1) }))).toEqual(['root-mismatch', 0])
      expect(damageOf(await verifyAltered('DELETE FROM ledger_entries WHERE seq > 50', { after: part(1) }))).toEqual(['truncated', 51])
    })

    it('counts the terms of the index, those of the entries before too where they were counted', async () => {
      const path = join(fixture.folder, 'indexed.db')
      copyFileSync(fixture.databasePath, path)
      const db = openDatabase(path)
      Ledger.open(db, fixture.options)
      const counted: VerifiedPart[] = []
      expect(await verify(path, { onVerified: (each) => counted.push(each) })).toMatchObject({ ok: true })
      const [first, second] = counted
      if (first === undefined || second === undefined) throw new Error('there are two')
      for (const after of [first, second, { ...first, terms: null }]) expect(damageOf(await verify(path, { after }))).toBe('none')
      const smuggle = (seq: number): void => void db.prepare(`INSERT INTO ledger_terms VALUES ('smuggled', ?, ?)`).run(0, Buffer.from([seq]))
      smuggle(120)
      expect(damageOf(await verify(path, { after: first }))).toEqual(['index-mismatch', 0])
      expect(damageOf(await verify(path, { after: { ...first, terms: null } }))).toEqual(['index-mismatch', 51])
      // A look at what is new does not count all.
      expect(damageOf(await verify(path, { after: first, pages: false }))).toBe('none')
      db.exec(`DELETE FROM ledger_terms WHERE term = 'smuggled'`)
      smuggle(20)
      expect(damageOf(await verify(path, { after: second }))).toEqual(['index-mismatch', 0])
      expect(damageOf(await verify(path, { after: { ...second, terms: null } }))).toBe('none')
      db.close()
    })

    it('is refused where the log key has not signed it', async () => {
      const forged = { ...part(0), checkpoint: part(0).checkpoint.replace(/\S{20}\n$/, `${'A'.repeat(20)}\n`) }
      await expect(verify(fixture.databasePath, { after: forged })).rejects.toMatchObject({ code: 'signature-invalid' })
    })
  })
})
