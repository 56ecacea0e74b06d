import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newFolderOnDisk } from '../../storage/disk-fixture.ts'
import { openDatabase, StorageError } from '../../storage/index.ts'
import { parseCheckpoint } from '../checkpoint.ts'
import { openLedgerCopy } from '../ledger-copy.ts'
import { readRoot } from '../merkle.ts'
import { TreeStore } from '../tree-store.ts'
import { verifyLedger } from '../verify.ts'
import { bundleWriter, makeKeys, requireSaid, startWriter } from './writers.ts'

const base = newFolderOnDisk('faults')
let program: string
beforeAll(async () => {
  program = await bundleWriter(base)
}, 120_000)
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** So many copies of each kind, while the log is moved into the database every few commits. */
const COPIES = 12
const PAGES = 20

/** The parts of a database in the order in which somebody copies them. */
const KINDS = { 'the database alone': [''], 'the database, then its log': ['', '-wal'], 'its log, then the database': ['-wal', ''] } as const

it('a database that is copied file by file while it is written is what was recorded up to some entry, or is refused', async () => {
  const folder = join(base, 'copied')
  const database = join(folder, 'ledger.db')
  makeKeys(folder)
  const writer = startWriter(program, folder, { checkpointPages: PAGES })
  await writer.begin()
  const copies: string[] = []
  for (let turn = 0; turn < COPIES; turn++) {
    for (const [kind, parts] of Object.entries(KINDS)) {
      const copy = join(base, `${turn} ${kind}.db`)
      const { size } = writer.said()
      for (const part of parts) if (existsSync(database + part)) copyFileSync(database + part, copy + part)
      copies.push(copy)
      // So that no two are of one moment.
      while (writer.said().size === size) await new Promise(setImmediate)
    }
  }
  writer.child.kill('SIGKILL')
  await writer.ended
  const recorded = requireSaid(database, writer.said())
  const db = openDatabase(database)
  const store = new TreeStore(db)
  const sizes: number[] = []
  let refused = 0
  for (const file of copies) {
    try {
      const copy = openLedgerCopy(file)
      const found = await copy.verify({})
      copy.close()
      if (!found.ok) {
        expect(found.damage.message).not.toBe('')
        refused++
        continue
      }
      const { size, root } = parseCheckpoint(found.checkpoint)
      expect(size).toBeLessThanOrEqual(recorded)
      expect(root.equals(readRoot(size, store.node))).toBe(true)
      sizes.push(size)
    } catch (thrown) {
      if (!(thrown instanceof StorageError)) throw thrown
      refused++
    }
  }
  db.close()
  expect(sizes.length + refused).toBe(COPIES * Object.keys(KINDS).length)
  // Were all refused, or all of one size, nothing would have been tried.
  expect(new Set(sizes).size).toBeGreaterThan(1)
}, 240_000)

it('of two writers of one ledger one is refused before it says anything that is not so, and the other goes on', async () => {
  const folder = join(base, 'two')
  makeKeys(folder)
  const first = startWriter(program, folder)
  await first.begin()
  const second = startWriter(program, folder)
  // Whoever commits after the other finds entries that it does not know of.
  await second.begin().catch(() => undefined)
  const lost = await Promise.race([first.ended.then(() => first), second.ended.then(() => second)])
  const kept = lost === first ? second : first
  const { signal, complaint } = await lost.ended
  expect(signal).toBeNull()
  expect(complaint).toMatch(/another program has written the ledger|is being written by another program/)
  const { size } = kept.said()
  while (kept.said().size === size) await new Promise(setImmediate)
  kept.child.kill('SIGKILL')
  await kept.ended
  const database = join(folder, 'ledger.db')
  for (const writer of [first, second]) if (writer.said().size > 0) requireSaid(database, writer.said())
  expect(await verifyLedger(database)).toMatchObject({ ok: true })
}, 240_000)
