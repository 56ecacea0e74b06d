import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../storage/index.ts'
import { createLedgerOf, type LedgerFixture } from './fixtures.ts'
import { isDamage, type EntryRow } from './entry-rows.ts'
import { Ledger } from './ledger.ts'

/** Alters the file as somebody does who has it: with a program of their own, its guards taken off and put back. */
function attack({ databasePath }: LedgerFixture, sql: string): void {
  const guards = execFileSync('sqlite3', [databasePath, `SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'ledger_entries'`]).toString()
  execFileSync('sqlite3', [databasePath, `DROP TRIGGER ledger_entries_update; DROP TRIGGER ledger_entries_delete; DROP TRIGGER ledger_entries_insert; ${sql}; ${guards}`])
}

/** `seq`, or `seq kind` of one that is damaged. */
const readable = (rows: readonly EntryRow[]) => rows.map((row) => (isDamage(row) ? `${row.seq} ${row.kind}` : row.seq))

/** One byte of the payload is another, so that the envelope is as well formed as it was. */
const ALTER = `UPDATE ledger_entries SET envelope = CAST(replace(CAST(envelope AS TEXT), '"payload":"eyJhY3Rp', '"payload":"eyJhY3Rq') AS BLOB) WHERE seq = 3`

describe('a list with damaged entries', () => {
  it('has each in its place with what is wrong, and all others', () => {
    const fixture = createLedgerOf(10)
    const { ledger } = fixture
    ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    attack(
      fixture,
      `${ALTER}; DELETE FROM ledger_entries WHERE seq = 5;
       UPDATE ledger_entries SET envelope = (SELECT envelope FROM ledger_entries WHERE seq = 8), nodes = (SELECT nodes FROM ledger_entries WHERE seq = 8) WHERE seq = 7;`,
    )
    const rows = [0, 1, 2, '3 entry-altered', 4, '5 entry-missing', 6, '7 entry-misplaced', 8, 9]
    expect(readable(ledger.rows({ limit: 100 }))).toEqual(rows)
    expect(readable(ledger.rows({ limit: 3, from: 7, descending: true }))).toEqual(rows.slice(5, 8).reverse())
    expect(readable(ledger.rows({ action: 'dataset.snapshot', limit: 100 }))).toEqual(rows.slice(1))
    expect(() => ledger.entries({ limit: 100 })).toThrow(expect.objectContaining({ code: 'inconsistent', message: expect.stringMatching(/^Entry 3 is not the one that was recorded/) as string }) as Error)
    expect(() => ledger.entry(5)).toThrow('Entry 5 is missing.')
  })

  it('takes new entries and finds those, also where the damage came before the index', () => {
    const fixture = createLedgerOf(10)
    attack(fixture, `${ALTER}; DELETE FROM ledger_entries WHERE seq = 5;`)
    const ledger = Ledger.open(openDatabase(fixture.databasePath), fixture.options)
    const { seq } = ledger.commit((tx) => tx.append(fixture.orchestrator, { action: 'run.started', subject: [], detail: { run: 4 } }))
    expect(readable(ledger.rows({ text: 'run 4', limit: 10 }))).toEqual([seq])
    expect(readable(ledger.rows({ without: 'run.', limit: 100 }))).toEqual([0, 1, 2, '3 entry-altered', 4, '5 entry-missing', 6, 7, 8, 9])
  })

  it('names what a rotten page of the file holds, and shows the others', () => {
    const fixture = createLedgerOf(16)
    fixture.ledger.entries({ action: 'dataset.snapshot', limit: 1 })
    fixture.db.pragma('wal_checkpoint(TRUNCATE)')
    fixture.db.close()
    const pageSize = readFileSync(fixture.databasePath).readUInt16BE(16)
    const page = Number(execFileSync('sqlite3', [fixture.databasePath, `SELECT pageno FROM dbstat WHERE name = 'ledger_entries' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 1`]).toString())
    const file = openSync(fixture.databasePath, 'r+')
    writeSync(file, Buffer.from([0x77]), 0, 1, (page - 1) * pageSize)
    closeSync(file)
    const rows = readable(Ledger.open(openDatabase(fixture.databasePath), fixture.options).rows({ limit: 100 }))
    expect(rows).toHaveLength(16)
    expect(rows.slice(0, 2)).toEqual([0, 1])
    expect(rows).toContain(15)
    expect(rows.filter((row) => typeof row === 'string' && row.endsWith('database-corrupt'))).not.toEqual([])
  })
})
