import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/**
 * A terminal recording, asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header line, then one `[seconds, code, data]` a line.
 *
 * Writing is synchronous on purpose. Whatever anybody is shown is on disk first, and while the disk is busy the pseudo-terminal is not
 * read, so a stage that floods it is slowed by the kernel instead of filling our memory.
 */
export class Recording {
  readonly #file: number
  readonly #start: number
  readonly #capBytes: number
  readonly #digest = createHash('sha256')
  #size = 0
  #droppedBytes = 0

  /** Throws the file system's error, `ENOSPC` among them. `start` is in milliseconds since 1970. */
  constructor(path: string, options: { start: number; width: number; height: number; capBytes: number }) {
    this.#file = openSync(path, 'w', 0o600)
    this.#start = options.start
    this.#capBytes = options.capBytes
    const { start, width, height } = options
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

  /** Records output. Past the cap, or a failure that it throws, it only counts; of the cap it says so in the recording itself. */
  output(data: string): void {
    if (this.#droppedBytes > 0 || this.#size >= this.#capBytes) {
      if (this.#droppedBytes === 0) {
        const limit = `The recording reached its limit of ${this.#capBytes} bytes. What follows is counted, not kept.`
        this.#say(limit)
      }
      this.#droppedBytes += Buffer.byteLength(data)
      return
    }
    for (let at = 0; at < data.length; ) {
      const end = chunkEnd(data, at)
      try {
        this.#event('o', data.slice(at, end))
      } catch (error) {
        this.#droppedBytes += Buffer.byteLength(data.slice(at))
        throw error
      }
      at = end
    }
  }

  /** Marks the start of a command (asciicast event `m`). */
  mark(label: string): void {
    this.#event('m', label.slice(0, 4096))
  }

  resize(width: number, height: number): void {
    this.#event('r', `${width}x${height}`)
  }

  /** Ends the recording and returns what is on disk: hex SHA-256 of the file and its size. */
  close(): { sha256: string; bytes: number; droppedBytes: number } {
    if (this.#droppedBytes > 0) this.#tryToSay(`${this.#droppedBytes} bytes of output were not kept.`)
    fsyncSync(this.#file)
    closeSync(this.#file)
    return { sha256: this.#digest.digest('hex'), bytes: this.#size, droppedBytes: this.#droppedBytes }
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

  #event(code: 'o' | 'm' | 'r', data: string): void {
    this.#append([Math.max(0, Date.now() - this.#start) / 1000, code, data])
  }

  /** Adds a line whole or not at all: what the digest names is what is on disk, also when it became full in the middle. */
  #append(line: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at, undefined, this.#size + at)
    } catch (error) {
      truncate(this.#file, this.#size)
      throw error
    }
    this.#digest.update(bytes)
    this.#size += bytes.length
  }
}

function truncate(file: number, size: number): void {
  try {
    ftruncateSync(file, size)
  } catch {
    // What failed before is what is told.
  }
}

/** Keeps a line far below what a reader takes at once, and never parts a surrogate pair. */
const CHUNK = 16_384

function chunkEnd(data: string, at: number): number {
  const end = Math.min(data.length, at + CHUNK)
  const last = data.charCodeAt(end - 1)
  return end < data.length && last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
