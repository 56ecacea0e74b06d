/** A thread of a crew: does the jobs that it is sent, one at a time, until it is ended. */
import { parentPort } from 'node:worker_threads'
import type { ThreadAnswer, ThreadJob } from './file-crew.ts'
import { doJob } from './file-jobs.ts'

const port = parentPort
if (port === null) throw new Error('This is a thread of a crew: it is not started by itself.')

port.on('message', ({ job, flag }: ThreadJob) => {
  port.postMessage(answer(() => doJob(job, () => Atomics.load(flag, 0) !== 0)))
})

function answer(work: () => ReturnType<typeof doJob>): ThreadAnswer {
  try {
    return { ok: true, found: work() }
  } catch (error) {
    // An error's class and its own members do not survive the way to another thread.
    return { ok: false, message: error instanceof Error ? error.message : String(error), members: { ...(error as object) } }
  }
}
