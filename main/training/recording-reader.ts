import type { z } from 'zod'
import { TerminalEvent } from '../../shared/contract/index.ts'
import { openRegularLater } from '../content/index.ts'

/** Bytes read in one call. The recording's lines are well below it. */
const LIMIT = 256 * 1024

export interface RecordingPart {
  readonly events: z.infer<typeof TerminalEvent>[]
  /** Where the next call goes on. */
  readonly nextOffset: number
  /** Of the file, in bytes. */
  readonly size: number
}

/**
 * Whole asciicast events (`[seconds, code, data]`) from a byte offset of a recording, at most `limit` bytes (256 KiB) of it. A negative
 * offset counts from the end; an offset inside a line is moved to the next one. A line that is still being written is left for later.
 * A recording that does not exist yet is an empty one, as is what is no regular file.
 */
export async function readRecording(path: string, offset: number, limit: number = LIMIT): Promise<RecordingPart> {
  const file = await openRegularLater(path)
  if (!file) return { events: [], nextOffset: 0, size: 0 }
  try {
    const { size } = await file.stat()
    const from = Math.min(size, Math.max(0, offset < 0 ? size + offset : offset))
    // One byte earlier shows whether a line starts here.
    const start = Math.max(0, from - 1)
    const buffer = Buffer.alloc(Math.min(size - start, Math.min(limit, LIMIT) + 1))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
    const bytes = buffer.subarray(0, bytesRead)
    const first = from === 0 ? 0 : bytes.indexOf(0x0a) + 1
    const end = bytes.lastIndexOf(0x0a) + 1
    if ((from > 0 && first === 0) || end <= first) return { events: [], nextOffset: from, size }
    return { events: parseLines(bytes.toString('utf8', first, end)), nextOffset: start + end, size }
  } finally {
    await file.close()
  }
}

function parseLines(text: string): RecordingPart['events'] {
  const events: RecordingPart['events'] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('[')) continue
    try {
      events.push(TerminalEvent.parse(JSON.parse(line)))
    } catch {
      // A line that a full disk or a crash cut off.
    }
  }
  return events
}
