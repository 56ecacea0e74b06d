import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

/** Reads `--data FOLDER` or `--data=FOLDER` from a command line that Electron and Chromium have added their own words to. */
export function readDataFolder(argv: readonly string[], byDefault: string): string {
  const at = argv.indexOf('--data')
  const value = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--data='))?.slice('--data='.length)
  return value === undefined || value === '' ? byDefault : resolve(value)
}

/** Where Chromium keeps what it must for one data folder's window. A folder each, since the lock for a single window lies in it. */
export function chromiumFolder(appData: string, dataFolder: string): string {
  return join(appData, 'strongroom-window', createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 16))
}
