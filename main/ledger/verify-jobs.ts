import { findPageDamage, openForReading } from '../storage/index.ts'
import { indexedTerms } from './entry-index.ts'
import { findKeyEntries, type KeyEntry } from './key-entries.ts'
import { checkStretch, type StretchFindings, type VerifyContext } from './verify-stretch.ts'

/** A part of a verification that reads the database and answers with plain data, so that any thread can do it. */
export type Job =
  | { readonly kind: 'pages' }
  | { readonly kind: 'keys'; readonly from: number; readonly to: number }
  | { readonly kind: 'stretch'; readonly from: number; readonly to: number; readonly context: VerifyContext }
  | { readonly kind: 'terms'; readonly from: number; readonly size: number }

/** What each kind of job finds. */
export interface Found {
  /** What is wrong with the pages of the file, one line each. */
  readonly pages: readonly string[]
  readonly keys: readonly KeyEntry[]
  readonly stretch: StretchFindings
  /** How many the index holds of the entries `from` to `size` (exclusive). */
  readonly terms: number
}

/** Does jobs on a connection of its own, one at a time. */
export interface Worker {
  /** @param pause called between two batches of rows with how many were checked; may throw to stop. */
  work<J extends Job>(job: J, pause: (rows: number) => Promise<void>): Promise<Found[J['kind']]>
  close(): void
}

/** @param path the database, which another connection has open. Throws StorageError. */
export function openWorker(path: string): Worker {
  const db = openForReading(path)
  return {
    async work<J extends Job>(job: J, pause: (rows: number) => Promise<void>) {
      // The kind of the job decides that of the answer, which the compiler cannot follow.
      return (await find(job, pause)) as Found[J['kind']]
    },
    close: () => db.close(),
  }

  async function find(job: Job, pause: (rows: number) => Promise<void>): Promise<Found[Job['kind']]> {
    switch (job.kind) {
      case 'pages':
        return findPageDamage(db)
      case 'keys':
        await pause(0)
        return findKeyEntries(db, job.from, job.to)
      case 'stretch':
        return checkStretch(db, job.context, job.from, job.to, pause)
      case 'terms':
        return indexedTerms(db, job.from, job.size)
    }
  }
}
