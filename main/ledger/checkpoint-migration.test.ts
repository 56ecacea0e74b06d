import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { writeEarlierDatabase } from '../storage/earlier-database-fixture.ts'
import { openDatabase, type Database } from '../storage/index.ts'
import { createLedger, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { verifyLedger } from './verify.ts'

/** The version in which a checkpoint was a note in a table of its own. */
const BEFORE = 4

/** Every checkpoint's note of a ledger of single and batched commits, by size. */
function createNotes({ ledger, orchestrator }: LedgerFixture): Map<number, string> {
  const notes = new Map([[ledger.size, ledger.checkpoint()]])
  for (const count of [1, 1, 3, 1, 7, 1, 1_200, 2]) {
    ledger.commit((tx) => {
      for (let i = 0; i < count; i++) tx.append(orchestrator, snapshotFact(i))
    })
    notes.set(ledger.size, ledger.checkpoint())
  }
  return notes
}

/** The same ledger in a file of the version before, with what an attacker did to it: the guards are put back. */
function writeBefore({ db }: LedgerFixture, notes: ReadonlyMap<number, string>, attack = ''): string {
  return writeEarlierDatabase(BEFORE, (before) => {
    const insertEntry = before.prepare('INSERT INTO ledger_entries (seq, nodes, envelope) VALUES (?, ?, ?)')
    const insertNote = before.prepare('INSERT INTO ledger_checkpoints (size, note) VALUES (?, ?)')
    for (const row of db.prepare<[], [number, Buffer, Buffer]>('SELECT seq, nodes, envelope FROM ledger_entries').raw().all()) insertEntry.run(row)
    for (const checkpoint of notes) insertNote.run(checkpoint)
    before.exec(attack)
  })
}

const rowsOf = (db: Database): unknown[] => db.prepare('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries').all()

describe('a database in which checkpoints were notes', () => {
  const fixture = createLedger()
  const notes = createNotes(fixture)

  it('is brought up to date with every entry and every signature that it held', async () => {
    const db = openDatabase(writeBefore(fixture, notes))
    expect(rowsOf(db)).toEqual(rowsOf(fixture.db))
    expect(await verifyLedger(db.name)).toMatchObject({ ok: true, size: fixture.ledger.size, checkpoints: notes.size, checkpoint: fixture.ledger.checkpoint() })
  })

  it('goes on from there', () => {
    const ledger = Ledger.open(openDatabase(writeBefore(fixture, notes)), fixture.options)
    expect(ledger.checkpoint()).toBe(notes.get(ledger.size))
    expect(ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(0))).seq).toBe(fixture.ledger.size)
  })

  it('may hold no ledger yet', () => {
    const path = writeBefore(fixture, notes, 'DELETE FROM ledger_entries; DELETE FROM ledger_checkpoints')
    expect(rowsOf(openDatabase(path))).toEqual([])
  })

  it('is refused for an altered guard before the guard is replaced', () => {
    const path = writeBefore(fixture, notes)
    execFileSync('sqlite3', [path, 'DROP TRIGGER ledger_entries_insert; CREATE TRIGGER ledger_entries_insert BEFORE INSERT ON ledger_entries BEGIN SELECT 1; END'])
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'altered-schema' }))
  })

  it.each([
    ['a note that says another size', `UPDATE ledger_checkpoints SET note = replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))`],
    ['a note that says another root', `UPDATE ledger_checkpoints SET note = (SELECT note FROM ledger_checkpoints WHERE size = 2) WHERE size = 3`],
    ['a note of another log', `UPDATE ledger_checkpoints SET note = replace(note, '— hospital', '— hostile') WHERE size = 6`],
    ['a note under another key id', `UPDATE ledger_checkpoints SET note = replace(note, '— hospital.example/strongroom ', '— hospital.example/strongroom AAAA')`],
    ['a note with a signature more', `UPDATE ledger_checkpoints SET note = note || '— witness AAAA' || char(10) WHERE size = 6`],
    ['a short signature', `UPDATE ledger_checkpoints SET note = substr(note, 1, length(note) - 5) || char(10) WHERE size = 6`],
    ['no note at all in its place', `UPDATE ledger_checkpoints SET note = '' WHERE size = 1`],
    ['a checkpoint of entries that are gone', 'DELETE FROM ledger_entries WHERE seq > 1000'],
    ['a row without nodes', `UPDATE ledger_entries SET nodes = x'' WHERE seq = 2`],
    ['a row with too many nodes', 'UPDATE ledger_entries SET nodes = zeroblob(999) WHERE seq = 2'],
    ['another interior node', 'UPDATE ledger_entries SET nodes = CAST(substr(nodes, 1, 32) || zeroblob(32) AS BLOB) WHERE seq = 1'],
  ])('is left as it is, and refused, when it holds %s', (_, attack) => {
    const path = writeBefore(fixture, notes, attack)
    for (const attempt of ['first', 'second']) {
      expect(() => openDatabase(path), attempt).toThrow(expect.objectContaining({ code: 'altered-ledger' }))
    }
  })
})
