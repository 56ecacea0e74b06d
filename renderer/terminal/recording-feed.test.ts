import { describe, expect, it } from 'vitest'
import { RequestError, type TerminalChunk } from '../../shared/contract/index.ts'
import { followRecording, recordedText, type FeedPort, type FeedProgress } from './recording-feed.ts'

const PIECE = 256 * 1024

/** A recording that grows in the test, read as the orchestrator reads it: one event a line of `line` bytes. */
function recording(line = 64) {
  let size = 0
  let ended = false
  const reads: number[] = []
  const shown: string[] = []
  const progress: FeedProgress[] = []
  const settled = new Set<() => void>()
  const port: FeedPort = {
    async read(offset) {
      reads.push(offset)
      const from = Math.ceil(offset / line) * line
      const to = Math.min(size, from + Math.floor(PIECE / line) * line)
      const events: TerminalChunk['events'] = []
      for (let at = from; at < to; at += line) events.push([at, 'o', `${at};`])
      return { events, nextOffset: to, size, ended }
    },
    async write(text) {
      shown.push(text)
    },
    omission: (bytes) => `[${bytes} left out]`,
    report(next) {
      progress.push(next)
      if (next.status !== 'reading') for (const done of settled) done()
    },
    frame: () => Promise.resolve(),
  }
  return {
    port, reads, shown, progress,
    grow: (bytes: number) => (size += bytes),
    end: () => (ended = true),
    settle: () =>
      new Promise<void>((resolve) => {
        const done = () => {
          settled.delete(done)
          resolve()
        }
        settled.add(done)
      }),
  }
}

describe('following a recording', () => {
  it('shows everything once, in order, and then what is appended', async () => {
    const file = recording()
    file.grow(64 * 3)
    const feed = followRecording(file.port)
    await file.settle()
    expect(file.shown.join('')).toBe('0;64;128;')
    expect(file.progress.at(-1)?.status).toBe('live')
    file.grow(64)
    file.end()
    feed.wake()
    await file.settle()
    expect(file.shown.join('')).toBe('0;64;128;192;')
    expect(file.progress.at(-1)?.status).toBe('ended')
  })

  it('takes many events together while it reads', async () => {
    const file = recording()
    file.grow(64)
    const feed = followRecording(file.port)
    for (let index = 0; index < 100; index++) feed.wake()
    await file.settle()
    expect(file.reads.length).toBeLessThanOrEqual(2)
  })

  it('skips to the end when it is far behind and says how much is left out', async () => {
    const file = recording()
    file.grow(64 * 1_000_000)
    followRecording(file.port)
    await file.settle()
    const omitted = file.progress.at(-1)?.omitted ?? 0
    expect(omitted).toBe(64_000_000 - 500_000)
    expect(file.shown[0]).toBe(`[${omitted} left out]`)
    expect(file.shown.join('')).toContain(`${64_000_000 - 64};`)
    expect(file.reads.length).toBeLessThan(8)
  })

  it('reports a failed request and goes on when it is woken', async () => {
    const file = recording()
    file.grow(64)
    let fails = true
    const port: FeedPort = { ...file.port, read: (offset) => (fails ? Promise.reject(new RequestError('internal', 'lost')) : file.port.read(offset)) }
    const feed = followRecording(port)
    await file.settle()
    expect(file.progress.at(-1)).toMatchObject({ status: 'failed', error: { message: 'lost' } })
    fails = false
    feed.wake()
    await file.settle()
    expect(file.shown.join('')).toBe('0;')
  })

  it('is silent once it is stopped', async () => {
    const file = recording()
    const { promise, resolve } = Promise.withResolvers<TerminalChunk>()
    const feed = followRecording({ ...file.port, read: () => promise })
    feed.stop()
    resolve({ events: [[0, 'o', 'late']], nextOffset: 9, size: 9, ended: false })
    await promise
    expect(file.shown).toEqual([])
  })
})

it('shows the start of a command as a prompt, without what could steer the terminal', () => {
  const text = recordedText({ events: [[0, 'm', 'sh a.sh\x1b[2J'], [1, 'o', 'hello\r\n'], [2, 'r', '80x24']] })
  expect(text).toBe('\x1b[36m$\x1b[0m \x1b[1msh a.sh [2J\x1b[0m\r\nhello\r\n')
})
