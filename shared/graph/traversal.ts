import type { Edge } from './pipeline.ts'

/** The two parts of a pipeline that its order follows from. */
export type Ordered = { readonly stages: readonly { readonly name: string }[]; readonly edges: readonly Pick<Edge, 'from' | 'to'>[] }

/**
 * Names of all stages so that each comes after those it depends on; all that wait for nothing stand first, in the order of the
 * file, then what they set free (Kahn). A stage on a cycle, or behind one, is left out: a pipeline that was read without problems has none.
 */
export function topologicalOrder(pipeline: Ordered): string[] {
  const followers = adjacency(pipeline, 'from', 'to')
  const waiting = new Map(pipeline.stages.map((stage) => [stage.name, 0]))
  for (const targets of followers.values()) for (const target of targets) waiting.set(target, (waiting.get(target) ?? 0) + 1)
  const order = pipeline.stages.map((stage) => stage.name).filter((name) => waiting.get(name) === 0)
  // The order grows while it is walked: it is its own queue.
  for (const name of order) {
    for (const follower of followers.get(name) ?? []) {
      const left = (waiting.get(follower) ?? 0) - 1
      waiting.set(follower, left)
      if (left === 0) order.push(follower)
    }
  }
  return order
}

/** Stages that depend on this one, directly or not, in the order of the file; without itself. */
export function descendants(pipeline: Ordered, name: string): string[] {
  return reachable(pipeline, adjacency(pipeline, 'from', 'to'), name)
}

/** Stages that this one depends on, directly or not, in the order of the file; without itself. */
export function ancestors(pipeline: Ordered, name: string): string[] {
  return reachable(pipeline, adjacency(pipeline, 'to', 'from'), name)
}

/** Stages that this one depends on directly, in the order of the file. */
export function predecessors(pipeline: Ordered, name: string): string[] {
  const direct = new Set(pipeline.edges.filter((edge) => edge.to === name).map((edge) => edge.from))
  return inFileOrder(pipeline, direct)
}

function reachable(pipeline: Ordered, next: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] {
  const seen = new Set<string>()
  const open = [...(next.get(start) ?? [])]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(next.get(name) ?? []))
  }
  seen.delete(start)
  return inFileOrder(pipeline, seen)
}

function inFileOrder(pipeline: Ordered, names: ReadonlySet<string>): string[] {
  return pipeline.stages.filter((stage) => names.has(stage.name)).map((stage) => stage.name)
}

/** Two edges between the same stages (two files) count once here. */
function adjacency(pipeline: Ordered, key: 'from' | 'to', value: 'from' | 'to'): ReadonlyMap<string, ReadonlySet<string>> {
  const next = new Map<string, Set<string>>(pipeline.stages.map((stage) => [stage.name, new Set()]))
  for (const edge of pipeline.edges) next.get(edge[key])?.add(edge[value])
  return next
}
