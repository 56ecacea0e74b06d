import { StageName, stagePrefix } from '../../shared/graph/pipeline.ts'
import type { Out } from '../../shared/graph/pipeline.ts'
import type { ExpandedStage, Expansion } from './expansion.ts'
import { entryOf, kindOf } from './located.ts'
import { joinProjectPath } from './paths.ts'
import type { PlacedOut, PlacedParameters, PlacedPath, PlacedStage } from './placed-stage.ts'
import { FILE_START } from './problem-list.ts'
import type { Place, ProblemList } from './problem-list.ts'
import { readMeta, type KnowsObligation } from './stage-meta.ts'
import { didYouMean } from './suggestion.ts'
import type { Origin } from './variables.ts'
import type { Located, LocatedEntry, LocatedList, LocatedMap } from './yaml-source.ts'
import { isTopKey, NO_TOP_LEVEL, readTopLevel, TOP_KEYS, type TopLevel } from './top-level.ts'

/** What DVC reads and Strongroom does not, as there is no remote: refused by name, because passing over it would run another pipeline than the one written. */
const UNSUPPORTED_OF_OUT: readonly string[] = ['remote', 'push']

const STAGE_KEYS = ['cmd', 'wdir', 'deps', 'outs', 'params', 'metrics', 'plots', 'frozen', 'always_changed', 'desc', 'meta'] as const

/** Flags that describe an out to people and to plotting; they change nothing about how the stage runs. */
const DESCRIPTIVE: Readonly<Record<Out['kind'], readonly string[]>> = {
  out: ['desc', 'type', 'labels', 'meta'],
  metric: ['desc', 'type', 'labels', 'meta'],
  plot: ['desc', 'type', 'labels', 'meta', 'x', 'y', 'x_label', 'y_label', 'title', 'template', 'header'],
}

const OUT_KEYS = [['outs', 'out'], ['metrics', 'metric'], ['plots', 'plot']] as const

const DEFAULT_PARAMETERS = 'params.yaml'

/** What a `dvc.yaml` says. */
export interface DvcFile {
  readonly stages: readonly PlacedStage[]
  readonly top: TopLevel
}

/**
 * Reads a `dvc.yaml` (DVC 3's schema), with what `expansion` writes out. `file`: its path. Problems go to the list; a
 * stage with a problem is returned as far as it could be read, so that the rest can still be checked.
 */
export async function readDvcFile(root: Located, file: string, expansion: Expansion, knowsObligation: KnowsObligation, problems: ProblemList): Promise<DvcFile> {
  const nothing: DvcFile = { stages: [], top: NO_TOP_LEVEL }
  if (root.kind !== 'map') {
    problems.add('missing-key', FILE_START, `The file is ${kindOf(root)}; it must be a map with the key 'stages'.`)
    return nothing
  }
  checkKeys(root, ['stages', 'vars', ...TOP_KEYS], [], 'the file', problems)
  const stages = entryOf(root, 'stages')
  if (!stages && !root.entries.some(({ key }) => isTopKey(key))) {
    problems.add('missing-key', root.at, "The file has no 'stages'; add a map of stages under that key.")
    return nothing
  }
  const top = await readTopLevel(root, expansion, problems)
  if (!stages) return { stages: [], top }
  if (stages.value.kind !== 'map') {
    problems.add('wrong-type', stages.value.at, `stages is ${kindOf(stages.value)}; it must be a map from stage names to stages.`)
    return { stages: [], top }
  }
  const expanded = await expansion.expand(root, stages.value)
  return { stages: expanded.flatMap((stage) => new StageReader(stage, file, expansion.folder, knowsObligation, problems).read() ?? []), top }
}

class StageReader {
  private readonly file: string
  private readonly folder: string
  private readonly name: string
  private readonly at: Place
  private readonly node: Located
  private readonly uses: readonly Origin[]
  private readonly knowsObligation: KnowsObligation
  private readonly problems: ProblemList

  constructor({ entry, uses }: ExpandedStage, file: string, folder: string, knowsObligation: KnowsObligation, problems: ProblemList) {
    this.file = file
    this.folder = folder
    this.name = `${stagePrefix(file)}${entry.key}`
    this.at = entry.keyAt
    this.node = entry.value
    this.uses = uses
    this.knowsObligation = knowsObligation
    this.problems = problems
  }

