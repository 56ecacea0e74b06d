import { RequestError, type ErrorCode } from '../../shared/contract/index.ts'

/**
 * What the operating system, a database file or a ledger's format refused in this process, as a request that failed: in words, with what to do about it. Null
 * for an error that is none of theirs. Told by name and code, as what opens a ledger is loaded only where one is opened.
 */
export function asFailedRequest(error: unknown): RequestError | null {
  if (error instanceof RequestError) return error
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  const { name, code, message } = error
  if (name === 'StorageError') return new RequestError(OF_STORAGE[code] ?? 'storage-damaged', message)
  if (name === 'LedgerError') return new RequestError(/^(malformed-|no-known|signature-|wrong-|no-such)/.test(code) ? 'invalid-request' : 'storage-damaged', message)
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null
  const reason = path === null ? undefined : REASONS[code]?.(path)
  return new RequestError(OF_SYSTEM[code] ?? 'storage-unavailable', reason ?? message)
}

const OF_STORAGE: Readonly<Record<string, ErrorCode>> = { 'disk-full': 'disk-full', 'database-busy': 'storage-unavailable', unavailable: 'storage-unavailable' }

const OF_SYSTEM: Readonly<Record<string, ErrorCode>> = { ENOSPC: 'disk-full', EDQUOT: 'disk-full', ENOENT: 'not-found', ENOTDIR: 'invalid-path', EISDIR: 'invalid-path' }

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full: there is no space left to write ${path}. Free some space on it and try again.`,
  EDQUOT: (path) => `Your quota is used up: ${path} cannot be written. Free some space and try again.`,
  EROFS: (path) => `${path} cannot be written: its disk is read-only. Make it writable and try again.`,
  EACCES: (path) => `${path} may not be read or written by you. Check whose it is and its permissions.`,
  ENOENT: (path) => `There is no ${path}. Check the spelling.`,
  ENOTDIR: (path) => `${path} does not lead through folders: one of its parts is a file.`,
}
