import type { Stage, StageMeta } from '../../../shared/graph/pipeline.ts'
import { shellQuote } from '../template-text.ts'

/**
 * What a POSIX shell in the project's folder does for a stage, as a run here does: outs are deleted unless they persist, their folders are
 * made, and each command has a shell of its own in the working folder. Ends with the first that fails, under `set -e`.
 */
export function stageShell(stage: Stage): string[] {
  const deleted = stage.outs.filter(({ persist }) => !persist).map(({ path }) => shellQuote(path))
  const folders = new Set(stage.outs.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : [])))
  return [
    ...(deleted.length === 0 ? [] : [`rm -rf -- ${deleted.join(' ')}`]),
    ...(folders.size === 0 ? [] : [`mkdir -p -- ${[...folders].map(shellQuote).join(' ')}`]),
    ...stage.cmd.map((command) => `(${stage.wdir === '.' ? '' : `cd -- ${shellQuote(stage.wdir)} && `}exec /bin/sh -c ${shellQuote(command)})`),
  ]
}

/** What `meta.strongroom` says of a stage that others should not lose; null where that is nothing. */
export function evidenceOf({ meta }: Pick<Stage, 'meta'>): Pick<StageMeta, 'evidence' | 'register' | 'gates'> | null {
  const { evidence, register, gates } = meta
  if (evidence.length === 0 && !register) return null
  return { evidence, ...(register ? { register } : {}), ...(gates ? { gates } : {}) }
}

/** The same in lines for who reads a file. */
export function evidenceLines({ meta }: Pick<Stage, 'meta'>): string[] {
  const { evidence, register, gates } = meta
  return [
    ...evidence.map(({ kind, path, obligations }) => `evidence: ${kind} ${path}${obligations.length === 0 ? '' : ` (${obligations.join('; ')})`}`),
    ...(register ? [`registers: ${register.path} as a version of the model ${register.model}`] : []),
    ...Object.entries(gates ?? {}).map(([to, gate]) => `gate to ${to}: ${JSON.stringify(gate)}`),
  ]
}

/** Names that a format takes, one for each stage: other characters become dashes, and a number tells those apart that then are the same. */
export function namesFor(stages: readonly Pick<Stage, 'name'>[], { allowed, length }: { readonly allowed: RegExp; readonly length: number }): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  const names = new Map<string, string>()
  for (const { name } of stages) {
    const plain = [...name.toLowerCase()].map((character) => (allowed.test(character) ? character : '-')).join('').replaceAll(/-{2,}/g, '-')
    const trimmed = plain.slice(0, length - 6).replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'stage'
    let unique = trimmed
    for (let number = 2; taken.has(unique); number += 1) unique = `${trimmed}-${number}`
    taken.add(unique)
    names.set(name, unique)
  }
  return names
}