  read(): PlacedStage | null {
    const named = StageName.safeParse(this.name)
    if (!named.success) {
      this.add('invalid-name', this.at, `The stage name '${this.name}' ${named.error.issues[0]?.message ?? 'is not valid'}; rename it.`)
    }
    if (this.node.kind !== 'map') {
      this.add('wrong-type', this.node.at, `The stage is ${kindOf(this.node)}; it must be a map with the key 'cmd'.`)
      return null
    }
    const stage = this.node
    checkKeys(stage, STAGE_KEYS, [], `stage '${this.name}'`, this.problems, this.name)
    const wdir = this.workingFolder(stage)
    const { meta, paths, checkpoint, modelAt, gates } = readMeta(entryOf(stage, 'meta')?.value, wdir.path, this.name, this.knowsObligation, this.problems)
    return {
      file: this.file,
      name: this.name,
      at: this.at,
      cmd: this.commands(stage),
      wdir,
      desc: this.text(stage, 'desc'),
      deps: this.list(stage, 'deps').flatMap((item) => this.path(item, wdir.path, 'A dependency') ?? []),
      outs: OUT_KEYS.flatMap(([key, kind]) => this.outs(stage, key, kind, wdir.path)),
      params: [...this.list(stage, 'params').flatMap((item) => this.parameters(item, wdir.path)), ...this.uses.map(({ file, key }) => ({ path: file, at: this.at, keys: [key] }))],
      frozen: this.flag(stage, 'frozen', false),
      alwaysChanged: this.flag(stage, 'always_changed', false),
      meta,
      metaPaths: paths,
      checkpoint,
      modelAt,
      gates,
    }
  }

  private commands(stage: LocatedMap): string[] {
    const node = entryOf(stage, 'cmd')?.value
    if (!node) {
      this.add('missing-key', this.at, `Stage '${this.name}' has no 'cmd'; add the command that it runs.`)
      return []
    }
    const lines = node.kind === 'list' ? node.items : [node]
    if (lines.length === 0) this.add('missing-key', node.at, "'cmd' is an empty list; add the command that the stage runs.")
    return lines.flatMap((line) => {
      if (line.kind === 'scalar' && typeof line.value === 'string' && line.value.trim() !== '') return [line.value]
      this.add('wrong-type', line.at, `A command is ${kindOf(line)}; it must be text, in quotes where YAML reads it otherwise.`)
      return []
    })
  }

  private workingFolder(stage: LocatedMap): PlacedPath {
    const node = entryOf(stage, 'wdir')?.value
    return (node && this.path(node, this.folder, 'wdir')) ?? { path: this.folder, at: node?.at ?? this.at }
  }

  private outs(stage: LocatedMap, key: string, kind: Out['kind'], wdir: string): PlacedOut[] {
    return this.list(stage, key).flatMap((item) => {
      if (item.kind !== 'map') {
        const placed = this.path(item, wdir, 'An out')
        return placed ? [{ ...placed, kind, cache: true, persist: false }] : []
      }
      return item.entries.flatMap((entry) => {
        const placed = this.join(entry.key, entry.keyAt, wdir)
        const flags = entry.value
        if (kind === 'plot' && flags.kind === 'list') return placed ? [this.severalPlots(entry.key, placed, flags)] : []
        if (flags.kind !== 'map') {
          this.add('wrong-type', flags.at, `The flags of '${entry.key}' are ${kindOf(flags)}; they must be a map such as {cache: false}.`)
          return []
        }
        this.checkFlags(flags, kind, entry.key)
        const cache = this.flag(flags, 'cache', true)
        const persist = this.flag(flags, 'persist', false)
        return placed ? [{ ...placed, kind, cache, persist }] : []
      })
    })
  }

  /** One file that is plotted in several ways, each with flags of its own. What they say of the file itself, the first says. */
  private severalPlots(written: string, placed: PlacedPath, { items, at }: LocatedList): PlacedOut {
    const flags = items.flatMap((item) => (item.kind === 'map' ? [item] : []))
    const [first] = flags
    if (!first || flags.length < items.length) this.add('wrong-type', at, `The flags of '${written}' must be a map such as {x: epoch}, or a list of such maps.`)
    for (const each of flags) this.checkFlags(each, 'plot', written)
    return { ...placed, kind: 'plot', cache: first ? this.flag(first, 'cache', true) : true, persist: first ? this.flag(first, 'persist', false) : false }
  }

