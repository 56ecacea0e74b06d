import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { jsonOfUtf8, toUtf8, wholeCharacters } from './terminal-text.ts'

/** Output in one event, at most: what the kernel gives at a time. Escaped it is up to six times that, far below what a reader takes at once. */
const EVENT_BYTES = 4096
const LONGEST_LINE = EVENT_BYTES * 6 + 64
/** What is written to the file in one go, about. */
const BATCH_BYTES = 65_536

/** How long output may wait for more, milliseconds: what comes in that time is one event. Whoever records calls `flush` when it has passed. */
export const COALESCE_MS = 5

/**
 * A terminal recording, asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header line, then one `[seconds, code, data]` a line.
 *
 * Output that comes within `COALESCE_MS` is one event, up to 4 KiB of it, with the time of its first byte, by a clock that never goes back. What is
 * not UTF-8 becomes U+FFFD (`toUtf8`); the recording's end says how many bytes that were. A character that comes in two parts is kept whole.
 *
 * Writing is synchronous on purpose. Whatever anybody is shown is on disk first, and while the disk is busy the pseudo-terminal is not
 * read, so a stage that floods it is slowed by the kernel instead of filling our memory. What waits to be written is never more than one batch.
 */
export class Recording {
  readonly #file: number
  readonly #origin: number
  readonly #capBytes: number
  readonly #digest = createHash('sha256')
  /** Output that is no event yet: it came since `#eventTime`, but for the first bytes of a character whose others had not come before. */
  readonly #output = Buffer.allocUnsafe(EVENT_BYTES)
  #outputLength = 0
  #eventTime: number | null = null
  /** Lines that wait to be written, and how many bytes of output are in them. */
  readonly #batch = Buffer.allocUnsafe(BATCH_BYTES + LONGEST_LINE)
  #batchLength = 0
  #batchOutput = 0
  #size = 0
  #droppedBytes = 0
  #invalidBytes = 0

  /** Throws the file system's error, `ENOSPC` among them. `start` is in milliseconds since 1970. */
  constructor(path: string, options: { start: number; width: number; height: number; capBytes: number }) {
    const { start, width, height } = options
    this.#file = openSync(path, 'w', 0o600)
    this.#origin = performance.now() - (Date.now() - start)
    this.#capBytes = options.capBytes
    const env = { TERM: 'xterm-256color', SHELL: '/bin/sh' }
    this.#append({ version: 2, width, height, timestamp: Math.floor(start / 1000), env })
  }

  /** Bytes on disk. */
  get size(): number {
    return this.#size
  }

  get droppedBytes(): number {
    return this.#droppedBytes
  }

  /** Records output; `bytes` may be used again at once. Past the cap, or a failure that it throws, it only counts; of the cap it says so in the recording itself. */
  output(bytes: Buffer): void {
    if (this.#droppedBytes > 0) {
      this.#droppedBytes += bytes.length
      return
    }
    let at = 0
    try {
      while (at < bytes.length && this.#size + this.#batchLength + this.#outputLength < this.#capBytes) at += this.#take(bytes, at)
      if (at < bytes.length) this.#say(`The recording reached its limit of ${this.#capBytes} bytes. What follows is counted, not kept.`)
    } finally {
      this.#droppedBytes += bytes.length - at
    }
  }

  /** Writes what waits to be written, but for a part of a character. Throws the file system's error. */
  flush(): void {
    this.#endEvent(wholeCharacters(this.#output.subarray(0, this.#outputLength)))
    this.#write()
  }

  /** Marks the start of a command (asciicast event `m`). */
  mark(label: string): void {
    this.#event('m', label.slice(0, 4096))
  }

  resize(width: number, height: number): void {
    this.#event('r', `${width}x${height}`)
  }

  /** Records what a person typed (event `i`); where the terminal did not show it, as it shows no password, only that something was. */
  input(bytes: Buffer, isShown: boolean): void {
    this.#event('i', isShown ? bytes.toString('utf8') : '')
  }

  /** Ends the recording and returns what is on disk: hex SHA-256 of the file and its size. */
  close(): { sha256: string; bytes: number; droppedBytes: number } {
    try {
      this.#endEvent(this.#outputLength)
      this.#write()
    } catch {
      // The recording ends with what it has, and says what it has not.
    }
    if (this.#invalidBytes > 0) this.#tryToSay(`${this.#invalidBytes} bytes of output were not UTF-8: U+FFFD stands in their place.`)
    if (this.#droppedBytes > 0) this.#tryToSay(`${this.#droppedBytes} bytes of output were not kept.`)
    fsyncSync(this.#file)
    closeSync(this.#file)
    return { sha256: this.#digest.digest('hex'), bytes: this.#size, droppedBytes: this.#droppedBytes }
  }

  /** Takes as much of the output as there is room for, and returns how much that was. What it throws, it throws before. */
  #take(bytes: Buffer, from: number): number {
    if (this.#outputLength === EVENT_BYTES) this.#endEvent(wholeCharacters(this.#output))
    this.#eventTime ??= this.#time()
    const taken = bytes.copy(this.#output, this.#outputLength, from)
    this.#outputLength += taken
    return taken
  }

  /** Makes the first `length` bytes of the output an event. */
  #endEvent(length: number): void {
    if (length === 0) return
    if (this.#batchLength >= BATCH_BYTES) this.#write()
    const { text, invalid } = toUtf8(this.#output.subarray(0, length))
    this.#invalidBytes += invalid
    this.#add(`[${this.#eventTime ?? this.#time()},"o",`)
    this.#add(jsonOfUtf8(text))
    this.#add(']\n')
    this.#batchOutput += length
    this.#output.copyWithin(0, length, this.#outputLength)
    this.#outputLength -= length
    this.#eventTime = null
  }

  #add(text: string): void {
    this.#batchLength += this.#batch.write(text, this.#batchLength, 'latin1')
  }

  #write(): void {
    if (this.#batchLength === 0) return
    const bytes = this.#batch.subarray(0, this.#batchLength)
    const output = this.#batchOutput
    this.#batchLength = 0
    this.#batchOutput = 0
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at, undefined, this.#size + at)
    } catch (error) {
      // All of it or nothing: what the digest names is what is on disk, also when it became full in the middle.
      truncate(this.#file, this.#size)
      this.#droppedBytes += output
      throw error
    }
    this.#digest.update(bytes)
    this.#size += bytes.length
  }

  /** Seconds since the start, to the millisecond. */
  #time(): number {
    return Math.max(0, Math.round(performance.now() - this.#origin)) / 1000
  }

  #say(text: string): void {
    this.#event('o', `\r\n[strongroom] ${text}\r\n`)
  }

  /** The number stands in the result too, so that a disk without room for this line takes nothing away. */
  #tryToSay(text: string): void {
    try {
      this.#say(text)
    } catch {
      // The recording ends with what it has.
    }
  }

  #event(code: 'o' | 'm' | 'r' | 'i', data: string): void {
    this.#append([this.#time(), code, data])
  }

  #append(line: unknown): void {
    this.flush()
    this.#batchLength = this.#batch.write(`${JSON.stringify(line)}\n`)
    this.#write()
  }
}

function truncate(file: number, size: number): void {
  try {
    ftruncateSync(file, size)
  } catch {
    // What failed before is what is told.
  }
}
