export { connect } from './connect.ts'
export { createBridge, type Bridge, type BridgeOptions, type BridgeState } from './bridge.ts'
export type { DesktopAbilities } from './desktop-window.ts'
export type { OpenTransport, Transport } from './transport.ts'
