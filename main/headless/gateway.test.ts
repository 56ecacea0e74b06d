import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StreamMessageReader, StreamMessageWriter, type Message } from 'vscode-jsonrpc/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { ADDRESS_LIFETIME_MS } from './admission.ts'
import { startGateway, type Gateway } from './gateway.ts'
import { MAX_MESSAGE_BYTES } from './relay.ts'

type Raw = Message & { id?: number | string; method?: string; params?: unknown; result?: unknown }

/** The orchestrator's side of a connection, as little as the relay needs: it takes `client.attach` and answers what it is asked. */
interface Peer {
  readonly server: Server
  readonly path: string
  readonly sockets: Socket[]
  readonly received: Raw[]
  refuseAttach: boolean
}

let folder: string
let peer: Peer
let gateway: Gateway
let clock = 0

async function startPeer(): Promise<Peer> {
  const path = join(folder, 'orchestrator.sock')
  const server = createServer()
  const started: Peer = { server, path, sockets: [], received: [], refuseAttach: false }
  server.on('connection', (socket) => {
    started.sockets.push(socket)
    socket.on('error', () => {})
    const writer = new StreamMessageWriter(socket)
    new StreamMessageReader(socket).listen((message: Raw) => {
      started.received.push(message)
      const answer =
        message.method === 'client.attach' && started.refuseAttach
          ? { jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'no' } }
          : { jsonrpc: '2.0', id: message.id, result: { echoed: message.method } }
      // A window that is closed waits for no answer.
      if (message.id !== undefined) writer.write(answer).catch(() => undefined)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return started
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(peer.path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: gateway.port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function admit(address = gateway.issueAddress()): Promise<string> {
  const answer = await ask(new URL(address).pathname)
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

const ownOrigin = () => `http://127.0.0.1:${gateway.port}`

function openWindow(headers: Record<string, string>, path = '/socket'): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, { headers, perMessageDeflate: false })
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

async function openAdmittedWindow(cookie?: string): Promise<WebSocket> {
  return openWindow({ Cookie: cookie ?? (await admit()), Origin: ownOrigin() })
}

const nextText = (socket: WebSocket) => new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-gateway-'))
  const renderer = join(folder, 'renderer')
  mkdirSync(join(renderer, 'assets'), { recursive: true })
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>Strongroom</title>')
  writeFileSync(join(renderer, 'assets', 'index-1a2b.js'), 'export {}')
  writeFileSync(join(folder, 'outside.txt'), 'secret')
  symlinkSync(join(folder, 'outside.txt'), join(renderer, 'link.txt'))
  peer = await startPeer()
  clock = 1_800_000_000_000
  gateway = await startGateway({ rendererFolder: renderer, openSocket, now: () => clock })
})

afterEach(async () => {
  await gateway.close()
  for (const socket of peer.sockets) socket.destroy()
  await new Promise((resolve) => peer.server.close(resolve))
  rmSync(folder, { recursive: true })
})

describe('a one-time address', () => {
  it('admits a browser by an HttpOnly, SameSite=Strict cookie and leads it to the window', async () => {
    const answer = await ask(new URL(gateway.url).pathname)
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/')
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^strongroom-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  })

  it('works once', async () => {
    const path = new URL(gateway.url).pathname
    await ask(path)
    const again = await ask(path)
    expect(again.status).toBe(401)
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(again.body).toContain('strongroom serve')
  })

  it('stops working after ten minutes', async () => {
    clock += ADDRESS_LIFETIME_MS
    expect((await ask(new URL(gateway.url).pathname)).status).toBe(401)
  })

  it('is not used up by a HEAD request', async () => {
    const path = new URL(gateway.url).pathname
    expect((await ask(path, {}, 'HEAD')).status).toBe(401)
    expect((await ask(path)).status).toBe(303)
  })

  it('is refused when one character differs', async () => {
    const path = new URL(gateway.url).pathname
    const other = path.slice(0, -1) + (path.endsWith('A') ? 'Q' : 'A')
    expect((await ask(other)).status).toBe(401)
    expect((await ask('/open/')).status).toBe(401)
  })

  it('can be issued again while the gateway runs', async () => {
    await admit(gateway.url)
    expect(await admit(gateway.issueAddress())).toMatch(/^strongroom-/)
  })
})

describe('a request', () => {
  it('without the cookie gets the page that says how to get an address, and nothing of the interface', async () => {
    for (const path of ['/', '/index.html', '/assets/index-1a2b.js', '/missing']) {
      const answer = await ask(path)
      expect(answer.status).toBe(401)
      expect(answer.body).toContain('one-time address')
    }
  })

  it('with a guessed cookie is refused', async () => {
    expect((await ask('/', { Cookie: `strongroom-${gateway.port}=${'A'.repeat(43)}` })).status).toBe(401)
  })

  it('with the cookie gets the interface, with its policy', async () => {
    const answer = await ask('/', { Cookie: await admit() })
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('<title>Strongroom</title>')
    const policy = String(answer.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${gateway.port};`)
    expect(policy).not.toContain('unsafe-eval')
    expect(answer.headers).toMatchObject({
      'cache-control': 'private, no-cache',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('for a hashed asset may be answered from the cache for ever, and by its etag', async () => {
    const cookie = await admit()
    const first = await ask('/assets/index-1a2b.js', { Cookie: cookie })
    expect(first.headers['cache-control']).toContain('immutable')
    expect(first.headers['content-type']).toContain('text/javascript')
    const second = await ask('/assets/index-1a2b.js', { Cookie: cookie, 'If-None-Match': String(first.headers.etag) })
    expect(second.status).toBe(304)
    expect(second.body).toBe('')
  })

  it('never reaches a file outside the built interface', async () => {
    const cookie = await admit()
    const paths = ['/../outside.txt', '/assets/../../outside.txt', '/%2e%2e/outside.txt', '/..%2foutside.txt', '//outside.txt', '/link.txt', '/assets']
    for (const path of paths) {
      const answer = await ask(path, { Cookie: cookie })
      expect(answer.status, path).toBe(404)
      expect(answer.body).not.toContain('secret')
    }
  })

  it('that names another host is refused, as after DNS rebinding, even with the cookie', async () => {
    const cookie = await admit()
    const hosts = ['evil.example', `evil.example:${gateway.port}`, '127.0.0.1', `127.0.0.1:${gateway.port + 1}`, `localhost.evil.example:${gateway.port}`]
    for (const host of hosts) expect((await ask('/', { Cookie: cookie, Host: host })).status, host).toBe(421)
    expect((await ask('/', { Cookie: cookie, Host: `localhost:${gateway.port}` })).status).toBe(200)
  })

  it('with another method than GET and HEAD is refused', async () => {
    const cookie = await admit()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask('/', { Cookie: cookie }, method)).status).toBe(405)
    expect((await ask('/', { Cookie: cookie }, 'HEAD')).body).toBe('')
  })
})

describe('a WebSocket', () => {
  it('from another origin is refused, cookie or not', async () => {
    const cookie = await admit()
    const origins = ['http://evil.example', `http://127.0.0.1:${gateway.port + 1}`, `https://127.0.0.1:${gateway.port}`, 'null']
    for (const origin of origins) await expect(openWindow({ Cookie: cookie, Origin: origin }), origin).rejects.toThrow('403')
    await expect(openWindow({ Cookie: cookie })).rejects.toThrow('403')
    expect(peer.sockets).toHaveLength(0)
  })

  it('that names another host is refused even when its origin agrees', async () => {
    const host = `evil.example:${gateway.port}`
    await expect(openWindow({ Cookie: await admit(), Host: host, Origin: `http://${host}` })).rejects.toThrow('421')
  })

  it('without the cookie is refused', async () => {
    await expect(openWindow({ Origin: ownOrigin() })).rejects.toThrow('401')
  })

  it('at another path is refused', async () => {
    await expect(openWindow({ Cookie: await admit(), Origin: ownOrigin() }, '/socket/x')).rejects.toThrow('404')
  })

  it('is attached first, then relayed both ways', async () => {
    const window = await openAdmittedWindow()
    window.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'workplace.state', params: { input: {} } }))
    expect(JSON.parse(await nextText(window))).toEqual({ jsonrpc: '2.0', id: 7, result: { echoed: 'workplace.state' } })
    expect(peer.received.map((message) => message.method)).toEqual(['client.attach', 'workplace.state'])
    expect(peer.received[0]?.params).toEqual({ clientKey: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  })

  it('has the same client key as another of the same browser, and another key than another browser', async () => {
    const cookie = await admit()
    const windows = [await openAdmittedWindow(cookie), await openAdmittedWindow(cookie), await openAdmittedWindow()]
    for (const window of windows) {
      window.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'workplace.state' }))
      await nextText(window)
    }
    const attached = peer.received.filter((message) => message.method === 'client.attach')
    const keys = attached.map((message) => (message.params as { clientKey: string }).clientKey)
    expect(new Set(keys).size).toBe(2)
  })

  it('that sends client.attach is closed and nothing of it passed on', async () => {
    for (const method of ['"client.attach"', '"client\\u002eattach"']) {
      const window = await openAdmittedWindow()
      const code = closed(window)
      window.send(`{"jsonrpc":"2.0","id":1,"method":"x","method":${method},"params":{"clientKey":"${'0'.repeat(64)}"}}`)
      expect(await code).toBe(1008)
    }
    expect(JSON.stringify(peer.received)).not.toContain('0'.repeat(64))
  })

  it('that sends what is not one JSON-RPC message is closed', async () => {
    for (const text of ['', 'x', '[]', '[{"jsonrpc":"2.0","method":"client.attach"}]', '{"jsonrpc":"1.0","method":"x"}', '{"jsonrpc":"2.0","method":1}']) {
      const window = await openAdmittedWindow()
      const code = closed(window)
      window.send(text)
      expect(await code, text).toBe(1008)
    }
  })

  it('that sends a message nested without end is closed, and the gateway goes on', async () => {
    const window = await openAdmittedWindow()
    const code = closed(window)
    window.send(`{"jsonrpc":"2.0","method":"x","params":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`)
    expect(await code).toBe(1008)
    expect((await ask('/')).status).toBe(401)
  })

  it('that sends a frame over the limit is closed', async () => {
    const window = await openAdmittedWindow()
    const code = closed(window)
    window.send('x'.repeat(MAX_MESSAGE_BYTES + 1))
    expect(await code).toBe(1009)
  })

  it('that sends binary is closed', async () => {
    const window = await openAdmittedWindow()
    const code = closed(window)
    window.send(Buffer.from('{"jsonrpc":"2.0","method":"x"}'))
    expect(await code).toBe(1003)
  })

  it('is closed with the code that asks for a new connection when the orchestrator goes', async () => {
    const window = await openAdmittedWindow()
    window.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x' }))
    await nextText(window)
    const code = closed(window)
    for (const socket of peer.sockets) socket.destroy()
    expect(await code).toBe(4000)
  })

  it('does not open while there is no orchestrator', async () => {
    await new Promise((resolve) => peer.server.close(resolve))
    await expect(openAdmittedWindow()).rejects.toThrow('503')
  })

  it('does not open when the orchestrator refuses its client', async () => {
    peer.refuseAttach = true
    await expect(openAdmittedWindow()).rejects.toThrow('503')
  })

  it('beyond the sixty-fourth is refused until another closes', async () => {
    const cookie = await admit()
    const windows = await Promise.all(Array.from({ length: 64 }, () => openAdmittedWindow(cookie)))
    await expect(openAdmittedWindow(cookie)).rejects.toThrow('503')
    const [first] = windows
    const gone = new Promise((resolve) => peer.sockets[0]?.once('close', resolve))
    first?.terminate()
    await gone
    expect((await openAdmittedWindow(cookie)).readyState).toBe(WebSocket.OPEN)
  })

  it('ends its connection to the orchestrator when it closes', async () => {
    const window = await openAdmittedWindow()
    window.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x' }))
    await nextText(window)
    const [socket] = peer.sockets
    const ended = new Promise((resolve) => socket?.once('close', resolve))
    window.close()
    await ended
    expect(socket?.destroyed).toBe(true)
  })

  it('that reads nothing holds the orchestrator up, and gets everything in order once it reads', async () => {
    const window = await openAdmittedWindow()
    window.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x' }))
    await nextText(window)
    window.pause()
    const [socket] = peer.sockets
    if (!socket) throw new Error('no connection')
    const body = (n: number) => JSON.stringify({ jsonrpc: '2.0', method: 'event', params: { n, text: 'y'.repeat(64 * 1024) } })
    const total = 1000
    for (let n = 0; n < total; n++) socket.write(`Content-Length: ${body(n).length}\r\n\r\n${body(n)}`)
    // 64 MB were offered; what the relay, the window's socket and the kernel hold is a fraction of it.
    const held = await new Promise<number>((resolve) => {
      let last = -1
      const timer = setInterval(() => {
        if (socket.writableLength === last) {
          clearInterval(timer)
          resolve(last)
        }
        last = socket.writableLength
      }, 100)
    })
    expect(held).toBeGreaterThan(32 * 1024 * 1024)
    const order: number[] = []
    const all = new Promise<void>((resolve) => {
      window.on('message', (data: Buffer) => {
        order.push((JSON.parse(data.toString()) as { params: { n: number } }).params.n)
        if (order.length === total) resolve()
      })
    })
    window.resume()
    await all
    expect(order).toEqual(Array.from({ length: total }, (_, n) => n))
  })
})

describe('startGateway', () => {
  it('says that the interface is not built', async () => {
    await expect(startGateway({ rendererFolder: folder, openSocket })).rejects.toMatchObject({ code: 'renderer-missing' })
  })

  it('says that the port is taken', async () => {
    await expect(startGateway({ rendererFolder: join(folder, 'renderer'), port: gateway.port, openSocket })).rejects.toMatchObject({ code: 'port-taken' })
  })
})
