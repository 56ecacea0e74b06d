import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import canonicalize from 'canonicalize'
import { openDatabase } from '../storage/index.ts'
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { parseEnvelope, sealEnvelope } from './dsse.ts'
import { createKey, createLedger, createLedgerOf, createPerson, dropGuards, origin, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { openHighWater } from './high-water.ts'
import { parseVerifierKey, signerFromKey, verifierKeyText } from './keys.ts'
import type { Fact } from './appender.ts'
import { Ledger } from './ledger.ts'
import { emptyRoot, hashLeaf, verifyConsistency, verifyInclusion } from './merkle.ts'
import { parseProofFile, verifyProofFile } from './proof-file.ts'
import { verifyLedger } from './verify.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected }) as unknown

function reopen(fixture: LedgerFixture): Ledger {
  return Ledger.open(fixture.db, fixture.options)
}

function logKeyOf({ logKeys }: LedgerFixture): ReturnType<typeof parseVerifierKey> {
  return parseVerifierKey(verifierKeyText(origin, logKeys.publicKey))
}

describe('a commit', () => {
  it('writes the entry as the signer meant it, in canonical form', () => {
    const { ledger, orchestrator } = createLedger()
    const commitments = { email: 'ab'.repeat(32) }
    const { seq, leafHash } = ledger.commit((tx) => tx.append(orchestrator, { ...snapshotFact(7), commitments }))
    const found = ledger.entry(seq)
    expect(found.entry).toMatchObject({ v: 1, origin, seq: 1, actor: orchestrator.name, ...snapshotFact(7), commitments })
    expect(found.leafHash).toEqual(leafHash)
    expect(leafHash).toEqual(hashLeaf(found.envelope))
    const payload = parseEnvelope(found.envelope).payload.toString()
    expect(payload).toBe(canonicalize(JSON.parse(payload)))
  })

  it('signs a checkpoint of all entries', () => {
    const fixture = createLedgerOf(5)
    const checkpoint = openCheckpoint(fixture.ledger.checkpoint(), logKeyOf(fixture))
    expect(checkpoint).toEqual({ origin, size: 5, root: fixture.ledger.root })
  })

  it('has each signer sign for the tree of the checkpoint before', () => {
    const { ledger, orchestrator } = createLedger()
    expect(ledger.entry(0).entry.seen).toEqual({ size: 0, root: emptyRoot.toString('base64') })
    const root = ledger.root.toString('base64')
    ledger.commit((tx) => {
      tx.append(orchestrator, snapshotFact(1))
      tx.append(orchestrator, snapshotFact(2))
    })
    expect(ledger.entry(1).entry.seen).toEqual({ size: 1, root })
    expect(ledger.entry(2).entry.seen).toEqual({ size: 1, root })
  })

  it('keeps the rows of the domain and the entries together, or neither', () => {
    const { db, ledger, orchestrator } = createLedger()
    db.exec('CREATE TABLE models (name TEXT) STRICT')
    const before = ledger.checkpoint()
    const fail = (): never =>
      ledger.commit((tx) => {
        db.prepare('INSERT INTO models VALUES (?)').run('m')
        tx.append(orchestrator, snapshotFact(1))
        throw new Error('half way')
      })
    expect(fail).toThrow('half way')
    expect(db.prepare('SELECT count(*) FROM models').pluck().get()).toBe(0)
    expect(ledger.checkpoint()).toBe(before)
    expect(ledger.size).toBe(1)
    expect(ledger.commit((tx) => tx.append(orchestrator, snapshotFact(1))).seq).toBe(1)
  })

  it('returns what the work returned', () => {
    const { ledger, orchestrator } = createLedger()
    expect(ledger.commit((tx) => `entry ${tx.append(orchestrator, snapshotFact(1)).seq}`)).toBe('entry 1')
  })

  it('is refused inside another, without an entry, and with a promise', () => {
    const { db, ledger, orchestrator } = createLedger()
    const nested = (): unknown => ledger.commit(() => ledger.commit((tx) => tx.append(orchestrator, snapshotFact(1))))
    expect(nested).toThrow(code('not-reentrant'))
    expect(() => db.transaction(() => ledger.commit((tx) => tx.append(orchestrator, snapshotFact(1))))()).toThrow(code('not-reentrant'))
    expect(() => ledger.commit(() => undefined)).toThrow(code('nothing-appended'))
    expect(() => ledger.commit(async (tx) => tx.append(orchestrator, snapshotFact(1)))).toThrow(code('async-work'))
    expect(ledger.size).toBe(1)
  })

  it('ends its transaction: what appends later is refused', () => {
    const { ledger, orchestrator } = createLedger()
    const kept = ledger.commit((tx) => {
      tx.append(orchestrator, snapshotFact(1))
      return tx
    })
    expect(() => kept.append(orchestrator, snapshotFact(2))).toThrow(code('not-reentrant'))
  })

  it('refuses what the check of details refuses', () => {
    const { ledger, orchestrator } = createLedger()
    expect(() => ledger.commit((tx) => tx.append(orchestrator, { ...snapshotFact(1), action: 'no.such.action' }))).toThrow('unknown action')
  })

  it.each<[string, string, Partial<Fact>]>([
    ['a digest in capitals', 'malformed-entry', { subject: [{ name: 'x', digest: { sha256: 'AB'.repeat(32) } }] }],
    ['a subject without a name', 'malformed-entry', { subject: [{ name: '', digest: { sha256: 'ab'.repeat(32) } }] }],
    ['a commitment that is no digest', 'malformed-entry', { commitments: { email: 'someone@example.com' } }],
    ['a float', 'malformed-json', { detail: { accuracy: 0.93 } }],
    ['a lone surrogate', 'malformed-json', { detail: { text: '\ud800' } }],
    ['more than a leaf can hold', 'entry-too-large', { detail: { text: 'x'.repeat(50_000) } }],
  ])('refuses an entry with %s', (_, expected, change) => {
    const { ledger, orchestrator } = createLedger()
    expect(() => ledger.commit((tx) => tx.append(orchestrator, { ...snapshotFact(1), ...change }))).toThrow(code(expected))
    expect(ledger.size).toBe(1)
  })

  it('notices when another program has written the ledger', () => {
    const fixture = createLedger()
    const other = Ledger.open(openDatabase(fixture.databasePath), fixture.options)
    other.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(1)))
    expect(() => fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(1)))).toThrow(code('inconsistent'))
  })

  it.each([
    ['an envelope', 'read-back-mismatch', 'UPDATE ledger_entries SET envelope = zeroblob(length(envelope)) WHERE seq = 1'],
    ['one byte of an envelope', 'read-back-mismatch', `UPDATE ledger_entries SET envelope = CAST(replace(CAST(envelope AS TEXT), '"sig"', '"sIg"') AS BLOB) WHERE seq = 230`],
    ['the hash of a leaf', 'read-back-mismatch', 'UPDATE ledger_entries SET nodes = CAST(zeroblob(32) || substr(nodes, 33) AS BLOB) WHERE seq = 3'],
    ['an interior node', 'read-back-mismatch', 'UPDATE ledger_entries SET nodes = CAST(substr(nodes, 1, 32) || zeroblob(32) AS BLOB) WHERE seq = 101'],
    ['a row that is gone', 'read-back-mismatch', 'DELETE FROM ledger_entries WHERE seq = 100'],
    ['a last row that is gone', 'read-back-mismatch', 'DELETE FROM ledger_entries WHERE seq = 250'],
    ['a row more', 'SQLITE_CONSTRAINT_TRIGGER', 'INSERT INTO ledger_entries SELECT seq + 1, nodes, envelope, NULL FROM ledger_entries WHERE seq = 250'],
  ])('does not sign what does not read back as it was written: %s', (_, expected, rot) => {
    const { db, ledger, orchestrator } = createLedger()
    const updateGuard = db.prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE name = 'ledger_entries_update'`).pluck().get() ?? ''
    dropGuards(db)
    const before = ledger.checkpoint()
    const commit = (): unknown =>
      ledger.commit((tx) => {
        for (let i = 1; i <= 250; i++) tx.append(orchestrator, snapshotFact(i))
        db.exec(rot)
        db.exec(updateGuard)
      })
    expect(commit).toThrow(code(expected))
    expect(ledger.checkpoint()).toBe(before)
    expect(db.prepare('SELECT count(*) FROM ledger_entries').pluck().get()).toBe(1)
  })

  it('leaves all of it or none of it when the process is killed', () => {
    const fixture = createLedgerOf(3)
    fixture.highWater.close()
    const script = `
      import Sqlite from ${JSON.stringify(import.meta.resolve('better-sqlite3'))}
      const db = new Sqlite(${JSON.stringify(fixture.databasePath)})
      db.exec("BEGIN IMMEDIATE; INSERT INTO ledger_entries VALUES (3, x'00', x'00', NULL)")
      process.kill(process.pid, 'SIGKILL')`
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    expect(killed.signal).toBe('SIGKILL')
    expect(reopen(fixture).size).toBe(3)
  })
})

describe('the keys of a ledger', () => {
  it('sign from the entry after the one that introduces them', () => {
    const { ledger, orchestrator } = createLedger()
    const ada = createPerson('ada')
    expect(() => ledger.commit((tx) => tx.append(ada.signer, snapshotFact(1)))).toThrow(code('unknown-signer'))
    expect(() => ledger.commit((tx) => tx.append(ada.signer, ada.enrolled))).toThrow(code('malformed-key'))
    ledger.commit((tx) => {
      tx.append(orchestrator, ada.enrolled)
      tx.append(ada.signer, snapshotFact(1))
    })
    expect(ledger.entry(2).entry.actor).toBe(ada.signer.name)
    expect(ledger.currentKey(ada.signer.name)?.keyId).toBe(ada.signer.keyId)
  })

  it('stop signing when they are rotated, and are still listed', () => {
    const fixture = createLedger()
    const { ledger, orchestrator } = fixture
    const [old, renewed] = [createPerson('ada'), createPerson('ada')]
    ledger.commit((tx) => tx.append(orchestrator, old.enrolled))
    ledger.commit((tx) => tx.append(old.signer, renewed.rotated, [renewed.signer]))
    expect(() => ledger.commit((tx) => tx.append(old.signer, snapshotFact(1)))).toThrow(code('unknown-signer'))
    ledger.commit((tx) => tx.append(renewed.signer, snapshotFact(1)))
    const expected = [
      ['log', 0, undefined],
      ['entry', 0, undefined],
      ['entry', 2, 3],
      ['entry', 3, undefined],
    ]
    expect(ledger.verifierKeys().map(({ role, from, until }) => [role, from, until])).toEqual(expected)
    expect(reopen(fixture).verifierKeys()).toEqual(ledger.verifierKeys())
  })

  it('take the place of another only when old and new sign it, and nobody else does', () => {
    const { ledger, orchestrator } = createLedger()
    const [old, renewed, bob] = [createPerson('ada'), createPerson('ada'), createPerson('bob')]
    ledger.commit((tx) => {
      tx.append(orchestrator, old.enrolled)
      tx.append(old.signer, bob.enrolled)
    })
    for (const cosigners of [[], [bob.signer], [renewed.signer, bob.signer]]) {
      expect(() => ledger.commit((tx) => tx.append(old.signer, renewed.rotated, cosigners))).toThrow(code('unknown-signer'))
    }
    expect(() => ledger.commit((tx) => tx.append(bob.signer, renewed.rotated, [renewed.signer]))).toThrow(code('malformed-key'))
    expect(() => ledger.commit((tx) => tx.append(old.signer, renewed.recovered, [renewed.signer]))).toThrow(code('malformed-key'))
    expect(() => ledger.commit((tx) => tx.append(old.signer, snapshotFact(1), [bob.signer]))).toThrow(code('unknown-signer'))
    ledger.commit((tx) => tx.append(bob.signer, renewed.recovered, [renewed.signer]))
    expect(() => ledger.commit((tx) => tx.append(old.signer, snapshotFact(1)))).toThrow(code('unknown-signer'))
    expect(ledger.currentKey(renewed.signer.name)?.keyId).toBe(renewed.signer.keyId)
  })

  it("of the orchestrator are rotated by an administrator's entry that both sign, in their order", () => {
    const { ledger, orchestrator } = createLedger()
    const [ada, renewed] = [createPerson('ada'), createKey(orchestrator.name)]
    ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
    for (const cosigners of [[renewed.signer], [renewed.signer, orchestrator]]) {
      expect(() => ledger.commit((tx) => tx.append(ada.signer, renewed.rotated, cosigners))).toThrow(code('unknown-signer'))
    }
    ledger.commit((tx) => tx.append(ada.signer, renewed.rotated, [orchestrator, renewed.signer]))
    expect(() => ledger.commit((tx) => tx.append(orchestrator, snapshotFact(1)))).toThrow(code('unknown-signer'))
    ledger.commit((tx) => tx.append(renewed.signer, snapshotFact(1)))
  })

  it('of the log sign the checkpoint of the entry that brings them and all later ones; what the old key signed stays good', async () => {
    const fixture = createLedger()
    const { db, ledger, orchestrator, options } = fixture
    const [ada, renewed] = [createPerson('ada'), createKey(origin)]
    ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
    const before = ledger.checkpoint()
    ledger.commit((tx) => tx.append(ada.signer, renewed.rotated, [options.logSigner, renewed.signer]))
    ledger.commit((tx) => tx.append(ada.signer, snapshotFact(1)))
    const listed = ledger.verifierKeys().filter(({ role }) => role === 'log')
    expect(listed.map(({ from, until }) => [from, until])).toEqual([[0, 3], [3, undefined]])
    const [first, second] = listed.map(({ text }) => parseVerifierKey(text))
    if (first === undefined || second === undefined) throw new Error('there are two log keys')
    expect(openCheckpoint(ledger.checkpoint(), second).size).toBe(4)
    expect(() => openCheckpoint(ledger.checkpoint(), first)).toThrow(code('no-known-signature'))
    expect(openCheckpoint(before, ({ size }) => (size < 3 ? first : second)).size).toBe(2)
    expect(await verifyLedger(db.name, { anchors: [before, ledger.checkpoint()], pinned: [first.text] })).toMatchObject({ ok: true, checkpoints: 4 })
    // It opens with the new key alone, and with a mark of either.
    expect(() => Ledger.open(db, options)).toThrow(code('wrong-log-key'))
    for (const note of [before, ledger.checkpoint()]) {
      const highWater = { ...fixture.highWater, read: () => note }
      expect(Ledger.open(db, { ...options, logSigner: renewed.signer, highWater }).checkpoint()).toBe(ledger.checkpoint())
    }
  })

  it('of the log that came in an entry which was cut off give away the cut', () => {
    const { db, ledger, orchestrator, options, highWater } = createLedger()
    const [ada, renewed] = [createPerson('ada'), createKey(origin)]
    ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
    ledger.commit((tx) => tx.append(ada.signer, renewed.rotated, [options.logSigner, renewed.signer]))
    const mark = ledger.checkpoint()
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries WHERE seq = 2')
    expect(() => Ledger.open(db, { ...options, highWater: { ...highWater, read: () => mark } })).toThrow(code('behind-high-water'))
  })

  it('are not introduced under the name of somebody else', () => {
    const { ledger, orchestrator } = createLedger()
    const fact = createPerson('ada').enrolled
    const stolen = { ...fact, detail: { ...fact.detail, person: 'bob' } }
    expect(() => ledger.commit((tx) => tx.append(orchestrator, stolen))).toThrow(code('malformed-key'))
  })

  it('come with a rolled-back commit and go with it', () => {
    const { ledger, orchestrator } = createLedger()
    const ada = createPerson('ada')
    const fail = (): never =>
      ledger.commit((tx) => {
        tx.append(orchestrator, ada.enrolled)
        throw new Error('no')
      })
    expect(fail).toThrow('no')
    expect(ledger.currentKey(ada.signer.name)).toBeUndefined()
  })
})

describe('creating a ledger', () => {
  it('begins with ledger.created and nothing else', () => {
    const { folder, options, orchestrator } = createLedger()
    const db = openDatabase(join(folder, 'second.db'))
    const second = Ledger.create(db, { ...options, highWater: openHighWater(join(folder, 'second-mark')) })
    expect(() => second.commit((tx) => tx.append(orchestrator, snapshotFact(0)))).toThrow(code('not-created'))
    expect(() => second.checkpoint()).toThrow(code('not-created'))
    expect(() => Ledger.open(db, { ...options, highWater: openHighWater(join(folder, 'second-mark')) })).toThrow(code('not-created'))
  })

  it('is refused where there is one, or where one was', () => {
    const { folder, db, options } = createLedger()
    expect(() => Ledger.create(db, options)).toThrow(code('already-created'))
    expect(() => Ledger.create(openDatabase(join(folder, 'second.db')), options)).toThrow(code('ledger-gone'))
  })
})

describe('opening a ledger', () => {
  it('goes on where it ended', () => {
    const fixture = createLedgerOf(6)
    const again = reopen(fixture)
    expect(again.checkpoint()).toBe(fixture.ledger.checkpoint())
    expect(again.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(6))).seq).toBe(6)
  })

  it('refuses another log key and another origin', () => {
    const fixture = createLedgerOf(2)
    const impostor = signerFromKey(origin, generateKeyPairSync('ed25519').privateKey)
    expect(() => Ledger.open(fixture.db, { ...fixture.options, logSigner: impostor })).toThrow(code('wrong-log-key'))
    expect(() => Ledger.open(fixture.db, { ...fixture.options, origin: 'other.example' })).toThrow(code('wrong-origin'))
  })

  it('refuses a log key that has the right id and the wrong secret', () => {
    const fixture = createLedgerOf(2)
    const impostor = signerFromKey(origin, generateKeyPairSync('ed25519').privateKey)
    const logSigner = { ...fixture.options.logSigner, sign: (message: Uint8Array) => impostor.sign(message) }
    expect(() => Ledger.open(fixture.db, { ...fixture.options, logSigner })).toThrow(code('wrong-log-key'))
  })

  it('notices that an older copy was put back', () => {
    const fixture = createLedgerOf(3)
    fixture.db.pragma('wal_checkpoint(TRUNCATE)')
    const copy = join(fixture.folder, 'copy.db')
    copyFileSync(fixture.databasePath, copy)
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(3)))
    expect(() => Ledger.open(openDatabase(copy), fixture.options)).toThrow(code('behind-high-water'))
  })

  it('notices that an older copy was put back and has grown again', () => {
    const fixture = createLedgerOf(3)
    fixture.db.pragma('wal_checkpoint(TRUNCATE)')
    const copy = join(fixture.folder, 'copy.db')
    copyFileSync(fixture.databasePath, copy)
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(3)))
    const elsewhere = { ...fixture.options, highWater: openHighWater(join(fixture.folder, 'other-mark')) }
    const fork = Ledger.open(openDatabase(copy), elsewhere)
    for (let i = 10; i < 15; i++) fork.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(i)))
    expect(() => Ledger.open(openDatabase(copy), fixture.options)).toThrow(code('history-parted'))
  })

  it('notices that the last entries were cut, with their checkpoints', () => {
    const fixture = createLedgerOf(5)
    dropGuards(fixture.db)
    fixture.db.exec('DELETE FROM ledger_entries WHERE seq >= 3')
    expect(() => reopen(fixture)).toThrow(code('behind-high-water'))
  })

  it('notices that the whole ledger is gone', () => {
    const fixture = createLedgerOf(2)
    dropGuards(fixture.db)
    fixture.db.exec('DELETE FROM ledger_entries')
    expect(() => reopen(fixture)).toThrow(code('ledger-gone'))
  })

  it('notices that a commit was cut in two', () => {
    const fixture = createLedgerOf(5)
    fixture.ledger.commit((tx) => {
      tx.append(fixture.orchestrator, snapshotFact(5))
      tx.append(fixture.orchestrator, snapshotFact(6))
    })
    dropGuards(fixture.db)
    fixture.db.exec('DELETE FROM ledger_entries WHERE seq = 6')
    expect(() => reopen(fixture)).toThrow(code('inconsistent'))
  })

  it('notices that the last checkpoint was altered', () => {
    const fixture = createLedgerOf(3)
    dropGuards(fixture.db)
    fixture.db.exec('UPDATE ledger_entries SET checkpoint = (SELECT checkpoint FROM ledger_entries WHERE seq = 1) WHERE seq = 2')
    expect(() => reopen(fixture)).toThrow(code('inconsistent'))
  })

  it('takes in no key that an altered entry brings, whatever the index says, and signs nothing of consequence', () => {
    const fixture = createLedgerOf(3)
    fixture.ledger.entries({ action: 'dataset.snapshot', limit: 10 })
    dropGuards(fixture.db)
    const mallory = createPerson('mallory')
    const entry = { ...fixture.ledger.entry(1).entry, ...mallory.enrolled }
    const forged = sealEnvelope(canonicalize(entry) ?? '', mallory.signer)
    fixture.db.prepare('UPDATE ledger_entries SET envelope = ? WHERE seq = 1').run(forged)
    fixture.db.exec(`INSERT INTO ledger_terms VALUES ('=person.enrolled', 0, x'01')`)
    const opened = reopen(fixture)
    expect(opened.currentKey(mallory.signer.name)).toBeUndefined()
    expect(opened.fault).toMatchObject({ code: 'inconsistent' })
  })

  it('does not take a high-water mark that the log key has not signed', () => {
    const fixture = createLedgerOf(3)
    const path = join(fixture.folder, 'high-water')
    writeFileSync(path, readFileSync(path, 'utf8').replace('\n3\n', '\n2\n'))
    expect(() => reopen(fixture)).toThrow(code('signature-invalid'))
    writeFileSync(path, '')
    expect(() => reopen(fixture)).toThrow('The high-water mark beside the database is not a checkpoint of this ledger')
  })

  it('goes on without a high-water mark where there is none', () => {
    const fixture = createLedgerOf(3)
    rmSync(join(fixture.folder, 'high-water'))
    expect(reopen(fixture).size).toBe(3)
  })
})

describe('reading a ledger', () => {
  const fixture = createLedger()
  const { ledger, orchestrator } = fixture
  const ada = createPerson('ada')
  ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
  for (let i = 2; i < 20; i++) ledger.commit((tx) => tx.append(i % 3 === 0 ? ada.signer : orchestrator, snapshotFact(i)))
  const seqs = (query: Parameters<Ledger['entries']>[0]): number[] => ledger.entries(query).map(({ seq }) => seq)

  it('pages in both directions', () => {
    expect(seqs({ limit: 3 })).toEqual([0, 1, 2])
    expect(seqs({ from: 18, limit: 5 })).toEqual([18, 19])
    expect(seqs({ limit: 3, descending: true })).toEqual([19, 18, 17])
    expect(seqs({ from: 1, limit: 5, descending: true })).toEqual([1, 0])
    expect(seqs({ from: 99, limit: 2, descending: true })).toEqual([19, 18])
    expect(seqs({ from: 20, limit: 5 })).toEqual([])
    expect(seqs({ limit: 0 })).toEqual([])
  })

  it('looks no further than it is told, in both directions', () => {
    expect(seqs({ from: 3, to: 5, limit: 9 })).toEqual([3, 4, 5])
    expect(seqs({ from: 5, to: 3, limit: 9, descending: true })).toEqual([5, 4, 3])
    expect(seqs({ from: 5, to: 6, limit: 9, descending: true })).toEqual([])
    expect(seqs({ actor: ada.signer.name, from: 13, to: 4, limit: 9, descending: true })).toEqual([12, 9, 6])
    expect(ledger.count({ from: 4, to: 13 })).toBe(10)
    expect(ledger.count({ actor: ada.signer.name, from: 4, to: 13 })).toBe(3)
  })

  it('finds by action, actor and text, also when they are combined', () => {
    expect(seqs({ action: 'person.enrolled', limit: 9 })).toEqual([1])
    expect(seqs({ actor: ada.signer.name, limit: 9, descending: true })).toEqual([18, 15, 12, 9, 6, 3])
    expect(seqs({ actor: ada.signer.name, action: 'dataset.snapshot', from: 10, limit: 2 })).toEqual([12, 15])
    expect(seqs({ text: 'PART', limit: 2, descending: true })).toEqual([19, 18])
    expect(seqs({ text: ledger.entry(19).entry.subject[0]?.digest.sha256, limit: 9 })).toEqual([19])
    expect(seqs({ text: 'person.', limit: 9 })).toEqual([1])
  })

  it('leaves out actions that begin with a word, and counts what is left', () => {
    const left = seqs({ without: 'dataset.', limit: 99 })
    expect(left.slice(0, 2)).toEqual([0, 1])
    expect(left).toHaveLength(ledger.count({ without: 'dataset.' }))
    expect(left.length + ledger.count({ action: 'dataset.snapshot' })).toBe(ledger.size)
    expect(seqs({ without: 'dataset', text: 'part-', limit: 9 })).toEqual([])
    expect(seqs({ without: 'taset.', limit: 99 })).toHaveLength(ledger.size)
  })

  it('finds the beginning of a word and a whole number, whatever stands between words', () => {
    expect(seqs({ text: 'Snap PAR', limit: 1 })).toEqual([2])
    expect(seqs({ text: 'csv part_12', limit: 9 })).toEqual([12])
    expect(seqs({ text: 'art', limit: 9 })).toEqual([])
    expect(seqs({ text: '%', limit: 9 })).toEqual([])
    expect(seqs({ text: '!', limit: 9 })).toEqual([])
  })

  it('finds what was appended since it last looked', () => {
    const growing = createLedgerOf(3)
    const find = (): number[] => growing.ledger.entries({ text: 'part-3', limit: 9 }).map(({ seq }) => seq)
    expect(find()).toEqual([])
    growing.ledger.commit((tx) => tx.append(growing.orchestrator, snapshotFact(3)))
    expect(find()).toEqual([3])
  })

  it('proves the inclusion of every entry at every size', () => {
    const full = ledger.size
    for (let seq = 0; seq < full; seq++) {
      const leaf = ledger.entry(seq).leafHash
      expect(verifyInclusion(leaf, seq, full, ledger.inclusionProof(seq), ledger.root)).toBe(true)
    }
    expect(ledger.inclusionProof(3, 4)).toHaveLength(2)
  })

  it('proves that it only ever grew', () => {
    const earlier = createLedgerOf(5)
    const before = parseCheckpoint(earlier.ledger.checkpoint())
    for (let i = 5; i < 12; i++) earlier.ledger.commit((tx) => tx.append(earlier.orchestrator, snapshotFact(i)))
    const proof = earlier.ledger.consistencyProof(5)
    expect(verifyConsistency(5, 12, proof, before.root, earlier.ledger.root)).toBe(true)
  })

  it('writes proof files that hold for their entry alone', () => {
    const file = ledger.proofFile(5)
    expect(parseProofFile(file).index).toBe(5)
    expect(verifyProofFile(file, ledger.entry(5).leafHash, logKeyOf(fixture)).size).toBe(ledger.size)
    expect(() => verifyProofFile(file, ledger.entry(6).leafHash, logKeyOf(fixture))).toThrow(code('inconsistent'))
  })

  it('says which entries and sizes there are when asked for another', () => {
    expect(() => ledger.entry(20)).toThrow(code('no-such-entry'))
    expect(() => ledger.entry(-1)).toThrow(code('no-such-entry'))
    expect(() => ledger.inclusionProof(20)).toThrow(code('no-such-entry'))
    expect(() => ledger.inclusionProof(0, 21)).toThrow(code('no-such-size'))
    expect(() => ledger.consistencyProof(0)).toThrow(code('no-such-size'))
    expect(() => ledger.consistencyProof(5, 4)).toThrow(code('no-such-size'))
  })

  it('does not show an entry under an action that it has not', () => {
    const altered = createLedgerOf(3)
    altered.ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    altered.db.exec(`INSERT INTO ledger_terms VALUES ('=run.started', 0, x'02')`)
    expect(() => altered.ledger.entries({ action: 'run.started', limit: 1 })).toThrow(code('inconsistent'))
  })
})

describe('counting entries', () => {
  it('agrees with listing them, for every filter', () => {
    const { ledger, orchestrator } = createLedgerOf(12)
    for (const filter of [{}, { action: 'dataset.snapshot' }, { actor: orchestrator.name }, { text: 'part-1' }, { text: '100%' }]) {
      expect(ledger.count(filter)).toBe(ledger.entries({ ...filter, limit: 100 }).length)
      expect(ledger.count({ ...filter, from: 5 })).toBe(ledger.entries({ ...filter, from: 5, limit: 100 }).length)
    }
  })
})

describe('a deactivated person', () => {
  it('signs nothing from the next entry on', () => {
    const { ledger, orchestrator } = createLedgerOf(1)
    const { signer, enrolled } = createPerson('p-00000001')
    ledger.commit((tx) => tx.append(orchestrator, enrolled))
    ledger.commit((tx) => tx.append(signer, snapshotFact(1)))
    ledger.commit((tx) => tx.append(signer, { action: 'person.deactivated', subject: [], detail: { person: 'p-00000001' } }))
    expect(() => ledger.commit((tx) => tx.append(signer, snapshotFact(2)))).toThrow('may not sign')
  })
})
