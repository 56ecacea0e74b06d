import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { ResponseError, createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'
import { createBridge, type Bridge, type BridgeState } from './bridge.ts'
import { overPort } from './port-transport.ts'
import { TransportReader, TransportWriter } from './transport-messages.ts'
import type { OpenTransport, Transport } from './transport.ts'
import { openWebSocket } from './web-socket-transport.ts'

/** The far side of a line: answers `workplace.state` and `session.close`, and leaves `machine.state` without an answer. */
function answerOn(transport: Transport): MessageConnection {
  const connection = createMessageConnection(new TransportReader(transport), new TransportWriter(transport))
  const state = { setUp: false, isShort: false, organisation: null, origin: null, dataFolder: '/data', software: 'strongroom 0.1.0', session: null, sessionEnd: null }
  connection.onRequest('workplace.state', () => state)
  connection.onRequest('machine.state', () => new Promise(() => {}))
  connection.onRequest('session.close', () => new ResponseError(-32000, 'Sign in first.', { code: 'not-signed-in', problems: [] }))
  connection.listen()
  return connection
}

interface Line {
  readonly open: OpenTransport
  /** The far side's connections, in the order they were opened. */
  readonly far: { connection: MessageConnection; cut: () => void }[]
  stop(): Promise<void>
}

function portLine(): Line {
  const far: Line['far'] = []
  return {
    far,
    open: async () => {
      const { port1, port2 } = new MessageChannel()
      far.push({ connection: answerOn(overPort(port2)), cut: () => port2.close() })
      return overPort(port1)
    },
    stop: async () => {},
  }
}

function overServerSocket(socket: ServerSocket): Transport {
  return {
    send: (text) => socket.send(text),
    onText: (listener) => void socket.on('message', (data: Buffer) => listener(data.toString())),
    onClosed: (listener) => void socket.on('close', listener),
    close: () => socket.close(),
  }
}

async function webSocketLine(): Promise<Line> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const far: Line['far'] = []
  server.on('connection', (socket) => far.push({ connection: answerOn(overServerSocket(socket)), cut: () => socket.terminate() }))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket`
  return {
    far,
    open: () => openWebSocket(url),
    async stop() {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function stateOf(bridge: Bridge, wanted: BridgeState): Promise<void> {
  if (bridge.state === wanted) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = bridge.onState((state) => {
      if (state !== wanted) return
      stop()
      resolve()
    })
  })
}

const opened: { bridge: Bridge; line: Line }[] = []

function bridgeOver(line: Line, open = line.open): Bridge {
  const bridge = createBridge({ platform: 'browser', open, delays: [1] })
  opened.push({ bridge, line })
  return bridge
}

afterEach(async () => {
  for (const { bridge, line } of opened.splice(0)) {
    bridge.close()
    await line.stop()
  }
})

const LINES: [string, () => Promise<Line>][] = [
  ['a message port', async () => portLine()],
  ['a WebSocket', webSocketLine],
]

describe.each(LINES)('a bridge over %s', (_name, makeLine) => {
  it('holds a call made before the first connection, then answers it', async () => {
    const bridge = bridgeOver(await makeLine())
    expect(bridge.state).toBe('connecting')
    expect(await bridge.call('workplace.state', {})).toMatchObject({ dataFolder: '/data' })
    expect(bridge.state).toBe('open')
  })

  it('rejects with the contract’s error', async () => {
    const bridge = bridgeOver(await makeLine())
    await expect(bridge.call('session.close', {})).rejects.toMatchObject({ name: 'RequestError', code: 'not-signed-in', message: 'Sign in first.' })
  })

  it('rejects the calls that wait when the connection is lost, and connects again', async () => {
    const line = await makeLine()
    const bridge = bridgeOver(line)
    await bridge.call('workplace.state', {})
    const waiting = expect(bridge.call('machine.state', {})).rejects.toMatchObject({ code: 'internal', message: /lost before the answer/ })
    const states: BridgeState[] = []
    bridge.onState((state) => states.push(state))
    line.far[0]?.cut()
    await waiting
    await stateOf(bridge, 'open')
    expect(states).toEqual(['lost', 'open'])
    expect(await bridge.call('workplace.state', {})).toMatchObject({ setUp: false })
    expect(line.far).toHaveLength(2)
  })

  it('goes on passing events to the same listener after it has connected again', async () => {
    const line = await makeLine()
    const bridge = bridgeOver(line)
    await bridge.call('workplace.state', {})
    line.far[0]?.cut()
    await stateOf(bridge, 'lost')
    await stateOf(bridge, 'open')
    await bridge.call('workplace.state', {})
    const event = new Promise((resolve) => bridge.onEvent(resolve))
    void line.far[1]?.connection.sendNotification('event', { type: 'ledger.grew', size: 7 })
    expect(await event).toEqual({ type: 'ledger.grew', size: 7 })
  })
})

describe('a bridge', () => {
  it('tries again until somebody answers, and tells of each failure', async () => {
    const line = portLine()
    let failures = 0
    const open = () => (failures < 3 ? Promise.reject(new Error('nobody')) : line.open())
    const bridge = createBridge({ platform: 'browser', open, delays: [1], onFailed: () => failures++ })
    opened.push({ bridge, line })
    await bridge.call('workplace.state', {})
    expect(failures).toBe(3)
  })

  it('rejects a call at once while the connection is lost', async () => {
    const line = portLine()
    let opens = 0
    const bridge = bridgeOver(line, () => (opens++ === 0 ? line.open() : new Promise(() => {})))
    await bridge.call('workplace.state', {})
    line.far[0]?.cut()
    await stateOf(bridge, 'lost')
    await expect(bridge.call('workplace.state', {})).rejects.toMatchObject({ message: /is lost/ })
  })

  it('rejects every call after it was closed, and connects no more', async () => {
    const line = portLine()
    const bridge = bridgeOver(line)
    await bridge.call('workplace.state', {})
    const waiting = expect(bridge.call('machine.state', {})).rejects.toMatchObject({ message: /was closed/ })
    bridge.close()
    await waiting
    await expect(bridge.call('workplace.state', {})).rejects.toMatchObject({ message: /was closed/ })
    expect(line.far).toHaveLength(1)
  })

  it('rejects a WebSocket that nobody listens to', async () => {
    const line = await webSocketLine()
    await line.stop()
    await expect(line.open()).rejects.toThrow('No connection')
  })
})
