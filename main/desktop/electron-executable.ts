import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const EXECUTABLES: Partial<Record<NodeJS.Platform, string>> = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }

/**
 * Where Electron's executable lies in a checkout, or null. Electron's own package answers this too, but downloads it when it is not there.
 *
 * @param root the folder that holds node_modules.
 */
export function electronExecutable(root: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const installed = join(root, 'node_modules', 'electron')
  const named = join(installed, 'path.txt')
  const executable = existsSync(named) ? readFileSync(named, 'utf8') : (EXECUTABLES[process.platform] ?? 'electron')
  const path = join(env.ELECTRON_OVERRIDE_DIST_PATH ?? join(installed, 'dist'), executable)
  return existsSync(path) ? path : null
}