  private checkFlags(flags: LocatedMap, kind: Out['kind'], written: string): void {
    checkKeys(flags, ['cache', 'persist', ...DESCRIPTIVE[kind]], UNSUPPORTED_OF_OUT, `out '${written}'`, this.problems, this.name)
  }

  /** `- key` (of params.yaml), `- file: [key, ...]`, or `- file:` for all of the file. */
  private parameters(item: Located, wdir: string): PlacedParameters[] {
    if (item.kind === 'scalar' && item.value !== null) {
      const placed = this.join(DEFAULT_PARAMETERS, item.at, wdir)
      return placed ? [{ ...placed, keys: [keyText(item)] }] : []
    }
    if (item.kind !== 'map') {
      this.add('wrong-type', item.at, `A parameter is ${kindOf(item)}; it must be a key, or a file with a list of keys.`)
      return []
    }
    return item.entries.flatMap((entry) => {
      const placed = this.join(entry.key, entry.keyAt, wdir)
      const keys = this.parameterKeys(entry)
      return placed && keys ? [{ ...placed, keys }] : []
    })
  }

  private parameterKeys(entry: LocatedEntry): string[] | null {
    const { value } = entry
    if (value.kind === 'scalar' && value.value === null) return []
    if (value.kind === 'list' && value.items.length > 0 && value.items.every((key) => key.kind === 'scalar' && key.value !== null)) {
      return value.items.map(keyText)
    }
    this.add('wrong-type', value.at, `The keys of '${entry.key}' must be a list of names, or nothing for all of the file.`)
    return null
  }

  private list(map: LocatedMap, key: string): readonly Located[] {
    const node = entryOf(map, key)?.value
    if (!node) return []
    if (node.kind === 'list') return node.items
    this.add('wrong-type', node.at, `'${key}' is ${kindOf(node)}; it must be a list.`)
    return []
  }

  private flag(map: LocatedMap, key: string, absent: boolean): boolean {
    const node = entryOf(map, key)?.value
    if (!node) return absent
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    this.add('wrong-type', node.at, `'${key}' is ${kindOf(node)}; it must be true or false.`)
    return absent
  }

  private text(map: LocatedMap, key: string): string | null {
    const node = entryOf(map, key)?.value
    if (!node) return null
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value
    this.add('wrong-type', node.at, `'${key}' is ${kindOf(node)}; it must be text.`)
    return null
  }

  private path(node: Located, wdir: string, what: string): PlacedPath | null {
    if (node.kind === 'scalar' && node.value !== null) return this.join(keyText(node), node.at, wdir)
    this.add('wrong-type', node.at, `${what} is ${kindOf(node)}; it must be a path.`)
    return null
  }

  private join(written: string, at: Place, wdir: string): PlacedPath | null {
    const joined = joinProjectPath(wdir, written)
    if (joined.ok) return { path: joined.path, at }
    this.add(joined.code, at, joined.reason)
    return null
  }

  private add(code: Parameters<ProblemList['add']>[0], at: Place, message: string): void {
    this.problems.add(code, at, message, this.name)
  }
}

function checkKeys(
  map: LocatedMap, known: readonly string[], unsupported: readonly string[], where: string, problems: ProblemList, stage?: string,
): void {
  for (const { key, keyAt } of map.entries) {
    if (known.includes(key)) continue
    if (unsupported.includes(key)) {
      const message = `'${key}' in ${where} is valid for DVC, but there is no remote here; write it without '${key}'.`
      problems.add('unsupported', keyAt, message, stage)
    } else {
      problems.add('unknown-key', keyAt, `'${key}' in ${where} is not known${didYouMean(key, known) || '; remove it.'}`, stage)
    }
  }
}

/** A key or path as written: `2024` names a file just as `data` does. */
function keyText(node: Located): string {
  if (node.kind !== 'scalar') return ''
  return typeof node.value === 'string' ? node.value : node.source
}
