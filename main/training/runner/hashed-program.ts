import { realpath, stat } from 'node:fs/promises'
import { z } from 'zod'
import { hashFile } from '../../content/index.ts'

/** A program whose content was read: its real path, and by what a later look tells that it is the same file, unchanged. */
export const HashedProgram = z.strictObject({ path: z.string(), identity: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type HashedProgram = z.infer<typeof HashedProgram>

/** Device, inode, size in bytes, and when content and inode last changed, in ns: what `git update-index` goes by as well. */
export async function identityOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

const hashed = new Map<string, Promise<HashedProgram | null>>()

/** Reads a program once for as long as this process lives and the file stays what it is. Null where it cannot be read, or changes meanwhile. */
export async function hashProgramOnce(program: string): Promise<HashedProgram | null> {
  try {
    const path = await realpath(program)
    const identity = await identityOf(path)
    const key = `${path}\0${identity}`
    const known = hashed.get(key) ?? hashProgram(path, identity)
    hashed.set(key, known)
    return await known
  } catch {
    return null
  }
}

async function hashProgram(path: string, identity: string): Promise<HashedProgram | null> {
  const { sha256 } = await hashFile(path)
  return (await identityOf(path)) === identity ? { path, identity, sha256 } : null
}
