import type { Edge } from '../../shared/graph/pipeline.ts'
import { topologicalOrder } from '../../shared/graph/traversal.ts'
import { lookAt, type Looked } from './disk.ts'
import { resolveInside } from './paths.ts'
import type { PlacedOut, PlacedPath, PlacedStage } from './placed-stage.ts'
import type { Place, ProblemList } from './problem-list.ts'

/** How the stages hang together. */
export interface Connections {
  readonly edges: Edge[]
  /** Dependencies that no stage produces, sorted. */
  readonly sources: string[]
  /** Those, and the parameter files that no stage produces. */
  readonly unproduced: ReadonlySet<string>
}

/**
 * Finds which stage reads what which stage writes. A folder counts with all in it, both ways: a dependency inside an out, and a
 * dependency that holds an out. `files`: those that say the pipeline, which no stage may write. Reports stages that write the same, stages that depend on themselves, and cycles.
 */
export function connect(stages: readonly PlacedStage[], files: readonly string[], problems: ProblemList): Connections {
  const outs = indexOuts(stages, [...files, ...RESERVED], problems)
  const edges: Edge[] = []
  const sources = new Set<string>()
  const unproduced = new Set<string>()
  for (const stage of stages) {
    const dependencies = new Set(stage.deps.map(({ path }) => path))
    for (const dependency of inputsOf(stage)) {
      const { path } = dependency
      const producers = new Set<PlacedStage>()
      for (const producer of outs.touching(path)) producers.add(producer.stage)
      if (producers.delete(stage)) {
        const message = `Stage '${stage.name}' depends on '${path}', which it produces itself; remove it from deps or from outs.`
        problems.within(stage.file).add('self-dependency', dependency.at, message, stage.name)
      } else if (producers.size === 0) {
        unproduced.add(path)
        if (dependencies.has(path)) sources.add(path)
      }
      for (const producer of producers) edges.push({ from: producer.name, to: stage.name, path })
    }
  }
  reportCycles(stages, edges, problems)
  return { edges, sources: [...sources].sort(), unproduced }
}

/**
 * Looks at the disk: every path must stay inside the project through all links, what no stage produces must be there, and so must
 * working folders. `mustExist`: what no stage produces; nothing of it where the file could not be read whole, as an out of the rest may be it.
 */
export async function checkDisk(projectDir: string, stages: readonly PlacedStage[], mustExist: ReadonlySet<string>, problems: ProblemList): Promise<void> {
  const looked = await lookAt(projectDir, pathsOf(stages))
  const look = (placed: PlacedPath, stage: PlacedStage): Exclude<Looked, object> | null => {
    const found = looked.get(placed.path) ?? 'no'
    if (typeof found === 'string') return found
    problems.within(stage.file).add(found.code, placed.at, found.reason, stage.name)
    return null
  }
  // Whoever is told that something is not there should not find it under a name of other case.
  const isMissing = async (path: string): Promise<boolean> => {
    const resolved = await resolveInside(projectDir, path)
    return !resolved.ok || resolved.exists === 'no'
  }
  for (const stage of stages) {
    const here = problems.within(stage.file)
    const wdir = look(stage.wdir, stage)
    if (wdir === 'file' || wdir === 'other' || (wdir === 'no' && (await isMissing(stage.wdir.path)))) {
      const fault = wdir === 'no' ? 'does not exist' : 'is not a folder'
      const message = `The working folder '${stage.wdir.path}' ${fault}; create it or correct wdir.`
      here.add('missing-folder', stage.wdir.at, message, stage.name)
    }
    for (const input of inputsOf(stage)) {
      const exists = look(input, stage)
      if (exists === 'other') {
        here.add('path-invalid', input.at, `'${input.path}' is neither a file nor a folder; a stage cannot depend on it.`, stage.name)
      }
      if (exists !== 'no' || !mustExist.has(input.path) || !(await isMissing(input.path))) continue
      const message = `'${input.path}' is not in the project folder and no stage produces it; create it, or make it an out of a stage.`
      here.add('missing-dep', input.at, message, stage.name)
    }
    for (const out of stage.outs) look(out, stage)
  }
}

/**
 * A checkpoint folder is a stage's own: what is an out is deleted before each attempt, and what is a dependency must not change. Two stages that
 * shared one would go on from each other's.
 */
