import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Database } from '../storage/index.ts'
import { ENTRY_TYPE, sealEnvelope } from './dsse.ts'
import { encodeEntry } from './entry.ts'
import { Catalogue, openCatalogueFile, readCatalogue } from './catalogue.ts'
import { createKey, createLedgerOf, createPerson, dropGuards, origin, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { hashLeaf } from './merkle.ts'
import { TreeStore } from './tree-store.ts'

const ACTIONS = ['run.started', 'run.finished', 'role.removed', 'person.granted', 'never']
const { signer: key } = createKey(origin)
const LEAF = Buffer.alloc(32, 7)

/** What whoever writes to the database does to hide entries from a search. */
const hide = (db: Database, action: string): void => void db.prepare('DELETE FROM ledger_terms WHERE term = ?').run(`=${action}`)
const seqs = (found: Iterable<{ seq: number }>): number[] => [...found].map(({ seq }) => seq)

/** The ledger opened again, by a process that has the file of the one before. */
function reopen({ db, options, folder }: LedgerFixture, every?: number): Ledger {
  return Ledger.open(db, { ...options, catalogue: openCatalogueFile(join(folder, 'catalogue'), every) })
}

/** Its catalogue as it is made of the file, and how many entries that took. */
function readAgain({ db, options, ledger, folder }: LedgerFixture) {
  const file = join(folder, 'catalogue')
  return readCatalogue(new TreeStore(db), ledger, options.logSigner, existsSync(file) ? readFileSync(file, 'utf8') : undefined)
}

describe('a catalogue', () => {
  it('has the positions of every action, in both directions, and has them again when it was kept', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ACTIONS.slice(0, 4)), { maxLength: 40 }), fc.subarray(ACTIONS), fc.nat(42), fc.nat(42), (actions, wanted, from, to) => {
        const made = new Catalogue()
        for (const action of actions) made.add(action, LEAF)
        const kept = Catalogue.open(made.seal(key), key)
        for (const catalogue of [made, kept]) {
          catalogue?.add('run.finished', LEAF)
          const expected = [...actions, 'run.finished'].flatMap((action, seq) => (wanted.includes(action) && seq >= from && seq <= to ? [seq] : []))
          expect([...(catalogue?.positions(wanted, from, to) ?? [])]).toEqual(expected)
          expect([...(catalogue?.positions(wanted, from, to, true) ?? [])]).toEqual(expected.reverse())
        }
      }),
    )
  })

  it('is read from what came since, where it was kept', () => {
    const fixture = createLedgerOf(5)
    expect(readAgain(fixture)).toMatchObject({ read: 5, fault: undefined })
    const opened = reopen(fixture)
    opened.keepCatalogue()
    expect(readAgain(fixture).read).toBe(0)
    const ledger = reopen(fixture)
    ledger.commit((tx) => [0, 1].map((i) => tx.append(fixture.orchestrator, snapshotFact(i))))
    const { catalogue, read } = readAgain({ ...fixture, ledger })
    expect([read, [...catalogue.positions(['dataset.snapshot'], 0, 99)]]).toEqual([2, [1, 2, 3, 4, 5, 6]])
  })

  it('is kept each time that many entries were appended, for a process that does not come to keep it', () => {
    const fixture = createLedgerOf(2)
    const ledger = reopen(fixture, 3)
    const left = [0, 1, 2, 3].map((i) => {
      ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(i)))
      return readAgain({ ...fixture, ledger }).read
    })
    // Kept of 3 entries, and again of 6.
    expect(left).toEqual([0, 1, 2, 0])
  })

  it('is of no worth that another key made, was altered, or is of another ledger', () => {
    const fixture = createLedgerOf(4)
    const path = join(fixture.folder, 'catalogue')
    reopen(fixture).keepCatalogue()
    const own = readFileSync(path, 'utf8')
    const { catalogue } = readAgain(fixture)
    const other = new Catalogue()
    for (let i = 0; i < 3; i++) other.add('run.finished', LEAF)
    for (const text of [catalogue.seal(key), other.seal(fixture.options.logSigner), own.replace('dataset.snapshot', 'dataset.snapshoT'), '', 'x\n{}\n']) {
      writeFileSync(path, text)
      expect(readAgain(fixture)).toMatchObject({ read: 4, fault: undefined })
      expect(seqs(reopen(fixture).history(['dataset.snapshot']))).toEqual([1, 2, 3])
    }
    writeFileSync(path, own)
    expect(readAgain(fixture).read).toBe(0)
  })
})

