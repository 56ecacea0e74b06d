import { execFile } from 'node:child_process'
import { release } from 'node:os'

/**
 * Makes everything durable that was written to the file system of a folder, in one go: `syncfs(2)`, which Node has no call for, by `sync -f`. Of thousands
 * of small files it takes a fraction of the time that `fsync` takes of each. False where that cannot be had or fails: then each file is synced. Before Linux 5.8 it says nothing of
 * what could not be written (syncfs(2), "ERRORS").
 */
export async function flushFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== 'linux' || !isFrom(release(), 5, 8)) return false
  return new Promise((resolve) => void execFile('sync', ['-f', folder], (error) => resolve(error === null)))
}

function isFrom(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return first > major || (first === major && second >= minor)
}
