import { CancellationTokenSource, ProgressType, ResponseError, type MessageConnection } from 'vscode-jsonrpc'
import { contract, type Method, type ParamsOf, type ResultOf } from './contract.ts'
import { ErrorData, RequestError } from './errors.ts'
import { OrchestratorEvent } from './events.ts'
import { Progress, WIRE } from './wire.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface Client {
  /** Sends one request of the contract. Rejects with `RequestError` and nothing else. */
  call<M extends Method>(method: M, params: ParamsOf<M>, options?: CallOptions): Promise<ResultOf<M>>
  onEvent(listener: (event: OrchestratorEvent) => void): () => void
  onClosed(listener: () => void): () => void
  close(): void
}

const progressType = new ProgressType<unknown>()
let nextToken = 1

/** Turns whatever a JSON-RPC call rejected with into the contract's error. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  if (error instanceof ResponseError) {
    const data = ErrorData.safeParse(error.data)
    if (data.success) return new RequestError(data.data.code, error.message, data.data.problems)
  }
  return new RequestError('internal', error instanceof Error ? error.message : String(error))
}

/** A typed client over an open JSON-RPC connection: the same on a Unix socket, a WebSocket and an Electron port. */
export function createClient(connection: MessageConnection): Client {
  const listeners = new Set<(event: OrchestratorEvent) => void>()
  connection.onNotification(WIRE.event, (raw: unknown) => {
    const event = OrchestratorEvent.safeParse(raw)
    if (event.success) for (const listener of listeners) listener(event.data)
  })
  connection.listen()
  // The library leaves what waits for an answer waiting when the connection ends.
  const lost = new Promise<never>((_, reject) => {
    connection.onClose(() => reject(new RequestError('internal', 'The connection ended before the answer came. Look whether it was done before you try again.')))
  })
  lost.catch(() => undefined)

  async function call<M extends Method>(method: M, params: ParamsOf<M>, options: CallOptions = {}): Promise<ResultOf<M>> {
    const cancellation = new CancellationTokenSource()
    const cancel = () => cancellation.cancel()
    options.signal?.addEventListener('abort', cancel)
    const progressToken = options.onProgress ? `p${nextToken++}` : undefined
    const progress =
      progressToken === undefined
        ? undefined
        : connection.onProgress(progressType, progressToken, (raw) => {
            const parsed = Progress.safeParse(raw)
            if (parsed.success) options.onProgress?.(parsed.data)
          })
    try {
      const body = progressToken === undefined ? { input: params } : { input: params, progressToken }
      const result: unknown = await Promise.race([connection.sendRequest(method, body, cancellation.token), lost])
      return contract[method].result.parse(result) as ResultOf<M>
    } catch (error) {
      throw toRequestError(error)
    } finally {
      options.signal?.removeEventListener('abort', cancel)
      progress?.dispose()
      cancellation.dispose()
    }
  }

  return {
    call,
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onClosed(listener) {
      const subscription = connection.onClose(listener)
      return () => subscription.dispose()
    },
    close: () => connection.dispose(),
  }
}
