import { statSync } from 'node:fs'
import { attemptFolder, type AttemptResult } from './runner/attempt-folder.ts'
import type { Attached, Executor, Inspection } from './executors/executor.ts'

const INTERVAL = 1000
/** Before an end that could not be recorded is tried again, milliseconds. Outs are then copied anew. */
const RETRY = 3000

export type AttemptEnd = { readonly result: AttemptResult } | { readonly lost: string }

export interface WatchEvents {
  /** The recording grew, to `size` bytes. */
  onOutput(size: number): void
  /** Once a second while it runs. */
  onTick(): void
  /** It is over. Where this rejects, it is called again a little later: an end is not forgotten because the disk was full for a while. */
  onEnd(end: AttemptEnd): Promise<void>
  /** Why it does not run yet where it was sent; undefined when it does. Said whenever that changes. */
  onNote(note: string | undefined): void
  /** A look failed; said once for each message in a row. */
  onFault(error: unknown): void
}

/** Follows one attempt to its end: by the line to its runner while there is one, and by a look at its folder each second in any case. */
export class AttemptWatch {
  readonly #folder: string
  readonly #executor: Executor
  readonly #events: WatchEvents
  readonly #timer: NodeJS.Timeout
  #attached: Attached | null = null
  #attaching = false
  #ending: Promise<void> | null = null
  #size = 0
  #closed = false
  #fault: string | null = null
  #notBefore = -Infinity
  #note: string | undefined

  constructor(folder: string, executor: Executor, events: WatchEvents) {
    this.#folder = folder
    this.#executor = executor
    this.#events = events
    this.#timer = setInterval(() => this.#look(), INTERVAL)
    this.#look()
  }

  /** Asks the runner to end the stage. */
  async cancel(graceMs: number | null): Promise<void> {
    try {
      if (!this.#attached) throw new Error('not attached')
      await this.#attached.cancel(graceMs)
    } catch {
      this.#executor.signalCancel(this.#folder)
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#attached?.resize(columns, rows)
  }

  /** Types text into the stage's terminal; resolves to how many bytes were taken, null while there is no line to its runner. */
  async input(text: string): Promise<number | null> {
    return (await this.#attached?.input(text)) ?? null
  }

  /** Stops following; the attempt goes on. Resolves when nothing is under way any more. */
  async detach(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    this.#attached?.detach()
    await this.#ending
  }

  #look(): void {
    if (this.#closed || this.#ending || performance.now() < this.#notBefore) return
    try {
      this.#noticeOutput()
      this.#events.onTick()
      const inspection = this.#executor.inspect(this.#folder)
      if (inspection.state === 'running') this.#follow(inspection.note)
      else this.#end(inspection)
      this.#fault = null
    } catch (error) {
      const message = String(error)
      if (message !== this.#fault) this.#events.onFault(error)
      this.#fault = message
    }
  }

  #follow(note: string | undefined): void {
    if (note !== this.#note) this.#events.onNote(note)
    this.#note = note
    this.#attach()
  }

  #noticeOutput(size: number = recordingSize(this.#folder)): void {
    if (size <= this.#size) return
    this.#size = size
    this.#events.onOutput(size)
  }

  #attach(): void {
    if (this.#attached || this.#attaching) return
    this.#attaching = true
    this.#executor
      .attach(this.#folder, { onOutput: (size) => this.#noticeOutput(size), onClosed: () => this.#broken() })
      .then(
        (attached) => {
          if (this.#closed) attached.detach()
          else this.#attached = attached
        },
        // Just started or just ended: the next look says which.
        () => undefined,
      )
      .finally(() => (this.#attaching = false))
  }

  #broken(): void {
    this.#attached = null
    this.#look()
  }

  #end(inspection: Exclude<Inspection, { state: 'running' }>): void {
    if (inspection.state === 'lost') this.#executor.endOrphans(this.#folder)
    const end = inspection.state === 'ended' ? { result: inspection.result } : { lost: inspection.reason }
    this.#ending = this.#events.onEnd(end).then(
      () => {
        this.#closed = true
        clearInterval(this.#timer)
        this.#attached?.detach()
      },
      // Whoever rejected has said why.
      () => {
        this.#ending = null
        this.#notBefore = performance.now() + RETRY
      },
    )
  }
}

function recordingSize(folder: string): number {
  try {
    return statSync(attemptFolder(folder).recording).size
  } catch {
    return 0
  }
}
