import type { z } from 'zod'
import type { Artifact, Declared, Plot } from '../../shared/graph/pipeline.ts'
import type { Expansion } from './expansion.ts'
import { entryOf, kindOf, plainValue, type JsonValue } from './located.ts'
import { joinProjectPath } from './paths.ts'
import type { PlacedPath, PlacedStage } from './placed-stage.ts'
import type { Place, ProblemList } from './problem-list.ts'
import { didYouMean } from './suggestion.ts'
import type { Located, LocatedEntry, LocatedMap } from './yaml-source.ts'

/**
 * The keys beside `stages` and `vars`, by which whoever shows and compares finds parameters, metrics, plots and models.
 * https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
 */
export const TOP_KEYS = ['params', 'metrics', 'plots', 'artifacts', 'datasets'] as const

export function isTopKey(key: string): boolean {
  return TOP_KEYS.some((known) => known === key)
}

interface PlacedPlot {
  readonly id: string
  readonly files: readonly PlacedPath[]
  readonly properties: Plot['properties']
}

interface PlacedArtifact extends PlacedPath {
  readonly name: string
  readonly type: string | null
  readonly desc: string | null
  readonly labels: readonly string[]
  readonly meta: z.infer<typeof Artifact>['meta']
}

/** What one file says at its top, each path with its place. */
export interface TopLevel {
  readonly params: readonly PlacedPath[]
  readonly metrics: readonly PlacedPath[]
  readonly plots: readonly PlacedPlot[]
  readonly artifacts: readonly PlacedArtifact[]
}

export const NO_TOP_LEVEL: TopLevel = { params: [], metrics: [], plots: [], artifacts: [] }

export async function readTopLevel(root: LocatedMap, expansion: Expansion, problems: ProblemList): Promise<TopLevel> {
  const reader = new TopReader(expansion.folder, problems)
  const under = async (key: string): Promise<Located | null> => {
    const entry = entryOf(root, key)
    const value = entry ? await expansion.top(root, entry) : null
    return value?.kind === 'scalar' && value.value === null ? null : value
  }
  const datasets = await under('datasets')
  if (datasets) reader.refuseDatasets(datasets)
  return {
    params: reader.paths(await under('params'), 'params'),
    metrics: reader.paths(await under('metrics'), 'metrics'),
    plots: reader.plots(await under('plots')),
    artifacts: reader.artifacts(await under('artifacts')),
  }
}

const TEXT_PROPERTIES = ['x_label', 'y_label', 'title', 'template'] as const

class TopReader {
  readonly #folder: string
  readonly #problems: ProblemList

  /** `folder`: of the file, to which its paths are relative. */
  constructor(folder: string, problems: ProblemList) {
    this.#folder = folder
    this.#problems = problems
  }

