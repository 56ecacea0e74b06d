import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { jsonOfUtf8, toUtf8, wholeCharacters } from '../../runner/terminal-text.ts'

/** Output in one event, at most, as in a runner's recording. */
const EVENT_BYTES = 16_384
const MOST_WAITING = 4 * 2 ** 20
const [LF, CR] = [0x0a, 0x0d]

/** Until when (seconds on the remote clock) the output had which size, or which command began. */
type Mark = { readonly at: number; readonly size: number } | { readonly at: number; readonly command: number }

/**
 * A recording (asciicast v2) made of output and of times that lie elsewhere, as `attempt.sh` writes them. What it writes follows from these alone and not from how they came
 * here, so that whoever takes over reads both from the beginning and adds only what the file does not have yet.
 *
 * There was no terminal: as one does, a line feed gets its carriage return.
 */
export class RemoteRecording {
  readonly #file: number
  readonly #capBytes: number
  readonly #commands: readonly string[]
  readonly #digest = createHash('sha256')
  /** Of the file when this began: that much is there already. */
  readonly #there: number
  #size = 0
  #zero = 0
  /** The time of the last mark: two processes write them, and times never go back. */
  #at = 0
  #marks: Mark[] = []
  #unread = ''
  #output: Buffer = Buffer.alloc(0)
  /** Output that has become events, bytes. */
  #recorded = 0
  #invalidBytes = 0
  #droppedBytes = 0
  #afterReturn = false
  #outputFetched = 0
  #timingFetched = 0

  /** `start`: milliseconds since 1970. Throws the file system's errors. */
  constructor(path: string, options: { start: number; capBytes: number; commands: readonly string[] }) {
    this.#file = openSync(path, 'a', 0o600)
    this.#there = fstatSync(this.#file).size
    this.#capBytes = options.capBytes
    this.#commands = options.commands
    this.#append(`${JSON.stringify({ version: 2, width: 120, height: 30, timestamp: Math.floor(options.start / 1000), env: { TERM: 'dumb', SHELL: '/bin/sh' } })}\n`)
  }

  /** Bytes on disk. */
  get size(): number {
    return Math.max(this.#size, this.#there)
  }

  /** Where the next output is to be read; past everything where none is wanted now. */
  get outputFrom(): number {
    return this.#droppedBytes > 0 || this.isBehind ? Number.MAX_SAFE_INTEGER : this.#outputFetched
  }

  /** So much output waits for its times that no more is wanted for now. */
  get isBehind(): boolean {
    return this.#output.length > MOST_WAITING
  }

  get timingFrom(): number {
    return this.#timingFetched
  }

  /** Takes what came since `outputFrom` and `timingFrom`. */
  take(output: Buffer, timing: Buffer): void {
    this.#outputFetched += output.length
    this.#timingFetched += timing.length
    this.#output = this.#output.length === 0 ? output : Buffer.concat([this.#output, output])
    const lines = (this.#unread + timing.toString('latin1')).split('\n')
    this.#unread = lines.pop() ?? ''
    for (const line of lines) this.#read(line)
    this.#record()
  }

  /** Ends the recording and returns what is on disk. */
  close(): { sha256: string; bytes: number; droppedBytes: number } {
    // What never became a character.
    if (this.#output.length > 0 && this.#droppedBytes === 0) this.#recordOutput(this.#at, this.#output.length)
    if (this.#invalidBytes > 0) this.#say(`${this.#invalidBytes} bytes of output were not UTF-8: U+FFFD stands in their place.`)
    if (this.#droppedBytes > 0) this.#say(`${this.#droppedBytes} bytes of output were not kept.`)
    fsyncSync(this.#file)
    closeSync(this.#file)
    return { sha256: this.#digest.digest('hex'), bytes: this.#size, droppedBytes: this.#droppedBytes }
  }

  /** Lets go of the file; who follows next goes on with it. */
  leave(): void {
    closeSync(this.#file)
  }

  #read(line: string): void {
    const [time = '', what, number = ''] = line.split(' ')
    if (what === 'z') this.#zero = Number(time)
    this.#at = Math.max(this.#at, Math.round((Number(time) - this.#zero) * 100) / 100)
    const at = this.#at
    if (what === 'o') this.#marks.push({ at, size: Number(number) })
    if (what === 'm') this.#marks.push({ at, command: Number(number) })
  }

  #record(): void {
    for (let mark = this.#marks[0]; mark !== undefined; mark = this.#marks[0]) {
      if ('size' in mark) {
        if (!this.#recordUpTo(mark)) return
      } else this.#append(`${JSON.stringify([mark.at, 'm', this.#commands[mark.command - 1] ?? ''])}\n`)
      this.#marks.shift()
    }
  }

  /** False where not all of that output is here yet. What may be the beginning of a character waits for what comes after it. */
  #recordUpTo({ at, size }: { at: number; size: number }): boolean {
    while (this.#recorded < size) {
      const left = size - this.#recorded
      if (this.#droppedBytes > 0) return this.#drop(left)
      const most = Math.min(left, EVENT_BYTES)
      if (this.#output.length < most) return false
      const length = wholeCharacters(this.#output.subarray(0, most))
      if (length > 0 && !this.#recordOutput(at, length)) return this.#drop(left)
      if (length < most && most === left) return true
    }
    return true
  }

  /** False where the recording has no room for it. */
  #recordOutput(at: number, length: number): boolean {
    const { text, invalid } = toUtf8(this.#withReturns(this.#output.subarray(0, length)))
    const line = Buffer.from(`[${at},"o",${jsonOfUtf8(text)}]\n`, 'latin1')
    if (this.#size + line.length > this.#capBytes) {
      this.#say(`The recording ends here: it has the ${this.#capBytes} bytes that it may have. The stage goes on.`)
      return false
    }
    this.#invalidBytes += invalid
    this.#append(line)
    this.#output = this.#output.subarray(length)
    this.#recorded += length
    return true
  }

  #drop(count: number): true {
    this.#droppedBytes += count
    this.#recorded += count
    this.#output = Buffer.alloc(0)
    return true
  }

  #withReturns(bytes: Buffer): Buffer {
    const parts: number[] = []
    for (const byte of bytes) {
      if (byte === LF && !this.#afterReturn) parts.push(CR)
      parts.push(byte)
      this.#afterReturn = byte === CR
    }
    return Buffer.from(parts)
  }

  #say(text: string): void {
    this.#append(`${JSON.stringify([this.#at, 'o', `\r\n[strongroom] ${text}\r\n`])}\n`)
  }

  #append(line: string | Buffer): void {
    const bytes = Buffer.from(line as string)
    const known = Math.min(Math.max(this.#there - this.#size, 0), bytes.length)
    for (let from = known; from < bytes.length; ) from += writeSync(this.#file, bytes, from)
    this.#digest.update(bytes)
    this.#size += bytes.length
  }
}
