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
    recording.output('one\r\n')
    recording.resize(80, 24)
    const { sha256, bytes } = recording.close()
    const [header, ...events] = lines(path)
    expect(header).toMatchObject({ version: 2, width: 120, height: 30 })
    expect(events).toMatchObject([[expect.any(Number), 'm', 'sh train.sh'], [expect.any(Number), 'o', 'one\r\n'], [expect.any(Number), 'r', '80x24']])
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(sha256)
    expect(readFileSync(path).length).toBe(bytes)
  })

  it('gives back whatever text went in, in lines of bounded size', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40_000, size: 'max' }), { maxLength: 3 }), (texts) => {
        const path = newPath()
        const recording = open(path, 1 << 30)
        for (const text of texts) recording.output(text)
        recording.close()
        expect(output(path)).toBe(texts.join(''))
        expect(Math.max(...readFileSync(path, 'utf8').split('\n').map((line) => line.length))).toBeLessThan(110_000)
      }),
      { numRuns: 10 },
    )
  })

  it('says in itself that it reached its cap, and how much it left out', () => {
    const path = newPath()
    const recording = open(path, 300)
    for (let i = 0; i < 100; i++) recording.output('0123456789')
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
