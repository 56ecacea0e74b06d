import { describe, expect, it } from 'vitest'
import { writeEarlierDatabase } from '../storage/earlier-database-fixture.ts'
import { openDatabase } from '../storage/index.ts'
import type { Fact } from './appender.ts'
import { answers, queryOf, termsOf, type EntryFilter } from './entry-terms.ts'
import { createLedger, createLedgerOf, snapshotFact } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { verifyLedger } from './verify.ts'

const facts: Fact[] = [
  { action: 'project.created', subject: [], detail: { project: 'credit-risk', name: 'Kreditrisiko Überprüfung' } },
  { action: 'run.started', subject: [], detail: { run: 12, project: 'credit-risk' } },
  { action: 'stage.succeeded', subject: [{ name: 'data/2024/model.onnx', digest: { sha256: 'ab12'.padEnd(64, '3') } }], detail: { run: 12, stage: 'train' } },
  { action: 'model.version.registered', subject: [], detail: { project: 'credit-risk', model: 'default_risk', version: 3, run: 12, author: 'p-1f2e3d4c' } },
  { action: 'model.version.registered', subject: [], detail: { project: 'credit-risk', model: 'default_risk', version: 12, run: 121, author: 'p-1f2e3d4c' } },
  { action: 'session.opened', subject: [], detail: { person: 'p-1f2e3d4c' } },
]

describe('what an entry is found by', () => {
  const { ledger, orchestrator } = createLedger()
  ledger.commit((tx) => facts.map((fact) => tx.append(orchestrator, fact)))
  const found = (text: string): number[] => ledger.entries({ text, from: 1, limit: 99 }).map(({ seq }) => seq)

  it.each([
    ['the name of a project', 'kreditrisiko', [1]],
    ['letters that are not ASCII, upper or lower case, composed or not', 'U\u0308BERPR', [1]],
    ['the id of a project', 'credit-risk', [1, 2, 4, 5]],
    ['a run', 'run 12', [2, 3, 4]],
    ['a run, as the interface writes it', 'Run 12, train', [3]],
    ['a version of a model', 'default_risk version 3', [4]],
    ['a number, be it of a run or of a version', '12', [2, 3, 4, 5]],
    ['a number that is an entry’s own, or of a version', '3', [3, 4]],
    ['the number of an entry, whatever else has it', 'Entry 3', [3]],
    ['the number of an entry that there is not', 'entry 4000', []],
    ['a number with zeros before it', 'run 012', [2, 3, 4]],
    ['the beginning of a digest', 'ab123333', [3]],
    ['a whole digest', 'ab12'.padEnd(64, '3'), [3]],
    ['a file', '2024/model', [3]],
    ['a person', 'p-1f2e3d4c', [4, 5, 6]],
    ['an action', 'version.regi', [4, 5]],
    ['the middle of a word', 'isiko', []],
    ['the beginning of a short number', 'run 1', []],
    ['no word at all', '!', []],
  ])('%s: %s', (_, text, expected) => {
    expect(found(text)).toEqual(expected)
  })
})

