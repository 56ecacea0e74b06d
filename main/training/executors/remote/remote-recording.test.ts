import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { RemoteRecording } from './remote-recording.ts'

const folder = mkdtempSync(join(tmpdir(), 'remote-recording-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

const options = { start: Date.UTC(2026, 0, 1), capBytes: 1_000_000, commands: ['one', 'two'] }

/** What a recording becomes that is read in parts as long as `parts` says, over and over, and taken over by another after `handOver` of them. */
function record(output: Buffer, timing: Buffer, parts: readonly number[], handOver = Infinity, capBytes = options.capBytes) {
  const path = join(folder, String(count++))
  let recording = new RemoteRecording(path, { ...options, capBytes })
  for (let turn = 0; ; turn++) {
    if (turn === handOver) {
      recording.leave()
      recording = new RemoteRecording(path, { ...options, capBytes })
    }
    const part = (of: Buffer, from: number): Buffer => of.subarray(Math.min(from, of.length), from + (parts[turn % parts.length] ?? 1))
    const [some, marks] = [part(output, recording.outputFrom), part(timing, recording.timingFrom)]
    if (some.length + marks.length === 0 && turn > handOver === Number.isFinite(handOver)) break
    recording.take(some, marks)
  }
  const { sha256, bytes, droppedBytes } = recording.close()
  const text = readFileSync(path)
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'))
  expect(bytes).toBe(text.length)
  const [, ...events] = text.toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as [number, string, string])
  return { text: text.toString('utf8'), events, droppedBytes }
}

it('says what was printed, when, whole characters kept and a return before each line feed that has none', () => {
  const output = Buffer.from('a\näb\r\n')
  // The mark at 11 stands in the middle of the ä.
  const { events } = record(output, Buffer.from('10.00 z\n10.01 m 1\n11.00 o 3\n12.50 o 7\n12.60 m 2\n12.55 o 7\n'), [1000])
  expect(events).toEqual([[0.01, 'm', 'one'], [1, 'o', 'a\r\n'], [2.5, 'o', 'äb\r\n'], [2.6, 'm', 'two']])
})

it('is the same to the byte however it comes, and whoever takes it over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), fc.nat({ max: 6 }), (bytes, steps, parts, handOver) => {
      const output = Buffer.from(bytes)
      let size = 0
      const marks = steps.map((step, second) => `${second + 5}.00 o ${(size = Math.min(output.length, size + step))}\n`)
      const timing = Buffer.from(`5.00 z\n${marks.join('')}99.00 o ${output.length}\n`)
      const whole = record(output, timing, [10_000]).text
      expect(record(output, timing, parts).text).toBe(whole)
      expect(record(output, timing, parts, handOver).text).toBe(whole)
    }),
    { numRuns: 60 },
  )
})

it('ends at its cap, says so, and counts what it left out', () => {
  const output = Buffer.alloc(50_000, 'x')
  const { events, droppedBytes, text } = record(output, Buffer.from(`1.00 z\n2.00 o ${output.length}\n`), [100_000], Infinity, 20_000)
  expect(text.length).toBeLessThan(20_500)
  expect(droppedBytes).toBe(50_000 - 16_384)
  expect(events.map(([, , data]) => data).join('')).toContain(`${droppedBytes} bytes of output were not kept.`)
})
