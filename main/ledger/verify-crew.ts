import { setImmediate } from 'node:timers/promises'
import { Worker as Thread } from 'node:worker_threads'
import { StorageError, type StorageErrorCode } from '../storage/index.ts'
import { openWorker, type Found, type Job } from './verify-jobs.ts'

/** What a thread tells: rows checked, what a job found, or why it could not be done. */
export type ThreadMessage =
  | { readonly kind: 'progress'; readonly rows: number }
  | { readonly kind: 'found'; readonly found: Found[Job['kind']] }
  | { readonly kind: 'failed'; readonly message: string; readonly storage: { readonly code: StorageErrorCode; readonly path: string } | null }

/** Who does the jobs of a verification: a number of threads, or this thread where they would take longer to start than the work takes. */
export interface Crew {
  /** How many jobs are done at once. */
  readonly size: number
  /** Waits for a free place and does the job there. Rejects with what reading throws (StorageError), or the signal's reason. */
  ask<J extends Job>(job: J): Promise<Found[J['kind']]>
  /** Ends all that is under way. */
  close(): Promise<void>
}

interface CrewOptions {
  readonly signal?: AbortSignal | undefined
  readonly onRows: (rows: number) => void
}

/** Does jobs in this thread, letting other work run between two batches of rows. */
export function crewOfOne(path: string, { signal, onRows }: CrewOptions): Crew {
  const worker = openWorker(path)
  const pause = async (rows: number): Promise<void> => {
    onRows(rows)
    await setImmediate()
    signal?.throwIfAborted()
  }
  return {
    size: 1,
    ask: (job) => worker.work(job, pause),
    close: () => Promise.resolve(worker.close()),
  }
}

/** @param program the file of verify-thread, as it is installed. */
export function crewOfThreads(path: string, program: string, size: number, { signal, onRows }: CrewOptions): Crew {
  const free: Thread[] = []
  const waiting: ((thread: Thread) => void)[] = []
  const threads = Array.from({ length: size }, () => new Thread(program, { workerData: path, execArgv: [] }))
  const release = (thread: Thread): void => {
    const next = waiting.shift()
    if (next) next(thread)
    else free.push(thread)
  }
  threads.forEach(release)
  return {
    size,
    async ask<J extends Job>(job: J) {
      const thread = free.pop() ?? (await new Promise<Thread>((resolve) => waiting.push(resolve)))
      try {
        return (await askThread(thread, job, signal, onRows)) as Found[J['kind']]
      } finally {
        release(thread)
      }
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()))
    },
  }
}

function askThread(thread: Thread, job: Job, signal: AbortSignal | undefined, onRows: (rows: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', hear).off('error', fail).off('exit', leave)
      signal?.removeEventListener('abort', abort)
      act()
    }
    const hear = (message: ThreadMessage): void => {
      if (message.kind === 'progress') onRows(message.rows)
      else if (message.kind === 'found') settle(() => resolve(message.found))
      else settle(() => reject(errorOf(message)))
    }
    const fail = (error: Error): void => settle(() => reject(error))
    const leave = (code: number): void => settle(() => reject(new Error(`A thread of the verification ended with code ${code}.`)))
    // Whoever stops it says why: what that is, is not for this to judge.
    const abort = (): void => settle(() => reject(signal?.reason as Error))
    thread.on('message', hear).on('error', fail).on('exit', leave)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else thread.postMessage(job)
  })
}

function errorOf({ message, storage }: Extract<ThreadMessage, { kind: 'failed' }>): Error {
  return storage === null ? new Error(message) : new StorageError(storage.code, storage.path, message)
}
