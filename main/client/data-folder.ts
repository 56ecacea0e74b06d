import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { RequestError } from '../../shared/contract/index.ts'

/** Where a workplace keeps everything that lasts, when nobody says otherwise: the platform's place for application data. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env.STRONGROOM_DATA) return resolve(env.STRONGROOM_DATA)
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Strongroom')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Strongroom')
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'strongroom')
}

/** The names inside a data folder. */
export interface DataFolder {
  readonly root: string
  readonly database: string
  readonly lock: string
  /** Who holds the lock, for messages: the lock itself is the operating system's. */
  readonly holder: string
  readonly keys: string
  /** A key for the names of each person. */
  readonly personKeys: string
  readonly runs: string
  readonly packs: string
  readonly projects: string
  readonly logs: string
  readonly highWater: string
  /** The action of every entry, for the next process. */
  readonly catalogue: string
  /** What files were found to be; may be deleted. */
  readonly hints: string
  /** Up to where the ledger was verified. */
  readonly verified: string
  readonly socket: string
}

export function dataFolder(root: string): DataFolder {
  const path = resolve(root)
  return {
    root: path,
    database: join(path, 'strongroom.db'),
    lock: join(path, 'orchestrator.lock'),
    holder: join(path, 'orchestrator.json'),
    keys: join(path, 'keys'),
    personKeys: join(path, 'keys', 'people'),
    runs: join(path, 'runs'),
    packs: join(path, 'packs'),
    projects: join(path, 'projects'),
    logs: join(path, 'logs'),
    highWater: join(path, 'high-water'),
    catalogue: join(path, 'catalogue'),
    hints: join(path, 'hints.db'),
    verified: join(path, 'verified'),
    socket: socketAddress(path),
  }
}

/**
 * Throws `conflict` where the folder is another user's: what a command of root left in it, its owner could not write any more. A folder
 * that is not there yet is nobody's. Windows has no owner to compare.
 */
export function refuseForeignFolder({ root }: DataFolder): void {
  const owner = statSync(root, { throwIfNoEntry: false })?.uid
  const user = process.geteuid?.()
  if (owner === undefined || user === undefined || owner === user) return
  throw new RequestError('conflict', `${root} belongs to the user with id ${owner}, and this is ${user}. Run this as its owner: 'sudo -u#${owner} ...'.`)
}

/** Creates the folders, for this user alone. */
export function createDataFolder(folder: DataFolder): void {
  for (const path of [folder.root, folder.keys, folder.runs, folder.packs, folder.logs]) mkdirSync(path, { recursive: true, mode: 0o700 })
  if (process.platform !== 'win32' && (statSync(folder.root).mode & 0o077) !== 0) chmodSync(folder.root, 0o700)
}

/** Unix socket addresses hold about 104 bytes (sun_path); a longer one moves to a private folder in the runtime directory. */
const LONGEST_SOCKET_PATH = 100

function socketAddress(root: string): string {
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 32)
  if (process.platform === 'win32') return `\\\\.\\pipe\\strongroom-${digest}`
  const beside = join(root, 'orchestrator.sock')
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH) return beside
  return join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `strongroom-${userInfo().uid}`, `${digest}.sock`)
}

const Holder = z.object({ pid: z.number().int(), startedAt: z.string(), software: z.string() })
export type Holder = z.infer<typeof Holder>

/** Who holds the data folder, as far as its file says. */
export function readHolder(folder: DataFolder): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(folder.holder, 'utf8')))
  } catch {
    return null
  }
}
