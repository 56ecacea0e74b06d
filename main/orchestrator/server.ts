import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { ProgressType, ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node'
import {
  AttachParams,
  METHODS,
  REQUEST_FAILED,
  RequestError,
  WIRE,
  mayDo,
  mayDoSomewhere,
  TOLD_OF,
  type ErrorData,
  type Holding,
  type OrchestratorEvent,
} from '../../shared/contract/index.ts'
import type { Sessions } from '../identity/index.ts'
import { messageConnection } from '../wire/index.ts'
import { parseBody, type Router } from './router.ts'
import type { Finder } from './targets.ts'

export interface ServerDependencies {
  readonly router: Router
  /** Null until the workplace is set up. */
  readonly sessions: () => Sessions | null
  readonly finder: () => Finder
  /** Nobody is connected any more. */
  readonly onAlone?: () => void
}

const progressType = new ProgressType<unknown>()

interface Peer {
  readonly connection: MessageConnection
  readonly socket: Socket
  clientKey: string | null
}

/** The socket that every client speaks to: this user's alone, JSON-RPC 2.0, one `Peer` a connection. */
export class OrchestratorServer {
  readonly #dependencies: ServerDependencies
  readonly #peers = new Set<Peer>()
  readonly #server: Server
  #isStopping = false

  constructor(dependencies: ServerDependencies) {
    this.#dependencies = dependencies
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Listens at `address`. The caller holds the data folder's lock, so a socket file that is there is a dead one. */
  async listen(address: string): Promise<void> {
    if (process.platform !== 'win32') {
      mkdirSync(dirname(address), { recursive: true, mode: 0o700 })
      rmSync(address, { force: true })
    }
    // Created for this user alone, not narrowed afterwards: there is no moment at which somebody else may connect.
    const mask = process.umask(0o177)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject)
        this.#server.listen(address, resolve)
      })
    } finally {
      process.umask(mask)
    }
    if (process.platform !== 'win32') chmodSync(address, 0o600)
  }

  /** Whether nobody is connected. */
  get isAlone(): boolean {
    return this.#peers.size === 0
  }

  /** Tells every client that is signed in and may read what the event is about. */
  broadcast(event: OrchestratorEvent): void {
    const sessions = this.#dependencies.sessions()
    for (const { connection, socket, clientKey } of this.#peers) {
      // A client that does not read is not sent more: it asks again once it does.
      if (clientKey === null || !sessions?.find(clientKey) || socket.writableLength > 4 << 20) continue
      if (!this.#isToldOf(event, sessions.holdings(clientKey))) continue
      void connection.sendNotification(WIRE.event, event).catch(() => undefined)
    }
  }

  /** Tells one client's connections, signed in or not: its own session came or went. */
  tellClient(clientKey: string, event: OrchestratorEvent): void {
    for (const peer of this.#peers) {
      if (peer.clientKey === clientKey) void peer.connection.sendNotification(WIRE.event, event).catch(() => undefined)
    }
  }

  /** Takes no further connection and answers no further request; those that are open stay so, to end when all is closed. */
  refuse(): void {
    this.#isStopping = true
    this.#server.close()
  }

  /** Ends every connection: to a client this says that the orchestrator has stopped, files and all. */
  endConnections(): void {
    for (const { connection, socket } of this.#peers) {
      connection.dispose()
      socket.end()
      socket.destroySoon()
    }
  }

  #accept(socket: Socket): void {
    const connection = messageConnection(socket)
    const peer: Peer = { connection, socket, clientKey: null }
    this.#peers.add(peer)
    connection.onClose(() => {
      this.#peers.delete(peer)
      if (this.isAlone) this.#dependencies.onAlone?.()
    })
    connection.onError(() => socket.destroy())
    socket.on('error', () => socket.destroy())

    connection.onRequest(WIRE.attach, (body: unknown) => {
      const parsed = AttachParams.safeParse(body)
      if (!parsed.success) return toResponseError(new RequestError('invalid-request', 'client.attach takes {clientKey: 64 hexadecimal digits}.'))
      if (peer.clientKey !== null) return toResponseError(new RequestError('conflict', 'This connection is attached already.'))
      peer.clientKey = parsed.data.clientKey
      return {}
    })
    for (const method of METHODS) {
      connection.onRequest(method, async (body: unknown, token: CancellationToken) => {
        const abort = new AbortController()
        token.onCancellationRequested(() => abort.abort())
        try {
          if (this.#isStopping) throw new RequestError('conflict', 'The orchestrator is stopping. Try again in a moment.')
          if (peer.clientKey === null) throw new RequestError('invalid-request', 'Attach first: send client.attach.')
          const clientKey = peer.clientKey
          const { input, progressToken } = parseBody(body)
          return await this.#dependencies.router.answer(method, input, {
            clientKey,
            actor: () => this.#sessions().actor(clientKey),
            holdings: () => this.#sessions().holdings(clientKey),
            signal: abort.signal,
            progress: (share, text) => {
              if (progressToken !== undefined) void connection.sendProgress(progressType, progressToken, { share, text }).catch(() => undefined)
            },
          })
        } catch (error) {
          return toResponseError(error instanceof RequestError ? error : new RequestError('internal', 'The request could not be answered.'))
        }
      })
    }
    connection.listen()
  }

  #isToldOf(event: OrchestratorEvent, holdings: readonly Holding[]): boolean {
    const permission = TOLD_OF[event.type]
    if (permission === 'session' || mayDo(holdings, permission)) return true
    const project = 'project' in event ? event.project : 'run' in event ? this.#dependencies.finder().run(event.run)?.project : undefined
    return project !== undefined && mayDoSomewhere(holdings, permission, project)
  }

  #sessions(): Sessions {
    const sessions = this.#dependencies.sessions()
    if (!sessions) throw new RequestError('not-set-up', 'This workplace is not set up yet. Set it up first.')
    return sessions
  }
}

function toResponseError(error: RequestError): ResponseError<ErrorData> {
  return new ResponseError(REQUEST_FAILED, error.message, { code: error.code, problems: [...error.problems] })
}
