import type { Socket } from 'node:net'
import { StreamMessageWriter, type Message } from 'vscode-jsonrpc/node'
import { WIRE } from '../../shared/contract/wire.ts'
import { messageReader } from '../wire/index.ts'
import { GatewayError } from './gateway-error.ts'

/** Why a window's channel is closed: the orchestrator's side ended, or something was said that nobody of ours says. */
export type CloseReason = 'orchestrator-lost' | 'refused'

/** A window's end: JSON-RPC messages as text, one at a time, from a WebSocket or an Electron port. */
export interface WindowChannel {
  onText(listener: (text: string) => void): void
  onClosed(listener: () => void): void
  /** Calls `sent` when the text has left this process. */
  send(text: string, sent: () => void): void
  pause(): void
  resume(): void
  close(reason: CloseReason): void
}

/** Characters that may wait for a slow window before the orchestrator's side is held up, and what must be left to go on. */
const HIGH_WATER = 4 * 1024 * 1024
const LOW_WATER = 1024 * 1024

/** The largest message of a window, in bytes on a WebSocket. Its largest is a pipeline document; this is many times that. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

const ATTACH_ID = 'attach'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A message that a window may send on: a request, notification or response, never `client.attach`, which would let a renderer take another
 * client's session. Answers null otherwise.
 */
export function readWindowMessage(text: string): Message | null {
  if (text.length > MAX_MESSAGE_BYTES) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(parsed) || parsed.jsonrpc !== '2.0') return null
  if ('method' in parsed && (typeof parsed.method !== 'string' || parsed.method === WIRE.attach)) return null
  return { ...parsed, jsonrpc: '2.0' }
}

/** A connection to the orchestrator on which one client was named, and on which everything else is a window's. */
export interface AttachedConnection {
  readonly socket: Socket
  readonly writer: StreamMessageWriter
  /** Hands over what comes, from the first message after the attachment on. Called once. */
  listen(listener: (message: Message) => void): void
}

/**
 * Opens a connection to the orchestrator and names the client on it.
 *
 * @param clientKey 64 hex digits; see `WIRE.attach`.
 * @throws GatewayError `orchestrator-away`, `orchestrator-refused`.
 */
export async function attach(openSocket: () => Promise<Socket>, clientKey: string): Promise<AttachedConnection> {
  const socket = await openSocket().catch((error: unknown) => {
    throw away(error)
  })
  const reader = messageReader(socket)
  const writer = new StreamMessageWriter(socket)
  const early: Message[] = []
  let deliver: (message: Message) => void = (message) => early.push(message)

  await new Promise<void>((resolve, reject) => {
    let attached = false
    socket.on('error', (error) => reject(away(error)))
    socket.on('close', () => reject(away('it closed the connection')))
    reader.listen((message) => {
      if (attached) {
        deliver(message)
      } else if ('id' in message && message.id === ATTACH_ID) {
        attached = true
        if (!('error' in message)) return resolve()
        reject(new GatewayError('orchestrator-refused', 'The orchestrator refused this client. Is it of the same version?'))
        socket.destroy()
      }
    })
    const request = { jsonrpc: '2.0', id: ATTACH_ID, method: WIRE.attach, params: { clientKey } }
    writer.write(request as Message).catch((error: unknown) => reject(away(error)))
  })
  return {
    socket,
    writer,
    listen(listener) {
      deliver = listener
      early.splice(0).forEach((message) => listener(message))
    },
  }
}

function away(cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new GatewayError('orchestrator-away', `The orchestrator does not answer: ${why}.`)
}

/**
 * Passes messages both ways between a window and the orchestrator, each side no faster than the other takes them. Ends both when either
 * ends. Messages are parsed and written anew, so that what was checked is what goes on.
 */
export function relay(channel: WindowChannel, connection: AttachedConnection): void {
  const { socket, writer } = connection
  let waiting = 0
  const end = (reason: CloseReason) => {
    channel.close(reason)
    socket.destroy()
  }

  socket.on('drain', () => channel.resume())
  socket.on('close', () => end('orchestrator-lost'))
  channel.onClosed(() => socket.destroy())
  channel.onText((text) => {
    const message = readWindowMessage(text)
    if (!message) return end('refused')
    // A message that cannot be written is one nested deeper than the stack: nothing of ours sends such.
    writer.write(message).catch(() => end('refused'))
    if (socket.writableNeedDrain) channel.pause()
  })
  connection.listen((message) => {
    const text = JSON.stringify(message)
    waiting += text.length
    if (waiting > HIGH_WATER) socket.pause()
    channel.send(text, () => {
      waiting -= text.length
      if (waiting < LOW_WATER && socket.isPaused()) socket.resume()
    })
  })
  if (socket.destroyed) end('orchestrator-lost')
}
