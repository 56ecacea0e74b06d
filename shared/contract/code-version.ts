import { z } from 'zod'

/** The reason where a project is under no version control at all; every other one begins with what went wrong. */
export const NO_REPOSITORY = 'no repository'

/** Which code a run executes. Entries that were written before `reason` was added are without it, also where nothing is known. */
export const CodeVersion = z.strictObject({
  /** The git commit in hexadecimal, or `unknown`. */
  commit: z.string(),
  /** Whether the project differs from the commit. */
  dirty: z.enum(['yes', 'no', 'unknown']),
  /** Hex SHA-256 of what differs, empty where nothing does or nothing is known. */
  diff: z.string(),
  /** Why something of this is unknown, such as `git failed, because ...`; absent where nothing is. */
  reason: z.string().exactOptional(),
})
export type CodeVersion = z.infer<typeof CodeVersion>
