import type { Transport } from './transport.ts'

/** Opens a WebSocket to the gateway. Rejects when the gateway is away or does not admit this browser; the browser does not say which. */
export function openWebSocket(url: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.onclose = () => reject(new Error(`No connection to ${url}`))
    socket.onopen = () => resolve(overWebSocket(socket))
  })
}

function overWebSocket(socket: WebSocket): Transport {
  const early: string[] = []
  let onText: (text: string) => void = (text) => early.push(text)
  let onClosed: (() => void) | null = null
  let isClosed = false
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (typeof event.data === 'string') onText(event.data)
  }
  socket.onclose = () => {
    isClosed = true
    onClosed?.()
  }
  return {
    send: (text) => socket.send(text),
    onText(listener) {
      onText = listener
      early.splice(0).forEach((text) => listener(text))
    },
    onClosed(listener) {
      onClosed = listener
      if (isClosed) listener()
    },
    close() {
      socket.onclose = null
      socket.close()
    },
  }
}
