import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase, openForReading, StorageError } from '../storage/index.ts'
import { signCheckpoint } from './checkpoint.ts'
import { sealEnvelope } from './dsse.ts'
import { encodeEntry, type Entry } from './entry.ts'
import { createLedger, createPerson, snapshotFact, type LedgerFixture } from './fixtures.ts'
import type { Signer } from './keys.ts'
import { appendLeaf, emptyFrontier, frontierRoot, hashLeaf } from './merkle.ts'
import { verifyLedger, type Verification, type VerifyOptions } from './verify.ts'

/** A row of the specification's table: what is done to a database file, by the sqlite3 program or byte by byte, and what verifying says. */
export interface Attack {
  readonly name: string
  readonly how: string
  /** `kind seq`, or `nothing` where the file alone cannot show it. */
  readonly expected: string
  /** Does it to a file of its own, verifies that, and answers what was said. */
  readonly perform: () => Promise<string>
}

/** A ledger of ten entries at rest: 0 creates it, 1 enrols Ada, who signs the odd ones from there; the orchestrator signs the others. */
interface Target extends LedgerFixture {
  readonly ada: Signer
  /** Checkpoints of each size, as they were handed out. */
  readonly kept: readonly string[]
}

function createTarget(size = 10, continuing?: Target): Target {
  const fixture = continuing ?? createLedger()
  const kept = [...(continuing?.kept ?? ['', fixture.ledger.checkpoint()])]
  const ada = continuing?.ada ?? enrol(fixture, kept)
  for (let seq = fixture.ledger.size; seq < size; seq++) {
    fixture.ledger.commit((tx) => tx.append(seq % 2 === 1 ? ada : fixture.orchestrator, snapshotFact(seq)))
    kept.push(fixture.ledger.checkpoint())
  }
  fixture.db.pragma('wal_checkpoint(TRUNCATE)')
  return { ...fixture, ada, kept }
}

function enrol({ ledger, orchestrator }: LedgerFixture, kept: string[]): Signer {
  const ada = createPerson('ada')
  ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
  kept.push(ledger.checkpoint())
  return ada.signer
}

const LIFT = ['insert', 'update', 'delete'].map((name) => `DROP TRIGGER ledger_entries_${name};`).join(' ')

function sqlite3(file: string, sql: string): void {
  execFileSync('sqlite3', [file], { input: sql })
}

function copyOf({ databasePath, folder }: LedgerFixture): string {
  const file = join(mkdtempSync(join(folder, 'attack-')), 'strongroom.db')
  copyFileSync(databasePath, file)
  return file
}

/** What is done to a copy with the guards lifted. */
function alter(target: Target, sql: string): string {
  const file = copyOf(target)
  sqlite3(file, `${LIFT} ${sql}`)
  return file
}

async function say(file: string, options: VerifyOptions = {}): Promise<string> {
  return describe(await verifyLedger(file, options))
}

function describe(result: Verification): string {
  return result.ok ? 'nothing' : `${result.damage.kind} ${result.damage.seq}`
}

/** Puts these leaves in the place of all, with the nodes of their tree and, by whoever holds the log key, checkpoints of each size. */
function rewrite(target: Target, leaves: readonly Buffer[]): string {
  let frontier = emptyFrontier
  const rows = leaves.map((leaf, seq) => {
    const appended = appendLeaf(frontier, hashLeaf(leaf))
    frontier = appended.frontier
    const signature = signCheckpoint({ origin: target.options.origin, size: seq + 1, root: frontierRoot(frontier) }, target.options.logSigner)
    return `(${seq}, x'${Buffer.concat(appended.nodes).toString('hex')}', x'${leaf.toString('hex')}', x'${signature.toString('hex')}')`
  })
  return alter(target, `DELETE FROM ledger_entries; INSERT INTO ledger_entries VALUES ${rows.join(', ')};`)
}

const leavesOf = ({ ledger }: Target): Buffer[] => ledger.entries({ limit: ledger.size }).map(({ envelope }) => envelope)

const sealAgain = (target: Target, seq: number, signer: Signer, change: Partial<Entry>): Buffer => sealEnvelope(encodeEntry({ ...target.ledger.entry(seq).entry, ...change }), signer)

