import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readRecording, seekRecording } from './recording-reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-recording-reader-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'recording.cast')

describe('the place in a recording at a time', () => {
  it('is that of the first event at that time or after it, whatever the events hold', async () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 16_000, max: 98_000 }))
    const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), length, fc.constantFrom('a', '\n[9,"', '\\')), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 0, max: 40 }), async (steps, asked) => {
        let now = 0
        let offset = 0
        let expected: number | null = null
        let file = '{"version":2}\n'
        for (const [step, size, text] of steps) {
          now += step
          offset = file.length
          if (now >= asked) expected ??= offset
          file += `${JSON.stringify([now / 1000, 'o', text.repeat(Math.ceil(size / 6))])}\n`
        }
        writeFileSync(path, file)
        expect(await seekRecording(path, asked / 1000)).toEqual({ offset: expected ?? file.length, size: file.length, duration: now / 1000 })
      }),
      { numRuns: 60 },
    )
  })

  it('is where reading goes on', async () => {
    writeFileSync(path, '{"version":2}\n[0.5,"o","a"]\n[1.25,"o","b"]\n[2,"o","c"]\n[2.5,"o","cut o')
    const { offset } = await seekRecording(path, 1)
    expect((await readRecording(path, offset)).events).toEqual([[1.25, 'o', 'b'], [2, 'o', 'c']])
  })

  it('is the beginning of one that does not exist yet', async () => {
    expect(await seekRecording(join(folder, 'none'), 3)).toEqual({ offset: 0, size: 0, duration: 0 })
  })
})
