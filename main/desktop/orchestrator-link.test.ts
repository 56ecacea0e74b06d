import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StreamMessageReader, StreamMessageWriter, type Message } from 'vscode-jsonrpc/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHANNELS } from './channels.ts'
import { IpcDouble, MessageChannelDouble, frameDouble } from './electron-double.ts'
import { registerOrchestratorLink } from './orchestrator-link.ts'

type Raw = Message & { id?: number | string; method?: string; params?: unknown }

let folder: string
let server: Server
let sockets: Socket[]
let received: Raw[]
let ipc: IpcDouble

const openSocket = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = createConnection(join(folder, 's'))
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })

/** Asks for a port as the page does, and answers the page's end of it. */
async function openPort() {
  const frame = frameDouble('strongroom://app')
  await ipc.invoke(CHANNELS.connect, frame)
  const [posted] = frame.posted
  const [port] = posted?.ports ?? []
  if (!posted || !port) throw new Error('no port came')
  expect(posted.channel).toBe(CHANNELS.port)
  return port
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-link-'))
  sockets = []
  received = []
  server = createServer((socket) => {
    sockets.push(socket)
    const writer = new StreamMessageWriter(socket)
    new StreamMessageReader(socket).listen((message: Raw) => {
      received.push(message)
      void writer.write({ jsonrpc: '2.0', id: message.id, result: { echoed: message.method } } as Message)
    })
  })
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
  ipc = new IpcDouble()
  registerOrchestratorLink(ipc, MessageChannelDouble, openSocket)
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

describe('the link to the orchestrator', () => {
  it('hands the page a port on which the client is attached already', async () => {
    const port = await openPort()
    const answer = new Promise<unknown>((resolve) => port.on('message', ({ data }) => resolve(data)))
    port.start()
    port.postMessage('{"jsonrpc":"2.0","id":1,"method":"workplace.state"}')
    expect(JSON.parse(String(await answer))).toEqual({ jsonrpc: '2.0', id: 1, result: { echoed: 'workplace.state' } })
    expect(received.map((message) => message.method)).toEqual(['client.attach', 'workplace.state'])
  })

  it('names the same client each time the page connects', async () => {
    await openPort()
    await openPort()
    const [first, second] = received.map((message) => (message.params as { clientKey: string }).clientKey)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(second).toBe(first)
  })

  it('closes the port when the page tries to attach as a client, or sends what is no text', async () => {
    for (const message of ['{"jsonrpc":"2.0","id":1,"method":"client.attach"}', { jsonrpc: '2.0', method: 'x' }, new Uint8Array(3)]) {
      const port = await openPort()
      const closed = new Promise((resolve) => port.on('close', () => resolve(true)))
      port.postMessage(message)
      expect(await closed).toBe(true)
    }
    expect(received.filter((message) => message.method !== 'client.attach')).toEqual([])
  })

  it('closes the port when the orchestrator goes', async () => {
    const port = await openPort()
    const closed = new Promise((resolve) => port.on('close', () => resolve(true)))
    for (const socket of sockets) socket.destroy()
    expect(await closed).toBe(true)
  })

  it('ends the connection when the page goes', async () => {
    const port = await openPort()
    const ended = new Promise((resolve) => sockets[0]?.once('close', () => resolve(true)))
    port.close()
    expect(await ended).toBe(true)
  })

  it('answers no frame but the window’s own', async () => {
    for (const frame of [null, frameDouble('null'), frameDouble('strongroom://app', {}), frameDouble('https://example.com')]) {
      await expect(ipc.invoke(CHANNELS.connect, frame)).rejects.toThrow('Only the window')
    }
    expect(sockets).toEqual([])
  })

  it('tells the page when there is no orchestrator', async () => {
    await new Promise((resolve) => server.close(resolve))
    await expect(ipc.invoke(CHANNELS.connect, frameDouble('strongroom://app'))).rejects.toMatchObject({ code: 'orchestrator-away' })
  })
})