/** An entry made another and all after it signed again, by somebody who holds every key; what each saw before it as it is now. */
function rewriteWithAllKeys(target: Target, from: number, change: Partial<Entry>): string {
  const leaves = leavesOf(target).slice(0, from)
  let frontier = leaves.reduce((before, leaf) => appendLeaf(before, hashLeaf(leaf)).frontier, emptyFrontier)
  for (let seq = from; seq < target.ledger.size; seq++) {
    const seen = { size: seq, root: frontierRoot(frontier).toString('base64') }
    leaves.push(sealAgain(target, seq, seq % 2 === 1 ? target.ada : target.orchestrator, { ...(seq === from ? change : {}), seen }))
    frontier = appendLeaf(frontier, hashLeaf(leaves.at(-1) ?? Buffer.alloc(0))).frontier
  }
  return rewrite(target, leaves)
}

/** Whose page each byte of a database is on: of what concerns the ledger a table or an index by its name. */
function ownersOf({ db, databasePath }: LedgerFixture): (offset: number) => string {
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  const reader = openForReading(databasePath)
  const owners = new Map(reader.prepare<[], [number, string]>('SELECT pageno, name FROM dbstat').raw().all())
  reader.close()
  return (offset) => {
    const owner = owners.get(Math.floor(offset / pageSize) + 1) ?? 'nobody'
    return owner === 'sqlite_schema' || owner.startsWith('ledger_') ? owner : 'tables of the workplace'
  }
}

/** One bit of every so many bytes, a file each: how many were reported. Of the others, the ledger must say what it said; on whose pages they lie is said. */
async function rot(target: Target, step: number): Promise<string> {
  const sound = readFileSync(target.databasePath)
  const recorded = JSON.stringify(leavesOf(target).map((leaf) => leaf.toString('base64')))
  const file = copyOf(target)
  let [flips, found, unnoticed] = [0, 0, 0]
  const ownerOf = ownersOf(target)
  const harmless = new Map<string, number>()
  for (let offset = 0; offset < sound.length; offset += step) {
    const rotten = Buffer.from(sound)
    rotten[offset] = (rotten[offset] ?? 0) ^ 0x10
    writeFileSync(file, rotten)
    flips++
    const said = await sayOfRotten(file, recorded)
    if (said === 'found') found++
    if (said === 'unnoticed') unnoticed++
    if (said === 'harmless') harmless.set(ownerOf(offset), (harmless.get(ownerOf(offset)) ?? 0) + 1)
  }
  if (unnoticed > 0) return `${unnoticed} of ${flips} flips unnoticed`
  const others = [...harmless].sort(([, a], [, b]) => b - a).map(([owner, count]) => `${owner} ${count}`).join(', ')
  return `found wherever it matters (${found} of ${flips} flips; the others change nothing that the ledger says, on pages of: ${others})`
}

async function sayOfRotten(file: string, recorded: string): Promise<'found' | 'harmless' | 'unnoticed'> {
  try {
    const db = openDatabase(file)
    try {
      if (!(await verifyLedger(file)).ok) return 'found'
      const leaves = db.prepare<[], Buffer>('SELECT envelope FROM ledger_entries ORDER BY seq').pluck().all()
      return JSON.stringify(leaves.map((leaf) => leaf.toString('base64'))) === recorded ? 'harmless' : 'unnoticed'
    } finally {
      db.close()
    }
  } catch (thrown) {
    if (thrown instanceof StorageError) return 'found'
    throw thrown
  }
}

