import type { RequestError, TerminalChunk } from '../../shared/contract/index.ts'

/** When more of a recording than this waits to be shown, its older part is left out. */
const FAR_BEHIND = 2_000_000
/** How much of the end is shown then: about as much as the scrollback holds. */
const TAIL = 500_000

export interface FeedProgress {
  /** `reading`: catching up; `live`: up to date, the stage may write more; `ended`: nothing will follow. */
  readonly status: 'reading' | 'live' | 'ended' | 'failed'
  /** Bytes of the recording that were not shown. */
  readonly omitted: number
  readonly error: RequestError | null
}

export interface FeedPort {
  /** One request for the part of the recording at a byte offset. Rejects with RequestError. */
  read(offset: number): Promise<TerminalChunk>
  /** Shows text; resolves once the terminal has taken it in, so that no more is fetched than can be shown. */
  write(text: string): Promise<void>
  /** The line that stands where something was left out. */
  omission(bytes: number): string
  report(progress: FeedProgress): void
  /** Resolves at the next frame: events that come faster are taken together. */
  frame(): Promise<void>
}

export interface RecordingFeed {
  /** The recording has grown, or the stage has ended: reads on. */
  wake(): void
  stop(): void
}

/** Shows a recording from its start and then follows it. Holds at most one request and one piece of text at a time. */
export function followRecording(port: FeedPort): RecordingFeed {
  let offset = 0
  let omitted = 0
  let isStopped = false
  let isReading = false
  let isWoken = false

  const report = (status: FeedProgress['status'], error: RequestError | null = null) => {
    if (!isStopped) port.report({ status, omitted, error })
  }

  /** Reads until the end that the recording has now. Returns whether nothing will follow. */
  async function catchUp(): Promise<boolean> {
    for (;;) {
      const chunk = await port.read(offset)
      if (isStopped) return true
      if (chunk.size - offset > FAR_BEHIND) {
        const left = chunk.size - TAIL - offset
        omitted += left
        offset += left
        await port.write(port.omission(left))
        continue
      }
      const text = recordedText(chunk)
      const isStuck = chunk.nextOffset === offset
      offset = chunk.nextOffset
      if (text !== '') await port.write(text)
      if (isStopped || isStuck || offset >= chunk.size) return chunk.ended
      await port.frame()
    }
  }

  async function run(): Promise<void> {
    if (isReading) {
      isWoken = true
      return
    }
    isReading = true
    try {
      let isEnded = false
      do {
        isWoken = false
        await port.frame()
        isEnded = await catchUp()
      } while (isWoken && !isStopped)
      report(isEnded ? 'ended' : 'live')
    } catch (error) {
      report('failed', error as RequestError)
    } finally {
      isReading = false
    }
  }

  report('reading')
  void run()
  return {
    wake: () => void run(),
    stop: () => {
      isStopped = true
    },
  }
}

/** What a chunk shows: output as it was, and the start of each command as a prompt. */
export function recordedText(chunk: Pick<TerminalChunk, 'events'>): string {
  return chunk.events.map(([, code, data]) => (code === 'o' ? data : code === 'm' ? `\x1b[36m$\x1b[0m \x1b[1m${withoutControls(data)}\x1b[0m\r\n` : '')).join('')
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
