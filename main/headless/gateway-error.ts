export type GatewayErrorCode = 'renderer-missing' | 'port-taken' | 'listen-failed' | 'orchestrator-away' | 'orchestrator-refused'

/** What keeps the gateway from starting, or a window from its orchestrator. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode

  constructor(code: GatewayErrorCode, message: string) {
    super(message)
    this.name = 'GatewayError'
    this.code = code
  }
}
