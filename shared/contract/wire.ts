import { z } from 'zod'

/**
 * JSON-RPC 2.0 on every transport. A request's method is the contract's name for it; these are the few words beside it.
 */
export const WIRE = {
  /** Notification from the orchestrator: one `OrchestratorEvent`. */
  event: 'event',
  /**
   * First request on a connection, from a trusted client process (command line, gateway, desktop main): a secret that names the client, so
   * that a session outlives one connection and its token never reaches a renderer. Once per connection; never relayed from a renderer.
   */
  attach: 'client.attach',
} as const

export const AttachParams = z.object({ clientKey: z.string().regex(/^[0-9a-f]{64}$/) })

/** Reported through JSON-RPC `$/progress` under the request's token. */
export const Progress = z.object({ share: z.number().min(0).max(1), text: z.string() })
export type Progress = z.infer<typeof Progress>

/** JSON-RPC error code of every typed failure; its `data` is `ErrorData`. */
export const REQUEST_FAILED = -32000
