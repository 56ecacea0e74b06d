import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StepInputError } from './step.ts'

/** Why a file could not be used, in words; the error's own text when it is none of the usual reasons. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES' || code === 'EPERM') return 'you have no permission'
  if (code === 'ENOSPC') return 'the disk is full'
  return error instanceof Error ? error.message : String(error)
}

/** Reads a whole file of at most `limit` bytes. Throws StepInputError `file-unreadable`. */
export async function readWhole(path: string, shown: string, limit: number): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > limit) throw new StepInputError('file-unreadable', `${shown} has ${size} bytes; at most ${limit} are read.`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof StepInputError) throw error
    throw new StepInputError('file-unreadable', `${shown} cannot be read: ${fileProblem(error)}.`)
  }
}

/** Writes a report as indented JSON, whole or not at all. Throws StepInputError `file-unwritable`. */
export async function writeJson(path: string, shown: string, value: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${process.pid}.partial`
    await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`)
    await rename(temporary, path)
  } catch (error) {
    throw new StepInputError('file-unwritable', `${shown} cannot be written: ${fileProblem(error)}. Check the folder and its permissions.`)
  }
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