  paths(node: Located | null, key: string): PlacedPath[] {
    return this.#items(node, key).flatMap((item) => {
      if (isText(item)) return this.#path(item.value, item.at) ?? []
      this.#problems.add('wrong-type', item.at, `An item of ${key} is ${kindOf(item)}; it must be the path of a file.`)
      return []
    })
  }

  /** `- path`, or `- id: {x: ..., y: ...}`, where x and y may name columns of files. */
  plots(node: Located | null): PlacedPlot[] {
    // DVC took a map once, and dvc.yaml files of that time are still read.
    const items = node?.kind === 'map' ? [node] : this.#items(node, 'plots')
    return items.flatMap((item) => {
      if (isText(item)) return { id: item.value, files: this.#some(this.#path(item.value, item.at)), properties: {} }
      if (item.kind === 'map') return item.entries.map((entry) => this.#plot(entry))
      this.#problems.add('wrong-type', item.at, `A plot is ${kindOf(item)}; it must be the path of a file, or a name with what is to be drawn.`)
      return []
    })
  }

  artifacts(node: Located | null): PlacedArtifact[] {
    if (node === null) return []
    if (node.kind !== 'map') {
      this.#problems.add('wrong-type', node.at, `artifacts is ${kindOf(node)}; it must be a map from names to {path: ...}.`)
      return []
    }
    return node.entries.flatMap((entry) => this.#artifact(entry) ?? [])
  }

  /** They are fetched from elsewhere, and no stage here can be given what no ledger has the digest of. */
  refuseDatasets(node: Located): void {
    const items = this.#items(node, 'datasets')
    for (const item of items) {
      const name = item.kind === 'map' ? plainValue(entryOf(item, 'name')?.value ?? item) : null
      const type = item.kind === 'map' ? plainValue(entryOf(item, 'type')?.value ?? item) : null
      const what = `The dataset${typeof name === 'string' ? ` '${name}'` : ''}${typeof type === 'string' ? ` of type '${type}'` : ''}`
      this.#problems.add('unsupported', item.at, `${what} is fetched from elsewhere, and nothing here uses the network; copy its files into the project and name them in deps.`)
    }
  }

  #plot({ key: id, keyAt, value }: LocatedEntry): PlacedPlot {
    const none: PlacedPlot = { id, files: [], properties: {} }
    if (value.kind === 'scalar' && value.value === null) return { ...none, files: this.#some(this.#path(id, keyAt)) }
    if (value.kind !== 'map') {
      this.#problems.add('wrong-type', value.at, `The plot '${id}' is ${kindOf(value)}; it must be a map such as {x: epoch, y: loss}.`)
      return none
    }
    this.#knownKeys(value, ['x', 'y', ...TEXT_PROPERTIES], `the plot '${id}'`)
    for (const name of TEXT_PROPERTIES) this.#text(value, name)
    const [x, y] = [entryOf(value, 'x')?.value, entryOf(value, 'y')?.value]
    if (x && x.kind !== 'map' && !isText(x)) this.#problems.add('wrong-type', x.at, `x of the plot '${id}' is ${kindOf(x)}; it must be a column, or a map from files to columns.`)
    if (y && !isText(y) && !isTexts(y) && y.kind !== 'map') this.#problems.add('wrong-type', y.at, `y of the plot '${id}' is ${kindOf(y)}; it must be a column, a list of them, or a map from files to columns.`)
    const named = [x, y].flatMap((axis) => (axis?.kind === 'map' ? axis.entries : []))
    for (const { key, value: columns } of named) {
      if (!isText(columns) && !isTexts(columns)) this.#problems.add('wrong-type', columns.at, `The columns of '${key}' are ${kindOf(columns)}; they must be a column, or a list of them.`)
    }
    const files = y?.kind === 'map' ? named.flatMap(({ key, keyAt: at }) => this.#some(this.#path(key, at))) : this.#some(this.#path(id, keyAt))
    const properties = plainValue(value)
    return { id, files, properties: isRecord(properties) ? { ...properties } : {} }
  }

  #artifact({ key: name, keyAt, value }: LocatedEntry): PlacedArtifact | null {
    if (value.kind !== 'map') {
      this.#problems.add('wrong-type', value.at, `The artifact '${name}' is ${kindOf(value)}; it must be a map with the key 'path'.`)
      return null
    }
    this.#knownKeys(value, ['path', 'type', 'desc', 'labels', 'meta'], `the artifact '${name}'`)
    const path = entryOf(value, 'path')?.value
    if (!path || !isText(path)) {
      this.#problems.add('missing-key', path?.at ?? keyAt, `The artifact '${name}' has no 'path'; name the file or folder that it is.`)
      return null
    }
    const placed = this.#path(path.value, path.at)
    const labels = this.#items(entryOf(value, 'labels')?.value ?? null, `labels of the artifact '${name}'`)
    for (const label of labels) if (!isText(label)) this.#problems.add('wrong-type', label.at, `A label is ${kindOf(label)}; it must be text.`)
    const meta = entryOf(value, 'meta')?.value
    const fields = { name, type: this.#text(value, 'type'), desc: this.#text(value, 'desc'), labels: labels.flatMap((label) => (isText(label) ? [label.value] : [])), meta: meta ? plainValue(meta) : null }
    return placed && { ...placed, ...fields }
  }

  #items(node: Located | null, key: string): readonly Located[] {
    if (node === null) return []
    if (node.kind === 'list') return node.items
    this.#problems.add('wrong-type', node.at, `${key} is ${kindOf(node)}; it must be a list.`)
    return []
  }

  #text(map: LocatedMap, key: string): string | null {
    const node = entryOf(map, key)?.value
    if (!node) return null
    if (isText(node)) return node.value
    this.#problems.add('wrong-type', node.at, `'${key}' is ${kindOf(node)}; it must be text.`)
    return null
  }

  #path(written: string, at: Place): PlacedPath | null {
    const joined = joinProjectPath(this.#folder, written)
    if (joined.ok) return { path: joined.path, at }
    this.#problems.add(joined.code, at, joined.reason)
    return null
  }

  #some(path: PlacedPath | null): PlacedPath[] {
    return path ? [path] : []
  }

  #knownKeys(map: LocatedMap, known: readonly string[], where: string): void {
    for (const { key, keyAt } of map.entries) {
      if (!known.includes(key)) this.#problems.add('unknown-key', keyAt, `'${key}' in ${where} is not known${didYouMean(key, known) || '; remove it.'}`)
    }
  }
}

