import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '../../runner/attempt-folder.ts'

/**
 * What the orchestrator has done about an attempt's job: `slurm.json` in its folder. It stands before the job is sent, with the name by which the job
 * is found again by whoever does not know its number: an orchestrator can be killed between the two.
 */
export const JobRecord = z.strictObject({
  version: z.literal(1),
  /** The job's name, which no other has. */
  name: z.string().min(1),
  /** Its task in an array. */
  index: z.int().nonnegative().nullable(),
  /** Slurm's number of it, `12` or `12_3`; null until it is known. */
  job: z.string().nullable(),
  /** When somebody asked for its end. */
  cancelledAt: z.iso.datetime().nullable(),
  /** How it ended, where its result alone does not say that. */
  end: z.strictObject({ as: z.enum(['failed', 'out-of-memory', 'cancelled', 'lost']), reason: z.string(), at: z.iso.datetime() }).nullable(),
})
export type JobRecord = z.infer<typeof JobRecord>

const path = (folder: string): string => join(folder, 'slurm.json')

/** Null where nothing was sent. Throws where it is damaged. */
export function readJobRecord(folder: string): JobRecord | null {
  return readJson(path(folder), JobRecord)
}

export function writeJobRecord(folder: string, record: JobRecord): void {
  writeJson(path(folder), record)
}

/** The last line that a job wrote outside the stage's terminal, its own or Slurm's words about it; empty for none. */
export function lastLogLine(folder: string): string {
  try {
    const lines = readFileSync(join(folder, 'slurm.log'), 'utf8').split('\n').filter((line) => line.trim() !== '')
    return lines.at(-1)?.trim().slice(0, 300) ?? ''
  } catch {
    return ''
  }
}

/** Lets a network file system look at a folder anew: opening it is when NFS asks for what has changed (RFC 1813, close-to-open). */
export function lookAnew(folder: string): void {
  try {
    readdirSync(folder)
  } catch {
    // What is read next says what is wrong with it.
  }
}
