import type { Socket } from 'node:net'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node'

/** JSON-RPC 2.0 over a socket, framed by `Content-Length` (Language Server Protocol 3.17, base protocol). It listens when told to. */
export function messageConnection(socket: Socket): MessageConnection {
  return createMessageConnection(messageReader(socket), new StreamMessageWriter(socket))
}

/**
 * Reads messages, for whoever passes them on. The library's timer on a message of which only a part has come is off: it starts itself anew
 * for ever, also after the connection is closed, so that a process that closed one in the middle of a message never ended.
 */
export function messageReader(socket: Socket): StreamMessageReader {
  const reader = new StreamMessageReader(socket)
  reader.partialMessageTimeout = 0
  return reader
}
