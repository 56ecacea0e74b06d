import type { FileHandle } from 'node:fs/promises'
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

export interface RecordingPlace {
  /** Where to read on, for `readRecording`: the first event at or after the time asked for, or the end. */
  readonly offset: number
  /** Of the file, in bytes. */
  readonly size: number
  /** The time of the last event, in seconds. */
  readonly duration: number
}

/**
 * Where a recording is at a time, in seconds since its start. The times in it never go back, so that the file itself is searched, by halves: some
 * thirty short reads, however long it is, and no index that could be lost or differ. What does not exist yet is empty. (In a recording of a release whose clock could go back, the
 * place is that of one of the events of about that time.)
 */
export async function seekRecording(path: string, seconds: number): Promise<RecordingPlace> {
  const file = await openRegularLater(path)
  if (!file) return { offset: 0, size: 0, duration: 0 }
  try {
    const { size } = await file.stat()
    let from = 0
    let to = size
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      const event = await eventFrom(file, middle)
      if (event !== null && event.seconds < seconds) from = event.offset + 1
      else to = middle
    }
    const [place, last] = [await eventFrom(file, from), await lastEvent(file, size)]
    return { offset: place?.offset ?? size, size, duration: last?.seconds ?? 0 }
  } finally {
    await file.close()
  }
}

interface EventPlace {
  readonly offset: number
  readonly seconds: number
}

/** Begins each event and stands nowhere else: JSON escapes a line's end, and before the first event stands the header. */
const BEGIN = '\n['
const PROBE = 16_384
/** More than a line takes. */
const TAIL = 131_072

/** The first event that begins at `position` or after it; null where there is none. */
async function eventFrom(file: FileHandle, position: number): Promise<EventPlace | null> {
  const buffer = Buffer.allocUnsafe(PROBE)
  for (let at = Math.max(0, position - 1); ; ) {
    const { bytesRead } = await file.read(buffer, 0, PROBE, at)
    const found = buffer.subarray(0, bytesRead).indexOf(BEGIN)
    const isWhole = bytesRead < PROBE
    if (found === -1) {
      if (isWhole) return null
      at += PROBE - 1
      continue
    }
    const event = readPlace(buffer.subarray(0, bytesRead), found, at)
    if (event !== null) return event
    // Cut off by the end of what was read, or else damaged.
    at += found > 0 && !isWhole ? found : 1
  }
}

async function lastEvent(file: FileHandle, size: number): Promise<EventPlace | null> {
  const start = Math.max(0, size - TAIL)
  const buffer = Buffer.alloc(size - start)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
  const bytes = buffer.subarray(0, bytesRead)
  return readPlace(bytes, bytes.lastIndexOf(BEGIN), start)
}

function readPlace(bytes: Buffer, begin: number, start: number): EventPlace | null {
  if (begin === -1) return null
  const text = bytes.toString('latin1', begin + BEGIN.length, begin + 32)
  const seconds = /^(\d+(?:\.\d+)?),/.exec(text)?.[1]
  return seconds === undefined ? null : { offset: start + begin + 1, seconds: Number(seconds) }
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
