import type { WebSocket } from 'ws'
import type { CloseReason, WindowChannel } from './relay.ts'

/** WebSocket close codes (RFC 6455, section 7.4: 4000 to 4999 are an application's own), to tell one end from the other in a log. */
const CLOSE_CODES: Readonly<Record<CloseReason, number>> = { 'orchestrator-lost': 4000, refused: 1008 }

const UNSUPPORTED_DATA = 1003

/** A browser's end of a relay: one JSON-RPC message in each text frame. */
export function webSocketChannel(socket: WebSocket): WindowChannel {
  // The library has closed the socket by itself (frame too large, bad UTF-8); without a listener it would end the process.
  socket.on('error', () => {})
  return {
    onText(listener) {
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) socket.close(UNSUPPORTED_DATA)
        else if (socket.readyState === socket.OPEN) listener(data.toString('utf8'))
      })
    },
    onClosed: (listener) => void socket.on('close', listener),
    send: (text, sent) => socket.send(text, sent),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close(reason) {
      // A paused socket never reads the answer to its closing frame.
      socket.resume()
      socket.close(CLOSE_CODES[reason], reason)
    },
  }
}
