import { StageMeta, type Pipeline, type Stage } from '../../shared/graph/pipeline.ts'

type Given = Partial<Omit<Stage, 'outs' | 'meta'>> & { readonly name: string; readonly outs?: readonly (string | Stage['outs'][number])[]; readonly meta?: unknown }

/** A pipeline for tests out of the parts of its stages that matter there; edges follow from equal paths. */
export function testPipeline(given: readonly Given[]): Pipeline {
  const stages = given.map(({ outs = [], meta = {}, ...rest }): Stage => ({
    cmd: [`run ${rest.name}`],
    wdir: '.',
    desc: null,
    deps: [],
    params: [],
    frozen: false,
    alwaysChanged: false,
    ...rest,
    outs: outs.map((out) => (typeof out === 'string' ? { path: out, kind: 'out', cache: true, persist: false } : out)),
    meta: StageMeta.parse(meta),
  }))
  const edges = stages.flatMap(({ name: to, deps }) => deps.flatMap((path) => stages.filter(({ outs }) => outs.some((out) => out.path === path)).map(({ name: from }) => ({ from, to, path }))))
  const produced = new Set(edges.map(({ path }) => path))
  const sources = [...new Set(stages.flatMap(({ deps }) => deps.filter((path) => !produced.has(path))))].sort()
  return { file: 'dvc.yaml', sha256: 'a'.repeat(64), stages, edges, sources, variables: [] }
}
