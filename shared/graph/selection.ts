import { stagesNamed, type Pipeline, type Stage } from './pipeline.ts'
import { topologicalOrder } from './traversal.ts'

/** Stages to run, each after those it needs, or a target that names none. */
export type Selection = { readonly stages: readonly Stage[] } | { readonly unknown: string }

/**
 * The targets and everything that they need, less what is frozen and what only that needs; all stages without targets. A target may be whatever
 * `stagesNamed` takes.
 */
export function selectStages(pipeline: Pick<Pipeline, 'stages' | 'edges'>, targets?: readonly string[]): Selection {
  const byName = new Map(pipeline.stages.map((stage) => [stage.name, stage]))
  const names = [...byName.keys()]
  const needs = predecessorsOf(pipeline)
  const wanted = new Set<string>()
  const open = targets === undefined ? [...names] : []
  for (const target of targets ?? []) {
    const meant = stagesNamed(target, names)
    if (meant.length === 0) return { unknown: target }
    open.push(...meant)
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (wanted.has(name) || byName.get(name)?.frozen === true) continue
    wanted.add(name)
    open.push(...(needs.get(name) ?? []))
  }
  return { stages: topologicalOrder(pipeline).flatMap((name) => (wanted.has(name) ? (byName.get(name) ?? []) : [])) }
}

/** Which stages each stage waits for. */
export function predecessorsOf({ edges }: Pick<Pipeline, 'edges'>): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map<string, Set<string>>()
  for (const { from, to } of edges) {
    const before = needs.get(to)
    if (before) before.add(from)
    else needs.set(to, new Set([from]))
  }
  return needs
}
