import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError, type Client } from '../../shared/contract/index.ts'
import { connectToOrchestrator, createDataFolder, dataFolder, defaultDataFolder, readHolder, refuseForeignFolder } from '../client/index.ts'
import { askPassphrase } from './passphrase.ts'

/** The options that every command has. */
export interface GlobalOptions {
  readonly data?: string
  readonly json?: boolean
  /** Act as this person for one command, instead of who signed in with `strongroom login`. */
  readonly as?: string
  readonly passphraseFile?: string
}

/** How often a command that is under way says so: a person began it and waits for it, so their session does not run out meanwhile. */
const TOUCH_MS = 5 * 60_000

/** A connection for one command. */
export interface CommandSession {
  readonly client: Client
  readonly folder: string
  /** Asks again for the passphrase of whoever acts, for a signature of consequence: after what it signs was shown. */
  readonly passphraseToSign: () => Promise<string>
}

export function dataFolderOf(options: GlobalOptions): string {
  return dataFolder(options.data ?? defaultDataFolder()).root
}

/**
 * Connects, starting the orchestrator when none runs, runs `work`, and leaves nothing open. Throws `not-found`, having created nothing, where
 * there is no workplace, unless the command is the one that makes it.
 */
export async function withSession<T>(options: GlobalOptions, work: (session: CommandSession) => Promise<T>, { makes = false } = {}): Promise<T> {
  const folder = dataFolderOf(options)
  refuseForeignFolder(dataFolder(folder))
  if (!makes && !isThere(dataFolder(folder).database)) {
    throw new RequestError('not-found', `There is no workplace in ${folder}. Make one with 'strongroom setup', or say where yours is with --data or STRONGROOM_DATA.`)
  }
  const once = options.as !== undefined
  const { client, socket } = await connectToOrchestrator(folder, { start: true, clientKey: once ? newClientKey() : storedClientKey(folder) })
  // Standard input is read to its end the first time.
  let piped: string | null = null
  const passphrase = async (purpose: string): Promise<string> => {
    const given = piped ?? (await askPassphrase(purpose, options.passphraseFile))
    if (options.passphraseFile === '-') piped = given
    return given
  }
  // Where nobody is signed in, the command's own requests say so.
  const touch = () => void client.call('session.touch', {}).catch(() => undefined)
  touch()
  const touching = setInterval(touch, TOUCH_MS).unref()
  try {
    if (options.as !== undefined) {
      await client.call('session.open', { handle: options.as, passphrase: await passphrase(`Passphrase of ${options.as}`) })
    }
    return await work({ client, folder, passphraseToSign: () => passphrase('Passphrase, to sign') })
  } finally {
    clearInterval(touching)
    if (once) await client.call('session.close', {}).catch(() => undefined)
    client.close()
    socket.destroy()
  }
}

/** Where nobody can sign in to ask for it; the process is this user's own, so it is told directly. */
export function signalToStop(folder: string): void {
  const holder = readHolder(dataFolder(folder))
  if (holder) process.kill(holder.pid, 'SIGTERM')
}

/** A folder that may not be looked into is not one without a workplace: that is thrown. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** The command line's own name towards the orchestrator: who signs in with `login` stays signed in for it. */
function storedClientKey(folder: string): string {
  const path = join(folder, 'cli.key')
  try {
    const key = readFileSync(path, 'utf8').trim()
    if (/^[0-9a-f]{64}$/.test(key)) return key
  } catch {
    // There is none yet.
  }
  const key = newClientKey()
  createDataFolder(dataFolder(folder))
  try {
    writeFileSync(path, key, { mode: 0o600 })
  } catch (error) {
    // A write that fails does not name its file by itself.
    throw Object.assign(error as NodeJS.ErrnoException, { path })
  }
  return key
}

/** One that no other command has. */
export function newClientKey(): string {
  return randomBytes(32).toString('hex')
}
