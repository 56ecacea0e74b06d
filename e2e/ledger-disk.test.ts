import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { verifyLedger } from '../main/ledger/index.ts'
import { bundleWriter, makeKeys, requireSaid, startWriter, type Said } from '../main/ledger/kills/writers.ts'
import { SmallDisk, whyNoSmallDisk } from './small-disk.ts'

const missing = whyNoSmallDisk()
if (missing !== null) console.warn(missing)

const base = mkdtempSync(join(tmpdir(), 'strongroom-ledger-disk-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

it.skipIf(missing !== null && process.env.CI !== 'true')('a ledger on a disk that fills up, and one that becomes read-only, loses nothing that was acknowledged and shows no half of an entry', async () => {
  const program = await bundleWriter(base)
  const disk = await SmallDisk.mount(8)
  const folder = join(disk.folder, 'data')
  const database = join(disk.seen(folder), 'ledger.db')
  const start = () => startWriter(program, folder, { under: disk.launch })
  /** Every acknowledged entry is there by its hash, and all that there is verifies; looked at in a copy elsewhere, as the disk may not be written. */
  const examine = async (...said: readonly Said[]): Promise<number> => {
    const copy = join(base, 'copy.db')
    for (const part of ['', '-wal', '-shm']) {
      rmSync(copy + part, { force: true })
      if (part !== '-shm' && existsSync(database + part)) copyFileSync(database + part, copy + part)
    }
    expect(await verifyLedger(copy)).toMatchObject({ ok: true })
    return Math.min(...said.map((each) => requireSaid(copy, each)))
  }
  try {
    makeKeys(disk.seen(folder))
    disk.fill(2_000_000)
    const filling = start()
    await filling.begin()
    const full = await filling.ended
    expect(full).toMatchObject({ signal: null, complaint: expect.stringContaining('The disk is full') as string })
    const size = await examine(filling.said())

    // Where there is room again, the next one goes on, and what the last one said is there by its hash.
    disk.free()
    const again = start()
    await again.begin()
    again.child.kill('SIGKILL')
    await again.ended
    expect(await examine(filling.said(), again.said())).toBeGreaterThan(size)

    await disk.remount('ro')
    const refused = start()
    await expect(refused.begin()).rejects.toThrow('read-only')
    const before = await examine(again.said())
    await disk.remount('rw')
    const last = start()
    await last.begin()
    last.child.kill('SIGKILL')
    await last.ended
    expect(await examine(filling.said(), again.said(), last.said())).toBeGreaterThan(before)
  } finally {
    await disk.close()
  }
}, 120_000)
