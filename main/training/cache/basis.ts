import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { StageChange } from '../../../shared/contract/index.ts'
import { canonicalJson } from '../../ledger/index.ts'

const Texts = z.record(z.string(), z.string())

/**
 * Everything that what a stage makes depends on, as far as it says or can be seen: two stages with the same basis are taken to make the same.
 * `dependencies`: hex SHA-256 by path, of folders that of their manifest. `parameters`: by name, as the ledger records them. `environment`: by name,
 * what the programs that the commands name are, and what else they are given.
 */
export const Basis = z.strictObject({
  version: z.literal(1),
  cmd: z.array(z.string()),
  wdir: z.string(),
  dependencies: Texts,
  parameters: Texts,
  outs: z.array(z.string()),
  environment: Texts,
})
export type Basis = z.infer<typeof Basis>

/** The cache key: lower-case hex SHA-256 over the canonical JSON (RFC 8785). */
export function keyOf(basis: Basis): string {
  return createHash('sha256').update(canonicalJson(basis)).digest('hex')
}

/** What differs between two bases, in the order in which a reader asks: the command, files, parameters, outs, the environment. */
export function compareBases(before: Basis, after: Basis): StageChange[] {
  const isOtherCommand = before.wdir !== after.wdir || canonicalJson(before.cmd) !== canonicalJson(after.cmd)
  return [
    ...(isOtherCommand ? [{ what: 'command' as const }] : []),
    ...differences(before.dependencies, after.dependencies).map(({ name, was, is }) => ({
      what: 'dependency' as const, path: name, change: was === null ? ('added' as const) : is === null ? ('removed' as const) : ('modified' as const),
    })),
    ...differences(before.parameters, after.parameters).map(({ name, was, is }) => ({ what: 'parameter' as const, name, before: was, after: is })),
    ...after.outs.filter((path) => !before.outs.includes(path)).map((path) => ({ what: 'outs' as const, path, change: 'added' as const })),
    ...before.outs.filter((path) => !after.outs.includes(path)).map((path) => ({ what: 'outs' as const, path, change: 'removed' as const })),
    ...differences(before.environment, after.environment).map(({ name, was, is }) => ({ what: 'environment' as const, name, before: was, after: is })),
  ]
}

function differences(before: Basis['parameters'], after: Basis['parameters']): { name: string; was: string | null; is: string | null }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((name) => {
    const was = before[name] ?? null
    const is = after[name] ?? null
    return was === is ? [] : [{ name, was, is }]
  })
}
