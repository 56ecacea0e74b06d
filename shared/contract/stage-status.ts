import { z } from 'zod'
import { RunId } from './ids.ts'

/** One way in which what a stage is made of differs from its last recorded success. `before`, `after`: null where there is none on that side. */
export const StageChange = z.discriminatedUnion('what', [
  z.object({ what: z.literal('never-run') }),
  z.object({ what: z.literal('always-changed') }),
  /** A stage that it needs would run; what that makes is not known yet. */
  z.object({ what: z.literal('upstream'), stage: z.string() }),
  z.object({ what: z.literal('command') }),
  z.object({ what: z.literal('dependency'), path: z.string(), change: z.enum(['modified', 'added', 'removed', 'missing']) }),
  z.object({ what: z.literal('parameter'), name: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  z.object({ what: z.literal('environment'), name: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  z.object({ what: z.literal('outs'), path: z.string(), change: z.enum(['added', 'removed']) }),
  z.object({ what: z.literal('unreadable'), message: z.string() }),
])
export type StageChange = z.infer<typeof StageChange>

/**
 * What would become of a stage if the pipeline ran now. `current`: nothing, its outs are there. `restorable`: its outs would be brought back from
 * an earlier run. `changed`: it would run. `frozen`: it never runs.
 */
export const StageStatus = z.object({
  stage: z.string(),
  state: z.enum(['current', 'restorable', 'changed', 'frozen']),
  /** Why it would run; empty unless `changed`. */
  changes: z.array(StageChange),
  /** Outs that are missing or not what that run left; empty unless `restorable`. */
  restores: z.array(z.string()),
  /** The success that stands for it. */
  from: z.object({ run: RunId, entry: z.number().int() }).nullable(),
})
export type StageStatus = z.infer<typeof StageStatus>
