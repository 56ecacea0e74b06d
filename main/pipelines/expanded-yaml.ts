import { stringify } from 'yaml'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'

/** The stages as they run, each template and turn written out, for who wants to see them; paths are relative to the project. */
export function expandedYaml({ stages }: Pick<Pipeline, 'stages'>): string {
  const body = stringify({ stages: Object.fromEntries(stages.map((stage) => [stage.name, keysOf(stage)])) }, { lineWidth: 0, aliasDuplicateObjects: false })
  return `# Paths are relative to the project.\n${body}`
}

/** What says nothing is left out. */
function keysOf({ desc, cmd, wdir, deps, params, outs, frozen, alwaysChanged, meta }: Stage): object {
  const of = (kind: Stage['outs'][number]['kind']) => outs.filter((out) => out.kind === kind).map(({ path, cache, persist }) => (cache && !persist ? path : { [path]: { ...(cache ? {} : { cache }), ...(persist ? { persist } : {}) } }))
  const { evidence, resources, ...promises } = meta
  const lists = { deps, params: params.map(({ file, keys }) => ({ [file]: keys.length === 0 ? null : keys })), outs: of('out'), metrics: of('metric'), plots: of('plot') }
  return {
    ...(desc === null ? {} : { desc }),
    cmd: cmd.length === 1 ? cmd[0] : cmd,
    ...(wdir === '.' ? {} : { wdir }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(frozen ? { frozen } : {}),
    ...(alwaysChanged ? { always_changed: true } : {}),
    meta: { strongroom: { resources, ...(evidence.length > 0 ? { evidence } : {}), ...promises } },
  }
}
