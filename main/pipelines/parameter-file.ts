import { createHash } from 'node:crypto'

/** A file of parameters or variables as it was when they were read from it. */
export interface ParameterFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export function digestOf(path: string, bytes: Buffer): ParameterFile {
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
