import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { messageConnection } from './index.ts'

afterEach(() => vi.useRealTimers())

it('leaves no timer behind when it is closed in the middle of a message, so that its process can end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [other] = (await once(server, 'connection')) as [Socket]
  const connection = messageConnection(socket)
  connection.listen()
  const part = once(socket, 'data')
  other.write('Content-Length: 20\r\n\r\n{"jsonrpc"')
  await part

  connection.dispose()
  socket.destroy()
  expect(vi.getTimerCount()).toBe(0)
  other.destroy()
  server.close()
})
