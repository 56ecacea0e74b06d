import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { TEST_DISK } from '../main/storage/disk-fixture.ts'

const MEMORY = '/dev/shm'
/** Bytes free in memory below which the disk is taken: five times what the unit tests ever have there. */
const ENOUGH = 1 << 30

/**
 * Before the first test: a temporary folder for all of them, so that what they leave in it does not stay on the machine. Afterwards: removed.
 * That of the unit tests is in memory where there is room, as they would wait for the disk tens of thousands of times; those that are about
 * what a disk keeps have a folder there all the same.
 */
export default function ownTemporaryFolder({ name }: TestProject): () => void {
  const onDisk = mkdtempSync(join(process.env[TEST_DISK] ?? tmpdir(), 'strongroom-tests-'))
  const folder = name === 'unit' && hasRoomInMemory() ? mkdtempSync(join(MEMORY, 'strongroom-tests-')) : onDisk
  process.env[TEST_DISK] = onDisk
  process.env.TMPDIR = folder
  return () => {
    for (const each of new Set([folder, onDisk])) rmSync(each, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Whether there is such a folder, large enough, in which programs may be run: tests write some. */
function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < ENOUGH) return false
    const folder = mkdtempSync(join(MEMORY, 'strongroom-tests-'))
    try {
      const program = join(folder, 'program')
      writeFileSync(program, '', { mode: 0o700 })
      accessSync(program, constants.X_OK)
      return true
    } finally {
      rmSync(folder, { recursive: true })
    }
  } catch {
    return false
  }
}
