import { join } from 'node:path'
import { z } from 'zod'
import { ExecutorConfig } from '../../../../shared/contract/index.ts'
import { CodeVersion } from '../../../../shared/contract/code-version.ts'

const [SshConfig] = ExecutorConfig.options

/** What this side knows of an attempt elsewhere, in `remote.json` of its folder here. */
export const RemoteRecord = z.strictObject({
  version: z.literal(1),
  /** Its folder there. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** `sending`: nothing runs there. `starting`: it may. `begun`: it does, or did. */
  phase: z.enum(['sending', 'starting', 'begun']),
  /** By the clock of this machine. */
  startedAt: z.iso.datetime(),
  code: CodeVersion,
  /** Where it was sent: the executor may have become another host since. */
  config: SshConfig,
})
export type RemoteRecord = z.infer<typeof RemoteRecord>

/** That it is to end: SIGKILL follows SIGTERM after so many milliseconds. */
export const CancelWish = z.strictObject({ graceMs: z.number().int().nonnegative() })

export const Lost = z.strictObject({ reason: z.string() })

/** Names of what lies in an attempt's folder here, beside what every attempt has. */
export function remoteFiles(folder: string) {
  return {
    record: join(folder, 'remote.json'),
    cancel: join(folder, 'cancel.json'),
    lost: join(folder, 'lost.json'),
    sending: join(folder, 'sending'),
    incoming: join(folder, 'incoming'),
  }
}
