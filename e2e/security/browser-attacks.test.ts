import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { StreamMessageReader, StreamMessageWriter, type Message } from 'vscode-jsonrpc/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type Gateway } from '../../main/headless/index.ts'

/*
 * What other pages in the same browser can do to the gateway, tried in a real Chromium by a person who is signed in. A page on another port
 * of 127.0.0.1 counts as the same site, so that its requests carry the cookie: it is the strongest attacker that a browser holds.
 */

const CHROMIUM = process.env.STRONGROOM_CHROMIUM ?? '/usr/bin/chromium'
const REBOUND = 'rebound.test'

/** A window as small as can be: it asks for the workplace's state and shows the answer as its title. */
const PAGE = '<!doctype html><html><head><title>waiting</title><script type="module" src="./assets/page-1.js"></script></head><body></body></html>'
const SCRIPT = `
const socket = new WebSocket('ws://' + location.host + '/socket')
socket.onopen = () => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'workplace.state' }))
socket.onmessage = (event) => { document.title = JSON.parse(event.data).result }
document.documentElement.dataset.eval = 'refused'
try { document.documentElement.dataset.eval = new Function('return "reached"')() } catch {}
`

let folder: string
let peer: Server
let gateway: Gateway
let foreign: HttpServer
let foreignUrl: string
let browser: Browser
let context: BrowserContext
const sockets: Socket[] = []
const methods: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-attacks-'))
  const renderer = join(folder, 'renderer')
  mkdirSync(join(renderer, 'assets'), { recursive: true })
  writeFileSync(join(renderer, 'index.html'), PAGE)
  writeFileSync(join(renderer, 'assets', 'page-1.js'), SCRIPT)
  const address = join(folder, 'orchestrator.sock')
  peer = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    const writer = new StreamMessageWriter(socket)
    new StreamMessageReader(socket).listen((message: Message & { id?: number; method?: string }) => {
      methods.push(message.method ?? '')
      // A page that is closed waits for no answer.
      writer.write({ jsonrpc: '2.0', id: message.id, result: 'answered' } as Message).catch(() => undefined)
    })
  })
  await new Promise<void>((resolve) => peer.listen(address, resolve))
  gateway = await startGateway({
    rendererFolder: renderer,
    openSocket: () => new Promise((resolve) => {
      const socket = createConnection(address, () => resolve(socket))
    }),
  })
  foreign = createHttpServer((_request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>foreign</title>'))
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({ executablePath: CHROMIUM, args: [...sandbox, `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`] })
})

afterAll(async () => {
  await browser?.close()
  await gateway?.close()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => foreign.close(resolve))
  await new Promise((resolve) => peer.close(resolve))
  rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(gateway.issueAddress())
  await page.waitForFunction(() => document.title === 'answered')
  methods.length = 0
})

afterEach(() => context.close())

const origin = () => `http://127.0.0.1:${gateway.port}`

describe('a browser that was admitted', () => {
  it('keeps the cookie from the page’s scripts and the secret from its address', async () => {
    const [page] = context.pages()
    expect(page?.url()).toBe(`${origin()}/`)
    expect(await page?.evaluate(() => document.cookie)).toBe('')
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  })

  it('lets a script of the page reach nothing else and evaluate nothing', async () => {
    const [page] = context.pages()
    const outcomes = await page?.evaluate(async (url) => {
      const outcome = (work: Promise<unknown>) => work.then(() => 'reached', () => 'refused')
      const load = (element: HTMLImageElement | HTMLScriptElement) =>
        new Promise((resolve, reject) => {
          element.onload = resolve
          element.onerror = reject
          element.src = url
          document.body.append(element)
        })
      const socket = new Promise((resolve, reject) => {
        const opened = new WebSocket(url.replace('http', 'ws'))
        opened.onopen = resolve
        opened.onerror = reject
      })
      return Promise.all([outcome(fetch(url)), outcome(load(new Image())), outcome(load(document.createElement('script'))), outcome(socket)])
    }, foreignUrl)
    expect(outcomes).toEqual(['refused', 'refused', 'refused', 'refused'])
    expect(await page?.evaluate(() => document.documentElement.dataset.eval)).toBe('refused')
  })
})

describe('a page of another origin, cookie and all', () => {
  it('opens no WebSocket', async () => {
    const page = await context.newPage()
    await page.goto(foreignUrl)
    const outcome = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url)
          socket.onopen = () => resolve('opened')
          socket.onerror = () => resolve('refused')
        }),
      `ws://127.0.0.1:${gateway.port}/socket`,
    )
    expect(outcome).toBe('refused')
    expect(methods).toEqual([])
  })

  it('reads nothing, by fetch, script, image or frame', async () => {
    const page = await context.newPage()
    await page.goto(foreignUrl)
    const outcomes = await page.evaluate(async (url) => {
      const outcome = (work: Promise<unknown>) => work.then(() => 'reached', () => 'refused')
      const script = new Promise((resolve, reject) => {
        const element = document.createElement('script')
        element.onload = resolve
        element.onerror = reject
        element.src = `${url}assets/page-1.js`
        document.body.append(element)
      })
      const frame = new Promise((resolve) => {
        const element = document.createElement('iframe')
        // A frame that was refused loads too: an error page, which the list of frames below tells from ours.
        element.onload = resolve
        element.src = url
        document.body.append(element)
      })
      await frame
      return Promise.all([
        outcome(fetch(url, { credentials: 'include' })),
        outcome(fetch(url, { credentials: 'include', mode: 'no-cors' })),
        outcome(script),
      ])
    }, `${origin()}/`)
    expect(outcomes).toEqual(['refused', 'refused', 'refused'])
    expect(page.frames().map((frame) => frame.url())).not.toContain(`${origin()}/`)
    expect(methods).toEqual([])
  })
})

describe('a name that was rebound to this machine', () => {
  it('gets neither the interface nor a WebSocket', async () => {
    const page = await context.newPage()
    const response = await page.goto(`http://${REBOUND}:${gateway.port}/`)
    expect(response?.status()).toBe(421)
    expect(await page.content()).not.toContain('assets/')
    const address = new URL(gateway.issueAddress())
    const stolen = await page.goto(`http://${REBOUND}:${gateway.port}${address.pathname}`)
    expect(stolen?.status()).toBe(421)
    expect((await context.cookies(`http://${REBOUND}:${gateway.port}/`)).length).toBe(0)
    expect((await page.goto(address.href))?.status()).toBe(200)
  })
})

describe('a browser that was not admitted', () => {
  it('sees how to get an address, and nothing else', async () => {
    const other = await browser.newContext()
    const page = await other.newPage()
    expect((await page.goto(`${origin()}/`))?.status()).toBe(401)
    expect(await page.textContent('body')).toContain('strongroom serve')
    await other.close()
  })
})