/** What one file says at its top, and which one it is. */
export interface FileTop {
  readonly file: string
  readonly top: TopLevel
}

/** The stages as what stands beside them makes them. */
interface Declaration {
  readonly stages: readonly PlacedStage[]
  readonly declared: Declared | null
  /** What is to be shown and no stage writes, and which file says so. */
  readonly onDisk: readonly (PlacedPath & { readonly file: string })[]
}

/**
 * Joins what the files say at their tops to the stages: a file of metrics or of a plot that is an out counts as one, and a file of metrics inside an out
 * is read with it. Metrics that no stage writes, and parameters that one does, are refused: a run could not record them.
 */
export function declare(stages: readonly PlacedStage[], tops: readonly FileTop[], problems: ProblemList): Declaration {
  const owners = new Owners(stages)
  const kinds = new Map<string, 'metric' | 'plot'>()
  const inside = new Map<PlacedStage, string[]>()
  const declared: Declared = { params: [], metrics: [], plots: [], artifacts: [] }
  const onDisk: (PlacedPath & { readonly file: string })[] = []
  for (const { file, top } of tops) {
    const here = problems.within(file)
    for (const { path, at } of top.params) {
      const owner = owners.of(path)
      if (owner) here.add('unsupported', at, `'${path}' is written by stage '${owner.stage.name}', so a run cannot record its values before it starts; name it in metrics, or in params of the stage that reads it.`)
      else declared.params.push(path)
    }
    for (const { path, at } of top.metrics) {
      const owner = owners.of(path)
      if (!owner) {
        here.add('unsupported', at, `'${path}' is to be metrics and no stage writes it, so no run could record it; make it an out of a stage.`)
        continue
      }
      declared.metrics.push(path)
      if (owner.path === path) kinds.set(path, 'metric')
      else inside.set(owner.stage, [...(inside.get(owner.stage) ?? []), path])
    }
    for (const { id, files, properties } of top.plots) {
      for (const { path, at } of files) {
        if (!kinds.has(path)) kinds.set(path, 'plot')
        if (!owners.of(path)) onDisk.push({ file, path, at })
      }
      declared.plots.push({ id, files: files.map(({ path }) => path), properties })
    }
    for (const { name, path, at, type, desc, labels, meta } of top.artifacts) {
      const stage = owners.of(path)?.stage
      if (!stage) onDisk.push({ file, path, at })
      const register = stages.map((each) => each.meta.register).find((each) => each?.path === path)
      declared.artifacts.push({ name, path, type, desc, labels: [...labels], meta, stage: stage?.name ?? null, model: register?.model ?? null })
    }
  }
  if (Object.values(declared).every((list) => list.length === 0)) return { stages: [...stages], declared: null, onDisk }
  const joined = stages.map((stage): PlacedStage => {
    const metricFiles = inside.get(stage)
    const outs = stage.outs.map((out) => ({ ...out, kind: out.kind === 'out' ? (kinds.get(out.path) ?? out.kind) : out.kind }))
    return { ...stage, outs, ...(metricFiles ? { metricFiles: [...new Set(metricFiles)] } : {}) }
  })
  return { stages: joined, declared, onDisk }
}

/** Finds the out that a path is, or lies in. */
class Owners {
  readonly #outs = new Map<string, PlacedStage>()

  constructor(stages: readonly PlacedStage[]) {
    for (const stage of stages) for (const { path } of stage.outs) if (!this.#outs.has(path)) this.#outs.set(path, stage)
  }

  of(path: string): { readonly path: string; readonly stage: PlacedStage } | null {
    for (let folder = path; folder !== ''; folder = folder.slice(0, Math.max(folder.lastIndexOf('/'), 0))) {
      const stage = this.#outs.get(folder)
      if (stage) return { path: folder, stage }
    }
    return null
  }
}

function isText(node: Located): node is Located & { readonly kind: 'scalar'; readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string'
}

function isTexts(node: Located): boolean {
  return node.kind === 'list' && node.items.every(isText)
}

function isRecord(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
