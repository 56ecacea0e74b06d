import type { AttemptResult } from '../runner/attempt-folder.ts'

export type Inspection =
  /** `note`: why it does not run yet where it was sent, in a sentence. */
  | { readonly state: 'running'; readonly note?: string }
  | { readonly state: 'ended'; readonly result: AttemptResult }
  /** What ran it is gone and left no result, or it never began; it will not begin any more. */
  | { readonly state: 'lost'; readonly reason: string }

/** One thing that a look at an executor found, in a sentence. */
export interface Finding {
  readonly ok: boolean
  readonly what: string
  readonly found: string
}

/** A line to a running attempt. */
export interface Attached {
  /** Resolves when the request was taken, not when the stage has ended. */
  cancel(graceMs: number | null): Promise<void>
  resize(columns: number, rows: number): Promise<void>
  /** Types text into the terminal; resolves to how many of its bytes there was room for, 0 where there is no terminal to type into. */
  input(text: string): Promise<number>
  detach(): void
}

export interface AttachEvents {
  onOutput(size: number): void
  /** The attempt ended, or the line broke: `inspect` says which. */
  onClosed(): void
}

/**
 * Runs attempts somewhere. Wherever that is, an attempt's folder (`runner/attempt-folder.ts`) here has its spec before it starts, and all that is known of it while
 * it runs and after: recording, metrics, samples, result. An attempt outlives whoever started it; the folder is enough to find it again.
 */
export interface Executor {
  /** Starts the attempt of a folder with `spec.json`. Resolves when it is there, or is waited for where it was sent. Throws an Error that says why it is not. */
  start(folder: string): Promise<void>
  /** What became of an attempt, whoever started it. One that never began is given up here, so that it never will. Answers from what is known here: it asks nobody. */
  inspect(folder: string): Inspection
  /** Follows a running attempt. Throws where there is nothing to follow yet. */
  attach(folder: string, events: AttachEvents): Promise<Attached>
  /** Asks an attempt to end where no line to it can be had. */
  signalCancel(folder: string): void
  /** Ends what a lost attempt has left running. */
  endOrphans(folder: string): void
  /** Reaches it, begins nothing there, and says what was found. Where there is none, there is nothing to reach. */
  check?(): Promise<Finding[]>
  /** Lets go of all connections; what runs goes on. */
  close(): Promise<void>
}
