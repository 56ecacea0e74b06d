export type GatewayErrorCode = 'renderer-missing' | 'port-taken' | 'listen-failed'

/** What keeps the gateway from starting. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode

  constructor(code: GatewayErrorCode, message: string) {
    super(message)
    this.name = 'GatewayError'
    this.code = code
  }
}
