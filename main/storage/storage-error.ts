/** Every way in which storage can refuse. The message says what happened, to which file, and what to do next. */
export type StorageErrorCode =
  | 'foreign-database'
  | 'corrupt-database'
  | 'newer-database'
  | 'altered-schema'
  | 'altered-ledger'
  | 'disk-full'
  | 'database-busy'
  | 'unavailable'

export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: StorageErrorCode
  readonly path: string

  constructor(code: StorageErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.path = path
  }
}

/**
 * Translates what SQLite or the file system threw into a StorageError; anything that is not theirs (a constraint, a bug, a domain's
 * own error) comes back as it is, so that `throw storageErrorFrom(e, path)` never hides a cause.
 */
export function storageErrorFrom(thrown: unknown, path: string): unknown {
  const code = errorCode(thrown)
  if (code === undefined || thrown instanceof StorageError) return thrown
  // SHMSIZE: the file that SQLite keeps beside a WAL could not grow.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new StorageError('disk-full', path, `The disk is full: there is no space left to write ${path}. Free some space on it and try again: nothing was changed.`, thrown)
  }
  if (code === 'EROFS' || code.startsWith('SQLITE_READONLY')) {
    return new StorageError('unavailable', path, `${path} cannot be written: its disk or its folder is read-only. Make it writable and try again: nothing was changed.`, thrown)
  }
  if (code.startsWith('SQLITE_NOTADB')) {
    return new StorageError('foreign-database', path, `${path} is not a database. Choose another data folder, or restore a backup.`, thrown)
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StorageError(
      'corrupt-database',
      path,
      `${path} is corrupt or was tampered with. Keep a copy of it for examination, then restore a backup.`,
      thrown,
    )
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StorageError('database-busy', path, `${path} is being written by another program. Stop it and try again.`, thrown)
  }
  if (/^(SQLITE_(CANTOPEN|IOERR|PERM|AUTH)|E(ACCES|PERM|NOENT|NOTDIR|ISDIR|IO)$)/.test(code)) {
    return new StorageError('unavailable', path, `${path} cannot be opened or written (${code}). Check that its folder exists and is yours.`, thrown)
  }
  return thrown
}

function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined
  return thrown.code
}
