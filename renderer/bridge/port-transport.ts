import type { DesktopWindow } from './desktop-window.ts'
import type { Transport } from './transport.ts'

/** What the preload script posts to its own page, with the port, once the main process has made one. */
export const PORT_MESSAGE = 'strongroom:port'

/** Asks the desktop's main process for a port to the orchestrator. Only a message from this very window counts. */
export function openDesktopPort(desktop: DesktopWindow, page: Window = window): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const receive = (event: MessageEvent<unknown>) => {
      const [port] = event.ports
      if (event.source !== page || event.data !== PORT_MESSAGE || !port) return
      page.removeEventListener('message', receive)
      resolve(overPort(port))
    }
    page.addEventListener('message', receive)
    desktop.connect().catch((error: unknown) => {
      page.removeEventListener('message', receive)
      reject(error instanceof Error ? error : new Error(String(error)))
    })
  })
}

/** A line over a message port: one JSON-RPC message in each string. Messages wait in the port until somebody listens. */
export function overPort(port: MessagePort): Transport {
  let onClosed: (() => void) | null = null
  let isClosed = false
  port.addEventListener('close', () => {
    if (isClosed) return
    isClosed = true
    onClosed?.()
  })
  return {
    send: (text) => port.postMessage(text),
    onText(listener) {
      port.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (typeof event.data === 'string') listener(event.data)
      })
      port.start()
    },
    onClosed(listener) {
      if (isClosed) listener()
      else onClosed = listener
    },
    close() {
      isClosed = true
      port.close()
    },
  }
}
