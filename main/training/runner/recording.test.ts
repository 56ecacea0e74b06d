import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Recording } from './recording.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-recording-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let recordings = 0
const newPath = (): string => join(folder, `${(recordings += 1)}.cast`)
const open = (path: string, capBytes = 1 << 20): Recording => new Recording(path, { start: Date.now(), width: 120, height: 30, capBytes })
const lines = (path: string): unknown[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
const output = (path: string): string => lines(path).slice(1).map((line) => (line as [number, string, string])[2]).join('')

describe('a recording', () => {
  it('is asciicast v2, whose digest is that of the file', () => {
    const path = newPath()
    const recording = open(path)
    recording.mark('sh train.sh')
    recording.output(Buffer.from('one\r\n'))
    recording.resize(80, 24)
    const { sha256, bytes } = recording.close()
    const [header, ...events] = lines(path)
    expect(header).toMatchObject({ version: 2, width: 120, height: 30 })
    expect(events).toMatchObject([[expect.any(Number), 'm', 'sh train.sh'], [expect.any(Number), 'o', 'one\r\n'], [expect.any(Number), 'r', '80x24']])
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(sha256)
    expect(readFileSync(path).length).toBe(bytes)
  })

  it('gives back whatever bytes came, in whatever parts, in lines of bounded size, and says how many were not UTF-8', () => {
    const decoded = (bytes: Buffer): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\0', '\x1b', '\r\n', '\ufeff', '\ufffd', 'ä', '€', '😀'), maxLength: 300 })
    const stray = fc.uint8Array({ min: 0x7e, maxLength: 5 })
    const pieces = fc.array(fc.tuple(text.map((each) => Buffer.from(each.toWellFormed())), stray, fc.constantFrom(1, 100)), { maxLength: 4 })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 20_000 }), fc.boolean(), (parts, step, flushes) => {
        const path = newPath()
        const recording = open(path, 1 << 30)
        const all = Buffer.concat(parts.flatMap(([whole, broken, times]) => Array.from({ length: times }, () => Buffer.concat([whole, broken]))))
        for (let at = 0; at < all.length; at += step) {
          const part = Buffer.from(all.subarray(at, at + step))
          recording.output(part)
          part.fill(0)
          if (flushes) recording.flush()
        }
        recording.close()
        const [, kept = '', invalid = '0'] = /^([^]*?)(?:\r\n\[strongroom\] (\d+) bytes of output were not UTF-8[^]*)?$/.exec(output(path)) ?? []
        expect(kept).toBe(decoded(all))
        expect(Number(invalid) > 0).toBe(!isUtf8(all))
        expect(Math.max(...readFileSync(path, 'utf8').split('\n').map((line) => line.length))).toBeLessThan(25_000)
      }),
      { numRuns: 50 },
    )
  })

  it('counts exactly the bytes that were not UTF-8', () => {
    const path = newPath()
    const recording = open(path)
    recording.output(Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62, 0xef, 0xbf, 0xbd, 0x80]))
    recording.close()
    expect(output(path)).toBe('a\ufffd\ufffdb\ufffd\ufffd\r\n[strongroom] 4 bytes of output were not UTF-8: U+FFFD stands in their place.\r\n')
  })

  it('makes one event of what comes until it is flushed, at the time of its first byte, before what is marked after it', () => {
    const path = newPath()
    const recording = open(path)
    for (const text of ['a', 'b', 'c']) recording.output(Buffer.from(text))
    expect(lines(path)).toHaveLength(1)
    recording.flush()
    recording.output(Buffer.from('d'))
    recording.mark('next')
    expect(lines(path).slice(1)).toMatchObject([[expect.any(Number), 'o', 'abc'], [expect.any(Number), 'o', 'd'], [expect.any(Number), 'm', 'next']])
    recording.close()
  })

  it('says in itself that it reached its cap, and how much it left out', () => {
    const path = newPath()
    const recording = open(path, 300)
    for (let i = 0; i < 100; i++) recording.output(Buffer.from('0123456789'))
    const { droppedBytes } = recording.close()
    const text = output(path)
    const kept = text.indexOf('\r\n[strongroom] The recording reached its limit of 300 bytes')
    expect(kept).toBeGreaterThan(0)
    expect(kept + droppedBytes).toBe(1000)
    expect(text).toContain(`${droppedBytes} bytes of output were not kept`)
  })

  it.runIf(existsSync('/dev/full'))('passes on that the disk is full', () => {
    expect(() => open('/dev/full')).toThrow('ENOSPC')
  })
})