export function checkCheckpoints(stages: readonly PlacedStage[], problems: ProblemList): void {
  const owned = stages.flatMap(({ name, file, checkpoint }) => (checkpoint ? [{ name, file, ...checkpoint }] : []))
  if (owned.length === 0) return
  const used = new PathUses()
  for (const { name, outs, deps, params } of stages) for (const { path } of [...outs, ...deps, ...params]) used.add(path, `meets what stage '${name}' reads or writes`)
  for (const { name, file, path, at } of owned) {
    const fault = path === '.' ? 'is the project folder' : used.touching(path)
    if (fault !== undefined) problems.within(file).add('invalid-meta', at, `The checkpoint folder '${path}' ${fault}; name a folder that nothing else uses.`, name)
    used.add(path, `is also that of stage '${name}', or one holds the other`)
  }
}

/** What is known of paths, of the folders that they lie in, and of all below them. */
class PathUses {
  readonly #paths = new Map<string, string>()
  readonly #holders = new Map<string, string>()

  add(path: string, use: string): void {
    this.#paths.set(path, use)
    for (const folder of foldersOf(path)) this.#holders.set(folder, use)
  }

  /** The use of a path that is this one, lies in it, or holds it. */
  touching(path: string): string | undefined {
    return this.#holders.get(path) ?? [path, ...foldersOf(path)].map((each) => this.#paths.get(each)).find((use) => use !== undefined)
  }
}

/** `a/b/c` lies in `a/b` and `a`. */
function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))
}

/** Every file that meta.strongroom names must be an out or a dependency of its stage: anything else is not hashed with the stage. */
export function checkMetaPaths(stages: readonly PlacedStage[], problems: ProblemList): void {
  for (const stage of stages) {
    if (stage.metaPaths.length === 0) continue
    const known = [...stage.outs, ...stage.deps, ...stage.params].map((placed) => placed.path)
    for (const { path, at } of stage.metaPaths) {
      if (known.some((owner) => contains(owner, path))) continue
      const message = `'${path}' is neither an out nor a dependency of stage '${stage.name}', so it would not be recorded; add it to one.`
      problems.within(stage.file).add('invalid-meta', at, message, stage.name)
    }
  }
}

/** A run makes one version of a model and fixes one gate for it: with two, nothing would say which gate is whose. */
export function checkModels(stages: readonly PlacedStage[], problems: ProblemList): void {
  const owners = new Map<string, { stage: PlacedStage; at: Place }>()
  for (const stage of stages) {
    const { meta: { register }, modelAt: at } = stage
    if (!register || !at) continue
    const owner = owners.get(register.model)
    if (!owner) {
      owners.set(register.model, { stage, at })
      continue
    }
    const message = `Stage '${owner.stage.name}' registers the model '${register.model}' already, ${lineOf(owner.at, owner.stage, stage)}; a run makes one version of it, so name another model or remove one registration.`
    problems.within(stage.file).add('invalid-meta', at, message, stage.name)
  }
}

interface OwnedOut {
  readonly stage: PlacedStage
  readonly out: PlacedOut
}

/** Finds outs by path: the same path, one that holds it, or ones inside it; each look-up is linear in the depth of the path. */
class OutIndex {
  private readonly exact = new Map<string, OwnedOut[]>()
  private readonly inside = new Map<string, OwnedOut[]>()

  add(owned: OwnedOut): void {
    append(this.exact, owned.out.path, owned)
    for (const folder of foldersAbove(owned.out.path)) append(this.inside, folder, owned)
  }

  *touching(path: string): Generator<OwnedOut> {
    yield* this.exact.get(path) ?? []
    yield* this.inside.get(path) ?? []
    for (const folder of foldersAbove(path)) yield* this.exact.get(folder) ?? []
  }
}

/** What git and DVC keep there must survive a run, as must the pipeline itself; outs are deleted before their stage runs. */
const RESERVED = ['.git', '.dvc']

function indexOuts(stages: readonly PlacedStage[], keep: readonly string[], problems: ProblemList): OutIndex {
  const index = new OutIndex()
  for (const stage of stages) {
    for (const out of stage.outs) {
      const reserved = keep.find((name) => contains(out.path, name) || contains(name, out.path))
      if (reserved !== undefined) {
        const what = out.path === '.' ? 'The project folder itself' : `'${out.path}'`
        const message = `${what} cannot be an out: outs are deleted before a run, and '${reserved}' must stay.`
        problems.within(stage.file).add('path-reserved', out.at, message, stage.name)
        continue
      }
      const [other] = index.touching(out.path)
      if (other) problems.within(stage.file).add('duplicate-out', out.at, clash(stage, out, other), stage.name)
      index.add({ stage, out })
    }
  }
  return index
}

