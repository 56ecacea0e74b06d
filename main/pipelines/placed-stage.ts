import type { Out, Stage, StageMeta } from '../../shared/graph/pipeline.ts'
import type { Place } from './problem-list.ts'
import type { PlacedGate } from './stage-meta.ts'

/** A path relative to the project and where the file names it. */
export interface PlacedPath {
  readonly path: string
  readonly at: Place
}

export interface PlacedOut extends PlacedPath {
  readonly kind: Out['kind']
  readonly cache: boolean
  readonly persist: boolean
}

export interface PlacedParameters extends PlacedPath {
  readonly keys: readonly string[]
}

/** A stage as the file says it, each path with its place, before it is known whether the stages fit together. */
export interface PlacedStage {
  /** The `dvc.yaml` that it stands in. */
  readonly file: string
  readonly name: string
  readonly at: Place
  readonly cmd: readonly string[]
  readonly wdir: PlacedPath
  readonly desc: string | null
  readonly deps: readonly PlacedPath[]
  readonly outs: readonly PlacedOut[]
  readonly params: readonly PlacedParameters[]
  readonly frozen: boolean
  readonly alwaysChanged: boolean
  readonly meta: StageMeta
  /** Files that meta.strongroom names. */
  readonly metaPaths: readonly PlacedPath[]
  readonly checkpoint: PlacedPath | null
  /** Where meta.strongroom names the model that the stage registers. */
  readonly modelAt: Place | null
  /** Where each of its gates stands; `meta` has those that stand in place. */
  readonly gates: readonly PlacedGate[]
  /** Files of metrics inside its outs, which a file names at its top. */
  readonly metricFiles?: readonly string[]
}

/** The stage without its places. A dependency or parameter file that is named twice stands once. */
export function toStage(placed: PlacedStage): Stage {
  const params = new Map<string, string[] | 'all'>()
  for (const { path, keys } of placed.params) {
    const before = params.get(path)
    params.set(path, keys.length === 0 || before === 'all' ? 'all' : [...new Set([...(before ?? []), ...keys])])
  }
  return {
    name: placed.name,
    cmd: [...placed.cmd],
    wdir: placed.wdir.path,
    desc: placed.desc,
    deps: [...new Set(placed.deps.map((dep) => dep.path))],
    outs: placed.outs.map(({ path, kind, cache, persist }) => ({ path, kind, cache, persist })),
    params: [...params].map(([file, keys]) => ({ file, keys: keys === 'all' ? [] : keys })),
    frozen: placed.frozen,
    alwaysChanged: placed.alwaysChanged,
    meta: placed.meta,
    ...(placed.metricFiles ? { metricFiles: [...placed.metricFiles] } : {}),
  }
}