/** Every row of the table, in its order. `step`: every how many bytes one is changed to show what rot does. */
export function attacksOn(step = 397): readonly Attack[] {
  const target = createTarget()
  const other = createTarget(12)
  const pinned = [target.ledger.verifierKeys()[0]?.text ?? '']
  const newest = target.kept.at(-1) ?? ''
  const edit = `UPDATE ledger_entries SET envelope = CAST(replace(CAST(envelope AS TEXT), 'payloadType', 'payloadtype') AS BLOB) WHERE seq = 4;`
  const shift = 'UPDATE ledger_entries SET seq = -seq - 1 WHERE seq >= 5; UPDATE ledger_entries SET seq = -seq WHERE seq < 0;'
  const cut = alter(target, 'DELETE FROM ledger_entries WHERE seq >= 6;')
  const forged = rewriteWithAllKeys(target, 7, { detail: { bytes: 0 } })
  return [
    { name: 'a row edited', how: 'sqlite3: one byte of entry 4', expected: 'entry-altered 4', perform: () => say(alter(target, edit)) },
    {
      name: 'a row edited, its hash too', how: 'sqlite3: entry 4 signed again by its own signer, every node computed again', expected: 'root-mismatch 4',
      perform: () => {
        const leaves = leavesOf(target).with(4, sealAgain(target, 4, target.orchestrator, { detail: { bytes: 0 } }))
        const file = rewrite(target, leaves)
        sqlite3(file, target.kept.slice(1).map((note, i) => `UPDATE ledger_entries SET checkpoint = x'${Buffer.from(note.slice(note.lastIndexOf(' ') + 1), 'base64').subarray(4).toString('hex')}' WHERE seq = ${i};`).join(' '))
        return say(file)
      },
    },
    { name: 'a row deleted', how: 'sqlite3: DELETE of entry 3', expected: 'entry-missing 3', perform: () => say(alter(target, 'DELETE FROM ledger_entries WHERE seq = 3;')) },
    { name: 'a row inserted', how: 'sqlite3: entry 4 once more at 5, the others moved up', expected: 'entry-misplaced 5', perform: () => say(alter(target, `${shift} INSERT INTO ledger_entries SELECT 5, nodes, envelope, NULL FROM ledger_entries WHERE seq = 4;`)) },
    {
      name: 'rows reordered', how: 'sqlite3: entries 4 and 5 change places', expected: 'entry-misplaced 4',
      perform: () => say(alter(target, 'UPDATE ledger_entries SET seq = -1 WHERE seq = 4; UPDATE ledger_entries SET seq = 4 WHERE seq = 5; UPDATE ledger_entries SET seq = 5 WHERE seq = -1;')),
    },
    { name: 'tail truncated', how: 'sqlite3: DELETE from 6 on; held to the high-water mark or any later checkpoint', expected: 'truncated 6', perform: () => say(cut, { anchors: [newest] }) },
    { name: 'tail truncated with the mark', how: 'the same, and nothing was kept elsewhere', expected: 'nothing', perform: () => say(cut) },
    {
      name: 'older copy put back', how: 'the file as it was with 6 entries; held to the mark', expected: 'truncated 6',
      perform: () => {
        const old = createTarget(6)
        const file = copyOf(old)
        const { kept } = createTarget(10, old)
        return say(file, { anchors: [kept.at(-1) ?? ''] })
      },
    },
    { name: "file swapped for another ledger's", how: 'the file of another log; held to the mark', expected: 'checkpoint-invalid 0', perform: () => say(copyOf(other), { anchors: [newest] }) },
    { name: 'split view', how: 'the log key signs two histories of one log; one is held to a checkpoint of the other, which a witness has', expected: 'root-mismatch 0', perform: () => say(forged, { anchors: [newest] }) },
    {
      name: "the log key's holder rewrites everything", how: 'sqlite3: entry 4 another, signed by its own signer, all nodes and checkpoints anew', expected: 'seen-mismatch 5',
      perform: () => say(rewrite(target, leavesOf(target).with(4, sealAgain(target, 4, target.orchestrator, { detail: { bytes: 0 } })))),
    },
    { name: 'a key substituted', how: 'a ledger of the same name begun with other keys; the first key is pinned', expected: 'pinned-key-differs 0', perform: () => say(copyOf(other), { pinned }) },
    { name: 'backdating', how: 'with every key, entry 7 made another after the fact and all later ones signed again; anchors of 6 and 10 entries', expected: 'root-mismatch 0', perform: () => say(forged, { anchors: [target.kept[6] ?? '', newest] }) },
    { name: 'backdating before the next anchor', how: 'the same, with an anchor of 6 entries alone', expected: 'nothing', perform: () => say(forged, { anchors: [target.kept[6] ?? ''] }) },
    { name: 'one byte of the file rots', how: `a bit of every ${step}th byte, one file each`, expected: 'found wherever it matters', perform: () => rot(target, step) },
  ]
}
