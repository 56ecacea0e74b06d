import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { createAdmission } from './admission.ts'
import { readAssets, type Asset } from './assets.ts'
import { GatewayError } from './gateway-error.ts'
import { cookieName, isOwnHost, isOwnOrigin, readCookie } from './own-address.ts'
import { REFUSAL_STYLE_SOURCE } from './refusal-style.ts'
import { REFUSALS, refusalPage, type Refusal } from './refusals.ts'
import { MAX_MESSAGE_BYTES, attach, relay } from './relay.ts'
import { assetHeaders, securityHeaders } from './response-headers.ts'
import { webSocketChannel } from './web-socket-channel.ts'

// An import of it reads all its names, and one of them loads an HTTP client that nobody uses here, for a tenth of a second.
const { createServer } = process.getBuiltinModule('node:http')

const LOOPBACK = '127.0.0.1'
const OPEN_PATH = '/open/'
const SOCKET_PATH = '/socket'
/** Windows open at once, over all browsers. */
const MAX_WINDOWS = 64

export interface GatewayOptions {
  /** The built interface: a folder with index.html. */
  readonly rendererFolder: string
  /** TCP port on 127.0.0.1; 0, the default, lets the system choose. */
  readonly port?: number
  /** Opens a fresh connection to the orchestrator, nothing said on it yet. */
  readonly openSocket: () => Promise<Socket>
  /** Milliseconds since the epoch; a test may turn the clock. */
  readonly now?: () => number
}

export interface Gateway {
  /** A first one-time address. */
  readonly url: string
  readonly port: number
  /** A further one-time address: 256 bit, good once, within ten minutes. */
  issueAddress(): string
  /** Closes every window's connection and stops listening. */
  close(): Promise<void>
}

/**
 * Serves the interface to browsers on this machine, over HTTP and WebSocket on 127.0.0.1 only, and relays each window to the orchestrator.
 * A one-time address admits a browser by cookie; everything else needs the cookie. Other users of this machine, other sites in the same
 * browser and rebound DNS names are kept out, as long as the browser is not led to another server of this machine, which would be sent the
 * cookie too. A process of the same user is not kept out, and need not be: it can open the orchestrator's socket.
 *
 * @throws GatewayError `renderer-missing`, `port-taken`, `listen-failed`.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const assets = readAssets(options.rendererFolder)
  const admission = createAdmission(options.now)
  const windows = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  const server = createServer()
  const port = await listen(server, options.port ?? 0)
  let openWindows = 0

  const clientKeyOf = (request: IncomingMessage) => admission.clientKeyOf(readCookie(request.headers.cookie, cookieName(port)) ?? '')

  server.on('request', (request, response) => {
    const { host } = request.headers
    if (!isOwnHost(host, port)) return refuse(response, 'foreign-host')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 'wrong-method')
    const path = request.url?.split('?', 1)[0] ?? ''
    if (path.startsWith(OPEN_PATH)) {
      // HEAD must not use the address up: link checkers send it.
      const cookie = request.method === 'GET' ? admission.redeem(path.slice(OPEN_PATH.length)) : null
      return cookie === null ? refuse(response, 'address-used') : admit(response, cookieName(port), cookie)
    }
    if (clientKeyOf(request) === null) return refuse(response, 'not-admitted')
    const asset = assets.get(path)
    return asset ? sendAsset(request, response, asset, host) : refuse(response, 'not-found')
  })

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const { host, origin } = request.headers
    if (!isOwnHost(host, port)) return refuseUpgrade(socket, '421 Misdirected Request')
    if (!isOwnOrigin(origin, host)) return refuseUpgrade(socket, '403 Forbidden')
    if (request.url !== SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found')
    const clientKey = clientKeyOf(request)
    if (clientKey === null) return refuseUpgrade(socket, '401 Unauthorized')
    if (openWindows >= MAX_WINDOWS) return refuseUpgrade(socket, '503 Service Unavailable')
    openWindows++
    socket.on('close', () => openWindows--)
    return void admitWindow(request, socket, head, clientKey)
  })

  // The orchestrator first: a window whose socket opens can talk to it.
  const admitWindow = async (request: IncomingMessage, socket: Duplex, head: Buffer, clientKey: string) => {
    try {
      const connection = await attach(options.openSocket, clientKey)
      socket.on('close', () => connection.socket.destroy())
      if (socket.destroyed) connection.socket.destroy()
      else windows.handleUpgrade(request, socket, head, (window) => relay(webSocketChannel(window), connection))
    } catch {
      refuseUpgrade(socket, '503 Service Unavailable')
    }
  }

  const issueAddress = () => `http://${LOOPBACK}:${port}${OPEN_PATH}${admission.issue()}`
  return { url: issueAddress(), port, issueAddress, close: () => stop(server, windows) }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new GatewayError('port-taken', `Port ${port} on ${LOOPBACK} is taken. Choose another, or leave the choice to the system with port 0.`)
          : new GatewayError('listen-failed', `Cannot listen on ${LOOPBACK}:${port}: ${error.message}.`),
      )
    })
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port))
  })
}

function stop(server: Server, windows: WebSocketServer): Promise<void> {
  return new Promise((resolve) => {
    for (const window of windows.clients) window.terminate()
    windows.close()
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  const body = refusalPage(refusal)
  response.writeHead(REFUSALS[refusal].status, {
    ...securityHeaders([]),
    'Content-Security-Policy': `default-src 'none'; style-src ${REFUSAL_STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    ...(refusal === 'wrong-method' ? { Allow: 'GET, HEAD' } : {}),
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

function admit(response: ServerResponse, name: string, secret: string): void {
  response.writeHead(303, {
    ...securityHeaders([]),
    'Set-Cookie': `${name}=${secret}; Path=/; HttpOnly; SameSite=Strict`,
    'Cache-Control': 'no-store',
    Location: '/',
  })
  response.end()
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset, host: string): void {
  const unchanged = request.headers['if-none-match'] === asset.etag
  response.writeHead(unchanged ? 304 : 200, { ...securityHeaders([`ws://${host}`]), ...assetHeaders(asset) })
  response.end(unchanged || request.method === 'HEAD' ? undefined : asset.body)
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
