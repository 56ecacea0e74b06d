import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ContentError } from './content.ts'
import { ABORTED, doJob, NOT_A_FILE, type Found, type Job } from './file-jobs.ts'

export interface ThreadJob {
  readonly job: Job
  /** Not 0 once it is cancelled. */
  readonly flag: Int32Array
}

export type ThreadAnswer =
  | { readonly ok: true; readonly found: Found[Job['kind']] }
  | { readonly ok: false; readonly message: string; readonly members: Readonly<Record<string, unknown>> }

/** Threads that have had nothing to do for so long are ended. */
const IDLE_MS = 10_000

/** Threads that read many files: one for each core, started when there is something to do, ended when there is nothing more. */
export class FileCrew {
  readonly #program: string | null
  /** How many jobs are done at once. */
  readonly size: number
  readonly #free: Worker[] = []
  readonly #waiting: (() => void)[] = []
  #busy = 0
  #idle: NodeJS.Timeout | undefined

  /** @param program the file of `file-thread`, as it is installed; null does everything in this thread, which does nothing else meanwhile. */
  constructor(program: string | null, size: number = availableParallelism()) {
    this.#program = program
    this.size = program === null ? 1 : size
  }

  /**
   * Waits for a free place and does the job there. Rejects with the signal's reason, once nothing is done any more; with `ContentError` `not-a-file`; with the file
   * system's errors, of which those of writing have the member `isWriting`.
   */
  async do<J extends Job>(job: J, signal?: AbortSignal): Promise<Found[J['kind']]> {
    signal?.throwIfAborted()
    if (this.#busy === this.size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#busy++
    try {
      const answer = this.#program === null ? await answerHere(job, signal) : await this.#ask(this.#program, job, signal)
      if (answer.ok) return answer.found as Found[J['kind']]
      throw errorOf(answer, signal)
    } finally {
      const next = this.#waiting.shift()
      // The place goes on to who waits.
      if (next) next()
      else this.#busy--
    }
  }

  async #ask(program: string, job: Job, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
    const thread = this.#free.pop() ?? new Worker(program, { execArgv: [] })
    thread.ref()
    const answer = await ask(thread, job, signal)
    // Only one that answered: what ended is not asked again.
    thread.unref()
    this.#free.push(thread)
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
    return answer
  }

  /** Ends the threads that have nothing to do; what comes later starts others. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    await Promise.all(this.#free.splice(0).map((thread) => thread.terminate()))
  }
}

async function answerHere(job: Job, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
  await setImmediate()
  try {
    return { ok: true, found: doJob(job, () => signal?.aborted === true) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error), members: { ...(error as object) } }
  }
}

function ask(thread: Worker, job: Job, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
  const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', hear).off('error', fail).off('exit', leave)
      signal?.removeEventListener('abort', cancel)
      act()
    }
    const hear = (answer: ThreadAnswer): void => settle(() => resolve(answer))
    const fail = (error: Error): void => settle(() => reject(error))
    const leave = (code: number): void => settle(() => reject(new Error(`A thread that reads files ended with code ${code}.`)))
    // It answers when it has stopped: what it was writing can then be removed.
    const cancel = (): void => void Atomics.store(flag, 0, 1)
    thread.on('message', hear).on('error', fail).on('exit', leave)
    signal?.addEventListener('abort', cancel)
    if (signal?.aborted) cancel()
    const message: ThreadJob = { job, flag }
    thread.postMessage(message)
  })
}

function errorOf({ message, members }: Extract<ThreadAnswer, { ok: false }>, signal: AbortSignal | undefined): unknown {
  if (members.code === ABORTED && signal?.aborted) return signal.reason
  const error = Object.assign(new Error(message), members)
  return members.code === NOT_A_FILE ? new ContentError('not-a-file', message, { cause: error }) : error
}
