import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { IpcMain, MessageChannelMain, MessagePortMain } from 'electron'
import { attach, relay, type WindowChannel } from '../headless/index.ts'
import { CHANNELS } from './channels.ts'
import { isOwnSender } from './lockdown.ts'

/**
 * The window's end of a relay over an Electron port. A port tells nothing of how much waits in it, so that neither side is held up here:
 * a window asks for what is large piece by piece.
 */
export function portChannel(port: MessagePortMain): WindowChannel {
  return {
    onText(listener) {
      // What is no text becomes an empty one, which the relay refuses.
      port.on('message', ({ data }: { data: unknown }) => listener(typeof data === 'string' ? data : ''))
      port.start()
    },
    onClosed: (listener) => void port.on('close', listener),
    send(text, sent) {
      port.postMessage(text)
      sent()
    },
    pause: () => {},
    resume: () => {},
    close: () => port.close(),
  }
}

/**
 * Answers the window's request for a port to the orchestrator. The client key is made here, anew at each start, and stays in this process:
 * the window never sees it.
 */
export function registerOrchestratorLink(
  ipc: Pick<IpcMain, 'handle'>,
  Channel: new () => MessageChannelMain,
  openSocket: () => Promise<Socket>,
): void {
  const clientKey = randomBytes(32).toString('hex')
  ipc.handle(CHANNELS.connect, async (event) => {
    if (!isOwnSender(event)) throw new Error('Only the window may ask for this.')
    const connection = await attach(openSocket, clientKey)
    // The page may have gone while the orchestrator started.
    if (!isOwnSender(event)) {
      connection.socket.destroy()
      return
    }
    const { port1, port2 } = new Channel()
    relay(portChannel(port1), connection)
    event.senderFrame?.postMessage(CHANNELS.port, null, [port2])
  })
}
