import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** Not on Windows, which has neither links nor pipes among files by default. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/**
 * How to open a file in a folder that others write to, such as a stage's: a pipe in its place would be waited for until the end of days,
 * a link would lead elsewhere.
 */
export const READ_IN_PLACE = constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** Opens a regular file to read; null where there is none, or something else in its place. Throws the file system's error otherwise. */
export function openRegular(path: string): number | null {
  let file: number
  try {
    file = openSync(path, READ_IN_PLACE)
  } catch (error) {
    return absent(error)
  }
  if (fstatSync(file).isFile()) return file
  closeSync(file)
  return null
}

/** As `openRegular`, without keeping others waiting. */
export async function openRegularLater(path: string): Promise<FileHandle | null> {
  let file: FileHandle
  try {
    file = await open(path, READ_IN_PLACE)
  } catch (error) {
    return absent(error)
  }
  if ((await file.stat()).isFile()) return file
  await file.close()
  return null
}

/** ELOOP: a link. ENXIO: a socket, or a pipe that was opened in a way it does not take. */
function absent(error: unknown): null {
  if (['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
  throw error
}
