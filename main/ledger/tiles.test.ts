import { hash } from 'node:crypto'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { continueShort, createLedger, createLedgerOf, createShortLedger, dropGuards, origin, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { appendLeaf, emptyFrontier, frontierRoot, hashLeaf } from './merkle.ts'
import { askStrangerAboutTiles, mayBeSkipped } from './stranger/check.ts'
import { exportTiles, type TilesExport } from './tiles.ts'
import { TreeStore } from './tree-store.ts'

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile()).sort()

describe('tiles', () => {
  let fixture: LedgerFixture
  const grow = (size: number): void => {
    const { ledger, orchestrator } = fixture
    ledger.commit((tx) => {
      for (let seq = ledger.size; seq < size; seq++) tx.append(orchestrator, snapshotFact(seq))
    })
  }
  const exportTo = (folder: string, of = fixture): Promise<TilesExport> =>
    exportTiles(of.databasePath, folder, { checkpoint: of.ledger.checkpoint(), open: (note) => of.ledger.openCheckpoint(note) })
  const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'tiles-'))

  beforeAll(() => {
    fixture = createLedger()
    grow(300)
  })

  it('lie where the format says, and a second export only adds what came since', async () => {
    const folder = emptyFolder()
    expect(await exportTo(folder)).toEqual({ size: 300, before: 0, written: 6, removed: 0 })
    const first = ['checkpoint', 'tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/44']
    expect(filesIn(folder)).toEqual(first)
    expect(statSync(join(folder, 'tile/0/000')).size).toBe(8_192)
    for (const name of first) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o644)
    const before = new Map(first.map((name) => [name, readFileSync(join(folder, name))]))
    expect(await exportTo(folder)).toMatchObject({ before: 300, written: 1 })
    grow(600)
    expect(await exportTo(folder)).toMatchObject({ size: 600, before: 300, written: 6, removed: 2 })
    // A reader under the checkpoint of before takes the full ones; the tile that is not full yet it still needs.
    const kept = first.filter((name) => !name.includes('001.p'))
    expect(filesIn(folder)).toEqual([...kept, 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2', 'tile/entries/001', 'tile/entries/002.p/88'].sort())
    for (const name of kept.slice(1)) expect(readFileSync(join(folder, name)).equals(before.get(name) ?? Buffer.alloc(0))).toBe(true)
  })

  it('leave what else lies where partial ones lay, and follow no link to it', async () => {
    const [folder, other] = [emptyFolder(), emptyFolder()]
    const of = createLedger()
    const growTo = (size: number): void => of.ledger.commit((tx) => { for (let seq = of.ledger.size; seq < size; seq++) tx.append(of.orchestrator, snapshotFact(seq)) })
    growTo(20)
    await exportTo(folder, of)
    for (const name of ['1', '2', '44']) writeFileSync(join(other, name), 'somebody else\'s')
    const [linked, kept] = [join(folder, 'tile/0/000.p'), join(folder, 'tile/entries/000.p')]
    renameSync(linked, join(folder, 'aside'))
    symlinkSync(other, linked)
    for (const name of ['0', '00', '007', '256', '999', '1a']) writeFileSync(join(kept, name), '')
    mkdirSync(join(kept, '3'))
    symlinkSync(join(other, '1'), join(kept, '4'))
    growTo(256)
    expect(await exportTo(folder, of)).toMatchObject({ size: 256, removed: 1 })
    expect(readdirSync(other)).toEqual(['1', '2', '44'])
    expect(readdirSync(kept).sort()).toEqual(['0', '00', '007', '1a', '256', '3', '4', '999'])
  })

  it.each(['tile', 'tile/entries', 'tile/0', 'tile/0/000.p'])('are written through no link that stands for %s, wherever it leads', async (name) => {
    const [folder, elsewhere] = [emptyFolder(), emptyFolder()]
    const fixture = createLedgerOf(3)
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    symlinkSync(elsewhere, join(folder, name))
    // A folder with tiles and no checkpoint is refused before: it gets that of an export.
    writeFileSync(join(folder, 'checkpoint'), fixture.ledger.checkpoint())
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(9)))
    await expect(exportTo(folder, fixture)).rejects.toMatchObject({ code: 'inconsistent', message: expect.stringContaining('nothing is written through it') as string })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  it('are looked for and removed behind no link', async () => {
    const [folder, elsewhere] = [emptyFolder(), emptyFolder()]
    const of = createLedgerOf(3)
    await exportTo(folder, of)
    cpSync(join(folder, 'tile/0'), elsewhere, { recursive: true })
    rmSync(join(folder, 'tile/0'), { recursive: true })
    symlinkSync(elsewhere, join(folder, 'tile/0'))
    writeFileSync(join(elsewhere, '000'), '')
    of.ledger.commit((tx) => {
      for (let seq = 3; seq < 257; seq++) tx.append(of.orchestrator, snapshotFact(seq))
    })
    await expect(exportTo(folder, of)).rejects.toMatchObject({ code: 'inconsistent' })
    expect(readdirSync(join(elsewhere, '000.p'))).toEqual(['3'])
  })

  it('take no link for a tile that is there, and put a checkpoint in the place of one, not where it leads', async () => {
    const [folder, elsewhere] = [emptyFolder(), emptyFolder()]
    const fixture = createLedgerOf(3)
    await exportTo(folder, fixture)
    const outside = join(elsewhere, 'checkpoint')
    renameSync(join(folder, 'checkpoint'), outside)
    symlinkSync(outside, join(folder, 'checkpoint'))
    const before = readFileSync(outside, 'utf8')
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(9)))
    symlinkSync(outside, join(folder, 'tile/0/000.p/4'))
    await expect(exportTo(folder, fixture)).rejects.toMatchObject({ code: 'inconsistent' })
    rmSync(join(folder, 'tile/0/000.p/4'))
    await exportTo(folder, fixture)
    expect([readFileSync(outside, 'utf8'), lstatSync(join(folder, 'checkpoint')).isFile()]).toEqual([before, true])
  })

  it('are refused in a folder that holds another log, another history, or nobody knows what', async () => {
    const other = createLedger()
    const folder = emptyFolder()
    await exportTo(folder, other)
    await expect(exportTo(folder)).rejects.toMatchObject({ name: 'LedgerError' })
    const shorter = emptyFolder()
    await exportTo(shorter)
    const { ledger, databasePath } = fixture
    const checkpoint = ledger.checkpoint()
    grow(ledger.size + 1)
    await exportTo(shorter)
    await expect(exportTiles(databasePath, shorter, { checkpoint, open: (note) => ledger.openCheckpoint(note) })).rejects.toMatchObject({ code: 'inconsistent' })
    const unknown = emptyFolder()
    writeFileSync(join(unknown, 'tile'), '')
    await expect(exportTo(unknown)).rejects.toMatchObject({ code: 'inconsistent' })
  })

  it('have a second level of full tiles from 65,536 entries on, of which each hash is the root of the tile below', async () => {
    // Rows as they are stored, without signatures: nothing of them is looked at but leaves and nodes.
    const { db, databasePath } = createLedger()
    dropGuards(db)
    db.exec('DELETE FROM ledger_entries')
    const [store, size] = [new TreeStore(db), 65_536 + 300]
    let frontier = emptyFrontier
    db.transaction(() => {
      for (let seq = 0; seq < size; seq++) {
        const leaf = Buffer.from(`entry ${seq}`)
        const appended = appendLeaf(frontier, hashLeaf(leaf))
        store.addEntry(seq, Buffer.concat(appended.nodes), leaf)
        frontier = appended.frontier
      }
    })()
    const folder = emptyFolder()
    const checkpoint = { origin, size, root: frontierRoot(frontier) }
    expect(await exportTiles(databasePath, folder, { checkpoint: 'a note', open: () => checkpoint })).toMatchObject({ size, before: 0 })
    const ofLevels = filesIn(folder).filter((name) => /^tile\/[12]\//.test(name))
    expect(ofLevels).toEqual(['tile/1/000', 'tile/1/001.p/1', 'tile/2/000.p/1'])
    expect(filesIn(folder)).toContain('tile/0/257.p/44')
    const at = (name: string, index: number) => readFileSync(join(folder, name)).subarray(index * 32, (index + 1) * 32)
    // The root of 256 hashes, computed here (RFC 6962), is the hash one level up.
    const rootOf = (name: string): Buffer => {
      let row = Array.from({ length: 256 }, (_, index) => at(name, index))
      while (row.length > 1) row = row.flatMap((left, index) => (index % 2 === 0 ? [hash('sha256', Buffer.concat([Buffer.of(1), left, row[index + 1] ?? Buffer.alloc(0)]), 'buffer')] : []))
      return row[0] ?? Buffer.alloc(0)
    }
    expect(rootOf('tile/0/255').equals(at('tile/1/000', 255))).toBe(true)
    expect(rootOf('tile/1/000').equals(at('tile/2/000.p/1', 0))).toBe(true)
    expect(at('tile/0/000', 7).equals(hash('sha256', Buffer.from('\0entry 7'), 'buffer'))).toBe(true)
  })

  it('are refused where an earlier export is of the origin before a loss', async () => {
    const short = createShortLedger()
    const folder = emptyFolder()
    const exportAs = (ledger: Ledger) => exportTiles(short.databasePath, folder, { checkpoint: ledger.checkpoint(), open: (note) => ledger.openCheckpoint(note) })
    const before = Ledger.open(short.db, { ...short.options, highWater: { ...short.options.highWater, read: () => undefined } })
    await exportAs(before)
    const { ledger } = continueShort(short)
    await expect(exportAs(ledger)).rejects.toThrow('as this ledger was called before entries were lost')
  })

  it.skipIf(mayBeSkipped)('are read by a stranger with sumdb/tlog, who computes the root and proves entries through them', async () => {
    const folder = emptyFolder()
    await exportTo(folder)
    const { size } = fixture.ledger
    const [logKey] = fixture.ledger.verifierKeys()
    const ask = () => askStrangerAboutTiles(folder, logKey?.text ?? '', [0, 255, 256, 257, size - 1])
    expect(ask()).toEqual({ status: 0, output: `tree ${size}, 5 entries\n` })
    const tile = join(folder, 'tile/0/001')
    const bytes = readFileSync(tile)
    bytes[0] = (bytes[0] ?? 0) ^ 1
    writeFileSync(tile, bytes)
    expect(ask()).toMatchObject({ status: 1 })
  }, 120_000)
})
