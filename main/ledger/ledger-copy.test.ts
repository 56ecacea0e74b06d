import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLedgerOf, snapshotFact } from './fixtures.ts'
import { openLedgerCopy } from './ledger-copy.ts'

/** A ledger of 4 entries in the file, and of 2 more in its write-ahead log alone. */
function ledgerAtRest(): { file: string; wal: string; logKey: string | undefined } {
  const { db, folder, databasePath, ledger, orchestrator } = createLedgerOf(4)
  db.pragma('wal_checkpoint(TRUNCATE)')
  for (let i = 4; i < 6; i++) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(i)))
  const file = join(folder, 'copy.db')
  copyFileSync(databasePath, file)
  copyFileSync(`${databasePath}-wal`, `${file}-wal`)
  db.close()
  return { file, wal: `${file}-wal`, logKey: ledger.verifierKeys()[0]?.text }
}

const filesBeside = (file: string): string[] => readdirSync(join(file, '..')).filter((name) => name.startsWith('copy.db'))

describe('a copy of a database, looked at without an orchestrator', () => {
  it('is verified with what stands in its write-ahead log, and neither it nor its folder changes', async () => {
    const { file, wal, logKey } = ledgerAtRest()
    const before = [readFileSync(file), readFileSync(wal), filesBeside(file)]
    const temporary = readdirSync(tmpdir()).filter((name) => name.startsWith('strongroom-copy-'))
    const copy = openLedgerCopy(file)
    expect(copy).toMatchObject({ logKey, walBytes: statSync(wal).size })
    expect(await copy.verify({})).toMatchObject({ ok: true, size: 6 })
    copy.close()
    expect([readFileSync(file), readFileSync(wal), filesBeside(file)]).toEqual(before)
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('strongroom-copy-'))).toEqual(temporary)
  })

  it('is what its file alone holds where the write-ahead log was not copied with it', async () => {
    const { file, wal } = ledgerAtRest()
    execFileSync('rm', [wal])
    const copy = openLedgerCopy(file)
    expect(copy.walBytes).toBe(0)
    expect(await copy.verify({})).toMatchObject({ ok: true, size: 4 })
    copy.close()
  })

  it('is held to the high-water mark beside it, which knows of what was cut off', async () => {
    const { file, wal } = ledgerAtRest()
    const whole = openLedgerCopy(file)
    expect(whole.highWater?.path).toBe(join(file, '..', 'high-water'))
    expect(await whole.verify({ anchors: [whole.highWater?.note ?? ''] })).toMatchObject({ ok: true, anchors: [{ size: 6 }] })
    whole.close()
    execFileSync('rm', [wal])
    const cut = openLedgerCopy(file)
    expect(await cut.verify({ anchors: [cut.highWater?.note ?? ''] })).toMatchObject({ ok: false, damage: { kind: 'truncated', seq: 4 } })
    cut.close()
    execFileSync('rm', [join(file, '..', 'high-water')])
    const alone = openLedgerCopy(file)
    expect(alone.highWater).toBeUndefined()
    alone.close()
  })

  it('is refused by its own name where it is no database of ours or its guards were altered', () => {
    const { file } = ledgerAtRest()
    execFileSync('sqlite3', [file, 'DROP TRIGGER ledger_entries_update'])
    expect(() => openLedgerCopy(file)).toThrow(expect.objectContaining({ code: 'altered-schema', path: file, message: expect.stringContaining(file) as string }))
    writeFileSync(file, 'no database at all')
    expect(() => openLedgerCopy(file)).toThrow(expect.objectContaining({ code: 'foreign-database', path: file }))
    expect(() => openLedgerCopy(`${file}.gone`)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})
