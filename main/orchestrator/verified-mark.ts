import { readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { replaceFile } from '../storage/index.ts'

/** The beginning of the ledger that a verification found good, and when that verification began. `terms`: not in the mark of an earlier version. */
const Part = z.object({ checkpoint: z.string(), keySeqs: z.array(z.number().int().nonnegative()).readonly(), terms: z.number().int().nonnegative().nullable().default(null), at: z.iso.datetime() })

const Mark = z.object({
  /** 2: which entries concern keys includes those that change roles. */
  version: z.literal(2),
  /** Up to where the last verification that ended well came. */
  verified: Part.nullable(),
  /** Up to where a full one came that was stopped. */
  stopped: Part.nullable(),
})

export type VerifiedMark = z.infer<typeof Mark>

const NOTHING: VerifiedMark = { version: 2, verified: null, stopped: null }

/**
 * What verifications found, kept beside the high-water mark so that a later one can begin there. It is this machine's memory and no proof: one
 * that cannot be read is none, and everything is verified again.
 */
export function readVerifiedMark(path: string): VerifiedMark {
  try {
    return Mark.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return NOTHING
  }
}

/** Throws StorageError. */
export function writeVerifiedMark(path: string, mark: VerifiedMark): void {
  replaceFile(path, `${JSON.stringify(mark)}\n`)
}

/** Nothing is taken to be verified any more. */
export function forgetVerified(path: string): void {
  rmSync(path, { force: true })
}
