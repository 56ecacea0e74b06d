import type { Socket } from 'node:net'
import { StreamMessageReader, StreamMessageWriter, type Message } from 'vscode-jsonrpc/node'
import { WIRE } from '../../shared/contract/wire.ts'

/** Why a window's channel is closed. The window connects again after the first, and not after the second. */
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

const ATTACH_ID = 'attach'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A message that a window may send on: a request, notification or response, never `client.attach`, which would let a renderer take another
 * client's session. Answers null otherwise.
 */
export function readWindowMessage(text: string): Message | null {
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

/**
 * Joins a window to the orchestrator: opens a connection, names the client by `clientKey`, then passes messages both ways, each side no
 * faster than the other takes them. Ends both when either ends. Messages are parsed and written anew, so that what was checked is what goes on.
 *
 * @param clientKey 64 hex digits; see `WIRE.attach`.
 */
export async function relay(channel: WindowChannel, openSocket: () => Promise<Socket>, clientKey: string): Promise<void> {
  let windowClosed = false
  let socket: Socket | null = null
  channel.onClosed(() => {
    windowClosed = true
    socket?.destroy()
  })
  channel.pause()
  try {
    socket = await openSocket()
  } catch {
    channel.close('orchestrator-lost')
    return
  }
  if (windowClosed) socket.destroy()
  else join(channel, socket, clientKey)
}

function join(channel: WindowChannel, socket: Socket, clientKey: string): void {
  const reader = new StreamMessageReader(socket)
  const writer = new StreamMessageWriter(socket)
  let attached = false
  let waiting = 0

  const end = (reason: CloseReason) => {
    channel.close(reason)
    socket.destroy()
  }
  const passUp = (message: Message) => {
    // A message that cannot be written is one nested deeper than the stack: nothing of ours sends such.
    writer.write(message).catch(() => end('refused'))
    if (socket.writableNeedDrain) channel.pause()
  }
  const passDown = (message: Message) => {
    const text = JSON.stringify(message)
    waiting += text.length
    if (waiting > HIGH_WATER) socket.pause()
    channel.send(text, () => {
      waiting -= text.length
      if (waiting < LOW_WATER && socket.isPaused()) socket.resume()
    })
  }

  socket.on('drain', () => {
    if (attached) channel.resume()
  })
  socket.on('error', () => end('orchestrator-lost'))
  socket.on('close', () => end('orchestrator-lost'))
  reader.onError(() => end('orchestrator-lost'))
  channel.onText((text) => {
    const message = readWindowMessage(text)
    if (message) passUp(message)
    else end('refused')
  })
  reader.listen((message) => {
    if (attached) {
      passDown(message)
      return
    }
    // The answer to our own `client.attach`; until it is there the window stays paused, so nothing else can come first but events.
    if (!('id' in message) || message.id !== ATTACH_ID) return
    if ('error' in message) {
      end('refused')
      return
    }
    attached = true
    channel.resume()
  })
  passUp({ jsonrpc: '2.0', id: ATTACH_ID, method: WIRE.attach, params: { clientKey } } as Message)
}
