/** One open line to the orchestrator: JSON-RPC messages as text, one at a time, in order. */
export interface Transport {
  send(text: string): void
  /** Texts that came before the listener are kept for it. Called once. */
  onText(listener: (text: string) => void): void
  /** Called once, at once if the line is closed already. Never called after `close()`. */
  onClosed(listener: () => void): void
  close(): void
}

/** Opens a fresh line; rejects when there is nobody at the other end. */
export type OpenTransport = () => Promise<Transport>