describe('the index', () => {
  it('finds what reading every entry finds, over several rows, in both directions, however it came to be', () => {
    const { ledger, orchestrator } = createLedger()
    const fact = (i: number): Fact => (i % 7 === 0 ? { action: 'run.finished', subject: [], detail: { run: i, state: 'succeeded' } } : snapshotFact(i))
    for (const until of [5, 255, 256, 257, 700]) {
      ledger.commit((tx) => {
        for (let i = ledger.size; i < until; i++) tx.append(orchestrator, fact(i))
      })
      ledger.count({ text: 'run' })
    }
    const all = ledger.entries({ limit: 1_000 })
    const filters: EntryFilter[] = [{ action: 'run.finished' }, { without: 'run.' }, { text: 'part' }, { text: 'succ run 21' }, { text: '300' }, { text: 'entry 300' }, { text: 'entry 256 part' }, { text: 'd' }, { text: 'a' }, { action: 'run.finished', without: 'run.' }, { without: 'dataset.', text: 'run' }]
    for (const filter of filters) {
      for (const [from, to] of [[0, 699], [1, 698], [250, 260], [256, 511], [255, 255], [690, 699]] as const) {
        const expected = all.filter(({ seq, entry }) => seq >= from && seq <= to && answers(entry, queryOf(filter))).map(({ seq }) => seq)
        expect(ledger.count({ ...filter, from, to })).toBe(expected.length)
        expect(ledger.entries({ ...filter, from, to, limit: 1_000 }).map(({ seq }) => seq)).toEqual(expected)
        expect(ledger.entries({ ...filter, from, to, skip: 4, limit: 3 }).map(({ seq }) => seq)).toEqual(expected.slice(4, 7))
        expect(ledger.entries({ ...filter, from: to, to: from, skip: 4, limit: 3, descending: true }).map(({ seq }) => seq)).toEqual(expected.toReversed().slice(4, 7))
        expect(ledger.entries({ ...filter, from: to, to: from, limit: 9, descending: true }).map(({ seq }) => seq)).toEqual(expected.reverse().slice(0, 9))
      }
    }
  })

  it('is made anew of a ledger that an earlier version found by action and subject', async () => {
    const fixture = createLedgerOf(4)
    const path = writeEarlierDatabase(9, (before) => {
      const insert = before.prepare('INSERT INTO ledger_entries (seq, nodes, envelope, checkpoint) VALUES (?, ?, ?, ?)')
      for (const row of fixture.db.prepare<[], [number, Buffer, Buffer, Buffer]>('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries').raw().all()) insert.run(row)
      before.exec(`INSERT INTO ledger_index VALUES (0, 'ledger.created', 'x', 'ledger.created')`)
    })
    const db = openDatabase(path)
    expect(await verifyLedger(path)).toMatchObject({ ok: true, size: 4 })
    expect(Ledger.open(db, fixture.options).entries({ text: 'part 2', limit: 9 }).map(({ seq }) => seq)).toEqual([2])
    expect(await verifyLedger(path)).toMatchObject({ ok: true, size: 4 })
  })
})

/**
 * What a name is found by. An index that another release made has to say the same of the same entry: where this fails, as with a runtime that knows another version
 * of Unicode, a migration has to empty `ledger_terms`, so that it is made anew, and the mark of what was verified (`verified`) another version: else a
 * verification takes the index for one that somebody altered.
 */
describe('the words of a name', () => {
  it.each([
    ['Kreditrisiko \u00dcBERPR\u00dcFUNG', ['kreditrisiko', '\u00fcberpr\u00fcfung']],
    ['U\u0308ber', ['\u00fcber']],
    ['\ufb01nance \u00bd \u00b2 \u338f \u216b', ['finance', '1', '2', 'kg', 'xii']],
    ['\u0130stanbul ISPARTA', ['i\u0307stanbul', 'isparta']],
    ['\u039f\u0394\u039f\u03a3', ['\u03bf\u03b4\u03bf\u03c2']],
    ['Stra\u00dfe STRASSE \u1e9e', ['stra\u00dfe', 'strasse', '\u00df']],
    ['\u0939\u093f\u0928\u094d\u0926\u0940', ['\u0939\u093f\u0928\u094d\u0926\u0940']],
    ['\u6a21\u578b \uff93\uff83\uff9e\uff99', ['\u6a21\u578b', '\u30e2\u30c7\u30eb']],
    ['\u{1f469}\u200d\u{1f52c} lab', ['lab']],
    ['data/part-1_final.csv', ['data', 'part', '1', 'final', 'csv']],
    ['a\u200bb', ['b']],
    ['\u{1d544}odel \u{10400}', ['model', '\u{10428}']],
    // Letters since Unicode 16.
    ['\u1c89 \u{10d50} \ua7cb', ['\u1c8a', '\u{10d70}', '\u0264']],
    ['x'.repeat(40), ['x'.repeat(32)]],
    ['\u0663\u0664', ['\u0663\u0664']],
    ["l'aquila's", ['l', 'aquila', 's']],
  ])('%j', (name, words) => {
    const entry = { v: 1, origin: 'o', seq: 0, time: '', actor: 'n', action: 'a', subject: [], detail: { name }, commitments: {}, seen: { size: 0, root: '' } } as const
    expect([...termsOf(entry)].filter((term) => !['*', '=a', '@n', 'a'].includes(term))).toEqual(words)
  })
})
