import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { createClient, RequestError, WIRE, type Client } from '../../shared/contract/index.ts'
import { messageConnection } from '../wire/index.ts'
import { createDataFolder, dataFolder } from './data-folder.ts'
import { findInstallation, refuseDamaged, type Installation } from './installation.ts'

const POLL_MS = 15

export interface ConnectOptions {
  /** Starts an orchestrator when none runs; otherwise `not-found` is thrown. */
  readonly start: boolean
  /** Starts it although more was signed than the ledger has: it then answers `ledger.continue` and nothing else. */
  readonly evenShort?: boolean
  readonly installation?: Installation
  /** The environment that an orchestrator is started in, when it is not this process's own. */
  readonly env?: NodeJS.ProcessEnv
}

/** Why an orchestrator that was started ended at once, as it tells who started it. */
export const StartRefusal = z.object({ code: z.enum(['internal', 'ledger-short']), message: z.string() })
export type StartRefusal = z.infer<typeof StartRefusal>

/**
 * Opens a raw connection to a data folder's orchestrator. Throws `not-found` when none runs, `internal` when it does not start, `ledger-short` where its ledger
 * is to be continued first, `installation-damaged` when it must not be started.
 */
export async function openOrchestratorSocket(root: string, options: ConnectOptions): Promise<Socket> {
  const { start, installation = findInstallation() } = options
  // The passphrase of whoever starts it is none of its business: what runs as this user, stages among it, can read its environment.
  const env = { ...(options.env ?? process.env), STRONGROOM_PASSPHRASE: undefined }
  const folder = dataFolder(root)
  const running = await tryConnect(folder.socket)
  if (running) return running
  if (!start) throw new RequestError('not-found', `No orchestrator runs for ${folder.root}. Start one with 'strongroom serve' or any command that needs it.`)

  await refuseDamaged(installation)
  createDataFolder(folder)
  const errors = join(folder.logs, 'start.log')
  const stderr = openToWrite(errors)
  const child = spawn(installation.node, [installation.orchestrator, '--data', folder.root, ...(options.evenShort ? ['--even-short'] : [])], { detached: true, stdio: ['ignore', 'ignore', stderr ?? 'ignore', 'ipc'], env, windowsHide: true })
  if (stderr !== null) closeSync(stderr)
  let ended = false
  // Said directly as well: what it writes does not get into a file on a full disk, which may be the very reason.
  let refusal: StartRefusal = { code: 'internal', message: '' }
  child.on('message', (message) => {
    const { success, data } = StartRefusal.safeParse(message)
    if (success) refusal = data
  })
  child.on('exit', () => (ended = true))
  child.on('error', (error) => {
    ended = true
    refusal = { code: 'internal', message: `${installation.node} cannot be run: ${error.message}.` }
  })
  child.unref()
  // Its channel must not keep this process alive either, whichever end is closed first.
  child.channel?.unref()

  // However long it takes: to bring a large ledger to the form of this release takes minutes, and whoever gave up would stop it.
  for (;;) {
    // An orchestrator that lost the race for the data folder ends; the winner answers.
    const socket = await tryConnect(folder.socket)
    if (socket) {
      if (child.connected) child.disconnect()
      return socket
    }
    if (ended && !child.connected) {
      const said = refusal.message || readText(errors).trim()
      throw new RequestError(refusal.code, said === '' ? `The orchestrator for ${folder.root} did not start. See ${folder.logs}.` : said)
    }
    await delay(POLL_MS)
  }
}

function openToWrite(path: string): number | null {
  try {
    return openSync(path, 'w', 0o600)
  } catch {
    return null
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** A typed client of a data folder's orchestrator, attached as the client that `clientKey` (64 hex digits) names. */
export async function connectToOrchestrator(root: string, options: ConnectOptions & { readonly clientKey: string }): Promise<{ client: Client; socket: Socket }> {
  const socket = await openOrchestratorSocket(root, options)
  const connection = messageConnection(socket)
  const client = createClient(connection)
  await connection.sendRequest(WIRE.attach, { clientKey: options.clientKey })
  return { client, socket }
}

function tryConnect(address: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connectSocket(address)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', () => resolve(null))
  })
}
