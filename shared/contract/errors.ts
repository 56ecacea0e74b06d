import { z } from 'zod'

/** The closed list of ways in which a request fails. Every message says what happened, to what, and what to do next. */
export const ERROR_CODES = [
  'invalid-request',
  'not-signed-in',
  'not-permitted',
  'wrong-passphrase',
  'first-passphrase',
  'too-many-attempts',
  'not-set-up',
  'already-set-up',
  'not-found',
  'already-exists',
  'conflict',
  /** More was signed than the ledger has: an administrator lets it go on first. */
  'ledger-short',
  'invalid-pipeline',
  'invalid-path',
  'gate-not-met',
  'four-eyes',
  'disk-full',
  'storage-unavailable',
  'storage-damaged',
  'installation-damaged',
  'cancelled',
  'internal',
] as const

export const ErrorCode = z.enum(ERROR_CODES)
export type ErrorCode = z.infer<typeof ErrorCode>

/** A place in a user's file. Lines and columns count from 1. */
export const Problem = z.object({
  code: z.string(),
  message: z.string(),
  file: z.string().nullable(),
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
})
export type Problem = z.infer<typeof Problem>

export const ErrorData = z.object({ code: ErrorCode, problems: z.array(Problem).default([]) })
export type ErrorData = z.infer<typeof ErrorData>

/** What a request that fails throws, on both sides of the socket. */
export class RequestError extends Error {
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.problems = problems
  }
}
