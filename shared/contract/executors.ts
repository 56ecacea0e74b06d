import { z } from 'zod'
import { Timestamp } from './ids.ts'
import { request } from './request.ts'

/** What a stage calls it by: `meta.strongroom.executor`. */
export const ExecutorName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, a letter first, at most 32')
export type ExecutorName = z.infer<typeof ExecutorName>

const Word = z.string().min(1).max(200).regex(/^[A-Za-z0-9_][A-Za-z0-9_.,:@%/+=-]*$/, 'must be one word of letters, digits and _ . , : @ % / + = -')
const Folder = z.string().max(1_000).regex(/^\/[^\0\n]*$/, 'must be an absolute path')

/** A host as the system's OpenSSH knows it: an alias of its configuration, or a name, with what its configuration does not say. */
export const SshHost = z.strictObject({ host: Word, user: Word.exactOptional(), port: z.int().min(1).max(65_535).exactOptional() })
export type SshHost = z.infer<typeof SshHost>

/**
 * How content gets there. `shared`: the project's folder is there under `path` too (the same path unless told). `copy`: what a stage reads is copied into a folder
 * of its own below the executor's `folder`, and what it leaves is copied back.
 */
export const Staging = z.discriminatedUnion('by', [z.strictObject({ by: z.literal('shared') }), z.strictObject({ by: z.literal('copy') })])
export type Staging = z.infer<typeof Staging>

/**
 * Where stages run beside this machine. `folder`: of Strongroom's own there, for attempts. A Slurm cluster is spoken to by its commands here or, with `login`, on that
 * host. Nothing in it is a secret: keys are the agent's and the system's.
 */
export const ExecutorConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ssh'), ...SshHost.shape, folder: Folder, staging: Staging }),
  z.strictObject({
    kind: z.literal('slurm'), login: SshHost.exactOptional(), folder: Folder, staging: Staging,
    partition: Word.exactOptional(), account: Word.exactOptional(), qos: Word.exactOptional(), constraint: Word.exactOptional(),
  }),
])
export type ExecutorConfig = z.infer<typeof ExecutorConfig>

export const Executor = z.object({
  name: ExecutorName,
  config: ExecutorConfig,
  /** The entry that says so. */
  entry: z.number().int(),
  addedAt: Timestamp,
  addedBy: z.string(),
})
export type Executor = z.infer<typeof Executor>

/** What a look at an executor found, a sentence a line. */
export const ExecutorCheck = z.object({ name: ExecutorName, ok: z.boolean(), lines: z.array(z.object({ ok: z.boolean(), what: z.string(), found: z.string() })) })
export type ExecutorCheck = z.infer<typeof ExecutorCheck>

export const executorRequests = {
  /** What there is to name in a pipeline. */
  'executors.list': request('session', z.object({}), z.array(Executor)),
  /** Adds one, or changes what its name stands for; what runs goes on where it was started. */
  'executors.set': request('machine.manage', z.object({ name: ExecutorName, config: ExecutorConfig }), Executor),
  /** Reaches it, as a stage would, and begins nothing there. */
  'executors.check': request('machine.manage', z.object({ name: ExecutorName }), ExecutorCheck),
  'executors.remove': request('machine.manage', z.object({ name: ExecutorName, reason: z.string().trim().min(1).max(1_000) }), z.object({ name: ExecutorName, entry: z.number().int() })),
}
