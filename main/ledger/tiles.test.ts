import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLedger, snapshotFact, type LedgerFixture } from './fixtures.ts'
import { askStrangerAboutTiles, mayBeSkipped } from './stranger/check.ts'
import { exportTiles, type TilesExport } from './tiles.ts'

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
    expect(await exportTo(folder)).toEqual({ size: 300, before: 0, written: 6 })
    const first = ['checkpoint', 'tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/44']
    expect(filesIn(folder)).toEqual(first)
    expect(statSync(join(folder, 'tile/0/000')).size).toBe(8_192)
    const before = new Map(first.map((name) => [name, readFileSync(join(folder, name))]))
    expect(await exportTo(folder)).toMatchObject({ before: 300, written: 1 })
    grow(600)
    expect(await exportTo(folder)).toMatchObject({ size: 600, before: 300, written: 6 })
    expect(filesIn(folder)).toEqual([...first, 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2', 'tile/entries/001', 'tile/entries/002.p/88'].sort())
    for (const name of first.slice(1)) expect(readFileSync(join(folder, name)).equals(before.get(name) ?? Buffer.alloc(0))).toBe(true)
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
