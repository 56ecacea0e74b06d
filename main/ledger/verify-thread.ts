/** A thread of a verification: started with the database's path, it does the jobs that it is sent, one at a time, until it is ended. */
import { parentPort, workerData } from 'node:worker_threads'
import { StorageError } from '../storage/index.ts'
import { openWorker, type Found, type Job, type Worker } from './verify-jobs.ts'
import type { ThreadMessage } from './verify-crew.ts'

const port = parentPort
if (port === null) throw new Error('This is a thread of a verification: it is not started by itself.')
const tell = (message: ThreadMessage) => port.postMessage(message)
/** Opened by the first job, so that whoever asked is told when it cannot be. */
let worker: Worker | undefined

async function work(job: Job): Promise<Found[Job['kind']]> {
  worker ??= openWorker(String(workerData))
  return worker.work(job, (rows) => {
    tell({ kind: 'progress', rows })
    return Promise.resolve()
  })
}

port.on('message', (job: Job) => {
  work(job).then(
    (found) => tell({ kind: 'found', found }),
    (error: unknown) => tell({ kind: 'failed', ...describe(error) }),
  )
})

/** An error's class does not survive the way to another thread. */
function describe(error: unknown): Omit<Extract<ThreadMessage, { kind: 'failed' }>, 'kind'> {
  if (error instanceof StorageError) return { message: error.message, storage: { code: error.code, path: error.path } }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), storage: null }
}
