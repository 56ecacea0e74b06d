/** What the operating system refused, in words, with what to do about it; null for an error that is not the system's. */
export function describeSystemError(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null
  const reason = path === null ? undefined : REASONS[error.code]?.(path)
  return reason ?? error.message
}

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full: there is no space left to write ${path}. Free some space on it and try again.`,
  EDQUOT: (path) => `Your quota is used up: ${path} cannot be written. Free some space and try again.`,
  EROFS: (path) => `${path} cannot be written: its disk is read-only. Make it writable and try again.`,
  EACCES: (path) => `${path} may not be read or written by you. Check whose it is and its permissions.`,
  ENOENT: (path) => `There is no ${path}. Check the spelling.`,
  ENOTDIR: (path) => `${path} does not lead through folders: one of its parts is a file.`,
}
