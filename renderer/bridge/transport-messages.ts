import { AbstractMessageReader, AbstractMessageWriter, type DataCallback, type Disposable, type Message, type MessageReader, type MessageWriter } from 'vscode-jsonrpc'
import type { Transport } from './transport.ts'

/** Reads JSON-RPC messages from a transport. */
export class TransportReader extends AbstractMessageReader implements MessageReader {
  readonly #transport: Transport

  constructor(transport: Transport) {
    super()
    this.#transport = transport
  }

  listen(callback: DataCallback): Disposable {
    let listening = true
    this.#transport.onText((text) => {
      if (!listening) return
      try {
        callback(JSON.parse(text) as Message)
      } catch (error) {
        this.fireError(error)
      }
    })
    this.#transport.onClosed(() => this.fireClose())
    return { dispose: () => void (listening = false) }
  }
}

/** Writes JSON-RPC messages to a transport. */
export class TransportWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #transport: Transport

  constructor(transport: Transport) {
    super()
    this.#transport = transport
  }

  write(message: Message): Promise<void> {
    try {
      this.#transport.send(JSON.stringify(message))
      return Promise.resolve()
    } catch (error) {
      this.fireError(error, message)
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  end(): void {}
}
