import { NullLogger, createMessageConnection } from 'vscode-jsonrpc'
import { createClient, toRequestError, type CallOptions, type Client } from '../../shared/contract/client.ts'
import type { Method, ParamsOf, ResultOf } from '../../shared/contract/contract.ts'
import { RequestError } from '../../shared/contract/errors.ts'
import type { OrchestratorEvent } from '../../shared/contract/events.ts'
import type { DesktopAbilities } from './desktop-window.ts'
import type { OpenTransport } from './transport.ts'
import { TransportReader, TransportWriter } from './transport-messages.ts'

/** `connecting` until the first connection; `lost` from when one ends until the next. */
export type BridgeState = 'connecting' | 'open' | 'lost'

export interface Bridge {
  readonly platform: 'desktop' | 'browser'
  /** Native dialogs; absent in a browser, where a person types a path of the server. */
  readonly desktop?: DesktopAbilities
  readonly state: BridgeState
  /**
   * Sends one request of the contract. Before the first connection it waits for it; while the connection is lost it rejects at once, so
   * that nothing happens later than the person saw.
   *
   * @throws RequestError, and nothing else.
   */
  call<M extends Method>(method: M, params: ParamsOf<M>, options?: CallOptions): Promise<ResultOf<M>>
  /** Events of the orchestrator. Some may be missed while the connection is lost: read again what is shown when the state turns `open`. */
  onEvent(listener: (event: OrchestratorEvent) => void): () => void
  onState(listener: (state: BridgeState) => void): () => void
  close(): void
}

export interface BridgeOptions {
  readonly platform: Bridge['platform']
  readonly desktop?: DesktopAbilities
  readonly open: OpenTransport
  /** Called when opening failed, before the next try. */
  readonly onFailed?: () => void
  /** Milliseconds before the first, second, ... try; the last one stays. */
  readonly delays?: readonly number[]
}

const DELAYS = [250, 500, 1000, 2000, 5000]

const LOST = 'The connection to Strongroom’s background process is lost. It is being restored; try again when it is back.'
const LOST_MEANWHILE = 'The connection was lost before the answer came. Look whether it was done before you try again.'
const CLOSED = 'This window’s connection was closed.'

/** Keeps one connection to the orchestrator open, whatever carries it. Starts at once. */
export function createBridge(options: BridgeOptions): Bridge {
  const eventListeners = new Set<(event: OrchestratorEvent) => void>()
  const stateListeners = new Set<(state: BridgeState) => void>()
  const delays = options.delays ?? DELAYS
  const first = Promise.withResolvers<void>()
  let state: BridgeState = 'connecting'
  let client: Client | null = null
  let failures = 0
  let closed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const turn = (next: BridgeState) => {
    if (state === next) return
    state = next
    for (const listener of stateListeners) listener(next)
  }

  const tryAgainLater = () => {
    const delay = delays[Math.min(failures, delays.length - 1)] ?? 0
    failures++
    timer = setTimeout(() => void open(), delay)
  }

  async function open(): Promise<void> {
    try {
      const transport = await options.open()
      if (closed) return transport.close()
      const opened = createClient(createMessageConnection(new TransportReader(transport), new TransportWriter(transport), NullLogger))
      client = opened
      opened.onEvent((event) => {
        for (const listener of eventListeners) listener(event)
      })
      opened.onClosed(() => {
        if (client !== opened) return
        client = null
        // Rejects what still waits for an answer.
        opened.close()
        turn('lost')
        if (!closed) tryAgainLater()
      })
      closeLine = () => transport.close()
      failures = 0
      turn('open')
      first.resolve()
    } catch {
      if (closed) return
      options.onFailed?.()
      tryAgainLater()
    }
  }
  let closeLine = () => {}
  void open()

  return {
    platform: options.platform,
    ...(options.desktop ? { desktop: options.desktop } : {}),
    get state() {
      return state
    },
    async call(method, params, callOptions) {
      if (state === 'connecting') await first.promise
      const used = client
      if (!used) throw new RequestError('internal', closed ? CLOSED : LOST)
      try {
        return await used.call(method, params, callOptions)
      } catch (error) {
        if (client !== used) throw new RequestError('internal', closed ? CLOSED : LOST_MEANWHILE)
        throw toRequestError(error)
      }
    },
    onEvent(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    onState(listener) {
      stateListeners.add(listener)
      return () => stateListeners.delete(listener)
    },
    close() {
      closed = true
      clearTimeout(timer)
      const last = client
      client = null
      last?.close()
      closeLine()
      turn('lost')
      first.resolve()
    },
  }
}
