import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Names a folder on a disk, where the tests' own temporary folder may be in memory (e2e/temporary-folder.ts). */
export const TEST_DISK = 'STRONGROOM_TEST_DISK'

/** A new folder for a test of what a disk keeps: kills, faults, files and databases that last. It is removed after the last test. */
export function newFolderOnDisk(name: string): string {
  return mkdtempSync(join(process.env[TEST_DISK] ?? tmpdir(), `${name}-`))
}
