import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { NotificationType, RequestType, type MessageConnection } from 'vscode-jsonrpc/node'
import { z } from 'zod'
import { messageConnection } from '../../wire/index.ts'

/** JSON-RPC 2.0 between a runner and whoever is attached to it. Hints only: the files are the truth. */
export const OutputHint = new NotificationType<{ size: number }>('output')
export const Ended = new NotificationType<Record<string, never>>('ended')
export const CancelRequest = new RequestType<{ graceMs: number | null }, Record<string, never>, void>('cancel')
export const ResizeRequest = new RequestType<{ columns: number; rows: number }, Record<string, never>, void>('resize')

/** What a person types: text, of which the terminal takes as much as it has room for; 4,096 UTF-16 units at most. */
export const InputRequest = new RequestType<{ text: string }, { taken: number }, void>('input')

const InputParams = z.strictObject({ text: z.string().min(1).max(4096) })
const CancelParams = z.strictObject({ graceMs: z.number().int().nonnegative().max(600_000).nullable() })
const ResizeParams = z.strictObject({ columns: z.number().int().min(1).max(1000), rows: z.number().int().min(1).max(1000) })

/** A client that reads too slowly is spared the hints that it cannot take. */
const CLIENT_BACKLOG = 1 << 20
const HINT_INTERVAL = 100

export interface ControlActions {
  cancel(graceMs: number | null): void
  resize(columns: number, rows: number): void
  /** Returns how many bytes of the text, in UTF-8, were taken: 0 where no command runs. */
  input(text: string): number
}

/** The socket on which a runner takes requests and tells that output grew or that it ended. */
export class Control {
  readonly #server: Server
  readonly #clients = new Map<Socket, MessageConnection>()
  #size = 0
  #timer: NodeJS.Timeout | null = null

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(path: string, actions: ControlActions): Promise<Control> {
    if (process.platform !== 'win32') rmSync(path, { force: true })
    const server = createServer()
    const control = new Control(server)
    server.on('connection', (socket) => control.#accept(socket, actions))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    if (process.platform !== 'win32') chmodSync(path, 0o600)
    return control
  }

  /** Tells clients the recording's size, at most ten times a second. */
  grew(size: number): void {
    this.#size = size
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      for (const [socket, connection] of this.#clients) {
        if (socket.writableLength > CLIENT_BACKLOG) continue
        connection.sendNotification(OutputHint, { size: this.#size }).catch(() => socket.destroy())
      }
    }, HINT_INTERVAL)
  }

  /** Says that the result is there, and closes. */
  async end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#server.close()
    await Promise.all(
      [...this.#clients].map(async ([socket, connection]) => {
        const sent = connection.sendNotification(Ended, {}).catch(() => undefined)
        const late = new Promise((resolve) => setTimeout(resolve, 500))
        await Promise.race([sent, late])
        socket.destroySoon()
      }),
    )
  }

  #accept(socket: Socket, actions: ControlActions): void {
    const connection = messageConnection(socket)
    this.#clients.set(socket, connection)
    connection.onRequest(CancelRequest, (params) => {
      actions.cancel(CancelParams.parse(params).graceMs)
      return {}
    })
    connection.onRequest(ResizeRequest, (params) => {
      const { columns, rows } = ResizeParams.parse(params)
      actions.resize(columns, rows)
      return {}
    })
    connection.onRequest(InputRequest, (params) => ({ taken: actions.input(InputParams.parse(params).text) }))
    const forget = (): void => {
      if (this.#clients.delete(socket)) connection.dispose()
    }
    connection.onError(() => socket.destroy())
    connection.onClose(forget)
    socket.on('error', () => socket.destroy())
    socket.on('close', forget)
    connection.listen()
  }
}
