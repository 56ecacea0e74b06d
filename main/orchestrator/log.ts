import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number>>): void
  error(message: string, error: unknown): void
}

const LARGEST = 8 << 20

/** The orchestrator's own log: a JSON object a line. Never receives parameters of requests, which may hold passphrases. */
export function openLog(folder: string): Log {
  const path = join(folder, 'orchestrator.log')
  let torn = ''
  const write = (level: string, message: string, facts: Readonly<Record<string, unknown>>) => {
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST) renameSync(path, `${path}.1`)
      appendFileSync(path, `${torn}${JSON.stringify({ time: new Date().toISOString(), level, message, ...facts })}\n`, { mode: 0o600 })
      torn = ''
    } catch {
      // A full disk must not bring the orchestrator down because it cannot say so. Part of the line may be there.
      torn = '\n'
    }
  }
  return {
    info: (message, facts = {}) => write('info', message, facts),
    error: (message, error) => write('error', message, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  }
}