function clash(stage: PlacedStage, out: PlacedOut, other: OwnedOut): string {
  const owner = `${other.stage === stage ? 'the same stage' : `stage '${other.stage.name}'`} ${lineOf(other.out.at, other.stage, stage)}`
  if (other.out.path === out.path) return `'${out.path}' is already an out of ${owner}; one file has one producer, so rename one.`
  const relation = contains(out.path, other.out.path) ? 'holds' : 'lies in'
  return `'${out.path}' ${relation} '${other.out.path}', which is an out of ${owner}; give each a folder of its own.`
}

/** Each cycle that is left after the ones before it are cut, at the dependency that closes it; starts at its first stage in the file. */
function reportCycles(stages: readonly PlacedStage[], edges: readonly Edge[], problems: ProblemList): void {
  let open = [...edges]
  for (;;) {
    const ordered = new Set(topologicalOrder({ stages, edges: open }))
    const stuck = stages.find((stage) => !ordered.has(stage.name))
    if (!stuck) return
    const cycle = followBack(stuck.name, open.filter((edge) => !ordered.has(edge.from) && !ordered.has(edge.to)))
    const names = rotateToFirst(cycle, stages)
    const first = stages.find((stage) => stage.name === names[0])
    const closing = open.find((edge) => edge.from === names.at(-1) && edge.to === names[0])
    if (!first || !closing) return
    const at = [...first.deps, ...first.params].find((dependency) => dependency.path === closing.path)?.at ?? first.at
    const way = [...names, names[0] ?? ''].map((name) => `'${name}'`).join(' -> ')
    problems.within(first.file).add('cycle', at, `The stages depend on each other in a cycle: ${way}; remove one of these dependencies.`, first.name)
    const members = new Set(names)
    open = open.filter((edge) => !(members.has(edge.from) && members.has(edge.to)))
  }
}

/** Walks from a stage that is on or behind a cycle to what it waits for, until a stage comes again. In the order of data flow. */
function followBack(start: string, edges: readonly Edge[]): string[] {
  const before = new Map(edges.toReversed().map((edge) => [edge.to, edge.from]))
  const walk: string[] = []
  const seen = new Map<string, number>()
  let name: string | undefined = start
  while (name !== undefined && !seen.has(name)) {
    seen.set(name, walk.push(name) - 1)
    name = before.get(name)
  }
  return walk.slice(name === undefined ? 0 : seen.get(name)).toReversed()
}

function rotateToFirst(cycle: readonly string[], stages: readonly PlacedStage[]): string[] {
  const first = stages.find((stage) => cycle.includes(stage.name))
  const at = Math.max(cycle.indexOf(first?.name ?? ''), 0)
  return [...cycle.slice(at), ...cycle.slice(0, at)]
}

/** Where something of one stage stands, for who reads about another. */
function lineOf(at: Place, stage: PlacedStage, reader: PlacedStage): string {
  return stage.file === reader.file ? `on line ${at.line}` : `on line ${at.line} of ${stage.file}`
}

function contains(folder: string, path: string): boolean {
  return folder === '.' || folder === path || path.startsWith(`${folder}/`)
}

/** The folders that hold a path, the project last; none for the project itself. */
function* foldersAbove(path: string): Generator<string> {
  if (path === '.') return
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end)
  yield '.'
}

/** What a stage reads, each path once, where it is named first. */
function inputsOf(stage: PlacedStage): readonly PlacedPath[] {
  if (stage.params.length === 0 && stage.deps.length < 2) return stage.deps
  const seen = new Map<string, PlacedPath>()
  for (const placed of [...stage.deps, ...stage.params]) if (!seen.has(placed.path)) seen.set(placed.path, placed)
  return [...seen.values()]
}

function* pathsOf(stages: readonly PlacedStage[]): Generator<string> {
  for (const stage of stages) {
    yield stage.wdir.path
    for (const { path } of stage.deps) yield path
    for (const { path } of stage.params) yield path
    for (const { path } of stage.outs) yield path
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