describe('what has consequences', () => {
  it('finds its entries whatever the search index says, in this process and the next', () => {
    const fixture = createLedgerOf(4)
    const { db, ledger, orchestrator } = fixture
    expect(ledger.count({ action: 'dataset.snapshot' })).toBe(3)
    hide(db, 'dataset.snapshot')
    expect(ledger.count({ action: 'dataset.snapshot' })).toBe(0)
    ledger.commit((tx) => tx.append(orchestrator, snapshotFact(4)))
    for (const each of [ledger, reopen(fixture)]) {
      expect(seqs(each.history(['dataset.snapshot']))).toEqual([1, 2, 3, 4])
      expect(seqs(each.history(['dataset.snapshot', 'ledger.created'], { descending: true, to: 2 }))).toEqual([2, 1, 0])
    }
  })

  it('holds the keys that entries brought, when the index hides one', () => {
    const fixture = createLedgerOf(2)
    const [ada, next] = [createPerson('ada'), createPerson('ada')]
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, ada.enrolled))
    fixture.ledger.commit((tx) => tx.append(ada.signer, next.rotated, [next.signer]))
    fixture.ledger.count({ action: 'person.key.rotated' })
    hide(fixture.db, 'person.key.rotated')
    expect(reopen(fixture).currentKey(ada.signer.name)?.keyId).toBe(next.signer.keyId)
  })

  it.each([[5, 3], [200, 70]])('takes no entry that was altered since with its stored hash, and any other: of %i entries, %i', (size, altered) => {
    const fixture = createLedgerOf(1)
    const { db, ledger, orchestrator } = fixture
    ledger.commit((tx) => {
      for (let i = 1; i < size; i++) tx.append(orchestrator, snapshotFact(i))
    })
    const forged = sealEnvelope(encodeEntry({ ...ledger.entry(altered).entry, action: 'run.finished' }), orchestrator, ENTRY_TYPE)
    dropGuards(db)
    db.prepare('UPDATE ledger_entries SET envelope = ?, nodes = CAST(? || substr(nodes, 33) AS BLOB) WHERE seq = ?').run(forged, hashLeaf(forged), altered)
    expect(ledger.entry(altered).entry.action).toBe('run.finished')
    expect(() => ledger.proved(altered)).toThrow(`Entry ${altered} cannot be proved to be the one that was recorded`)
    const beside = altered % 2 === 0 ? altered + 1 : altered - 1
    const others = Array.from({ length: size }, (_, seq) => seq).filter((seq) => seq !== altered && seq !== beside)
    expect(others.map((seq) => ledger.proved(seq).seq)).toEqual(others)
    expect([...ledger.history(['run.finished'])]).toEqual([])
  })

  it('is not signed once an entry is found not to be what was recorded, nor after the next start', () => {
    const fixture = createLedgerOf(5)
    dropGuards(fixture.db)
    fixture.db.exec(`UPDATE ledger_entries SET envelope = CAST(substr(envelope, 1, octet_length(envelope) - 1) || 'x' AS BLOB) WHERE seq = 3`)
    for (const ledger of [reopen(fixture), reopen(fixture)]) {
      expect(ledger.fault?.message).toContain('Entry 3 of the ledger, or one after it, is not what was recorded')
      expect(seqs(ledger.history(['dataset.snapshot']))).toEqual([1, 2, 4])
      ledger.keepCatalogue()
    }
    expect(existsSync(join(fixture.folder, 'catalogue'))).toBe(false)
  })

  it('is not signed where the stored hash was altered with the entry', () => {
    const fixture = createLedgerOf(5)
    dropGuards(fixture.db)
    fixture.db.exec('UPDATE ledger_entries SET envelope = (SELECT envelope FROM ledger_entries WHERE seq = 2), nodes = (SELECT nodes FROM ledger_entries WHERE seq = 2) WHERE seq = 4')
    // Entry 4 is a subtree of its own, so that the signed root shows it at once; under a larger one, the catalogue does.
    expect(() => reopen(fixture)).toThrow('did not sign the 5 entries')
    const larger = createLedgerOf(9)
    dropGuards(larger.db)
    larger.db.exec('UPDATE ledger_entries SET envelope = (SELECT envelope FROM ledger_entries WHERE seq = 2), nodes = (SELECT nodes FROM ledger_entries WHERE seq = 2) WHERE seq = 4')
    expect(reopen(larger).fault).toBeDefined()
    rmSync(larger.folder, { recursive: true })
  })
})
