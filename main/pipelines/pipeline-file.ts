import type { Pipeline, PipelineProblem } from '../../shared/graph/pipeline.ts'
import { readParsingOptions } from './dvc-config.ts'
import { readDvcFile } from './dvc-file.ts'
import { Expansion } from './expansion.ts'
import { readGates } from './gate-rules.ts'
import { checkCheckpoints, checkDisk, checkMetaPaths, checkModels, connect } from './graph.ts'
import { digestOf, type ParameterFile } from './parameter-file.ts'
import { readProjectFile, resolveInside } from './paths.ts'
import { findPipelines, SEARCH_LIMIT, SearchLimit, type FolderUse } from './pipeline-search.ts'
import { toStage, type PlacedPath, type PlacedStage } from './placed-stage.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import { VariableFiles } from './scope.ts'
import type { KnowsObligation } from './stage-meta.ts'
import type { ParsingOptions } from './template-text.ts'
import { declare, type FileTop } from './top-level.ts'
import { readYaml } from './yaml-source.ts'

export const PIPELINE_FILE = 'dvc.yaml'

/** A pipeline that can run, or all that is wrong with it. `text`: the project's own file as read, null where it could not be read. */
export type PipelineReading =
  | { readonly ok: true; readonly pipeline: Pipeline; readonly text: string }
  | { readonly ok: false; readonly problems: PipelineProblem[]; readonly text: string | null }

/**
 * Reads and checks the pipeline of a project: its `dvc.yaml`, and each in a folder of it. Never throws for what a project folder holds: everything wrong comes back
 * at once, each problem with its place, in the order of the file. `roles`: those that the workplace has, null where none is known. Throws only where the project folder itself cannot be reached.
 */
export async function readPipeline(projectDir: string, knowsObligation: KnowsObligation, roles: readonly string[] | null): Promise<PipelineReading> {
  const problems = new ProblemList(PIPELINE_FILE)
  const reader = new PipelineReader(projectDir, knowsObligation, await readParsingOptions(projectDir, problems), problems)
  const own = await reader.read(PIPELINE_FILE)
  if (!own) return { ok: false, problems: problems.sorted(), text: reader.text }
  await reader.readFolders()
  const { stages: gated, inFiles } = await readGates(projectDir, reader.stages, roles, problems)
  inFiles.push(...reader.variables.problems)
  const complete = !problems.has('wrong-type', 'unknown-key', 'unsupported')
  const { stages, declared, onDisk } = declare(gated, reader.tops, problems)
  const { edges, sources, unproduced } = connect(stages, [PIPELINE_FILE, ...reader.others.map(({ path }) => path)], problems)
  checkMetaPaths(stages, problems)
  checkCheckpoints(stages, problems)
  checkModels(stages, problems)
  await checkDisk(projectDir, stages, complete ? unproduced : new Set(), problems)
  await checkShown(projectDir, onDisk, problems)
  const variables = [...reader.variables.files, ...reader.others, ...(await readDeclared(projectDir, reader.tops, problems))]
  if (!problems.empty || inFiles.length > 0) return { ok: false, problems: [...problems.sorted(), ...inFiles], text: own.text }
  return {
    ok: true,
    pipeline: {
      file: PIPELINE_FILE,
      sha256: own.sha256,
      stages: stages.map(toStage),
      edges,
      sources,
      variables: [...new Map(variables.map((file) => [file.path, file])).values()],
      ...(declared ? { declared } : {}),
    },
    text: own.text,
  }
}

/** Reads one `dvc.yaml` after the other. */
class PipelineReader {
  readonly #projectDir: string
  readonly #knowsObligation: KnowsObligation
  readonly #parsing: ParsingOptions
  readonly #problems: ProblemList
  readonly variables: VariableFiles
  readonly stages: PlacedStage[] = []
  readonly tops: FileTop[] = []
  /** The files in folders, as they were read. */
  readonly others: ParameterFile[] = []
  text: string | null = null

  constructor(projectDir: string, knowsObligation: KnowsObligation, parsing: ParsingOptions, problems: ProblemList) {
    this.#projectDir = projectDir
    this.#knowsObligation = knowsObligation
    this.#parsing = parsing
    this.#problems = problems
    this.variables = new VariableFiles(projectDir)
  }

  /** Null where it cannot be read; what is wrong in it is among the problems. */
  async read(path: string): Promise<{ readonly text: string; readonly sha256: string } | null> {
    const problems = this.#problems.within(path)
    const file = await readProjectFile(this.#projectDir, path)
    if (!file.ok) {
      problems.add(file.code, FILE_START, file.reason)
      return null
    }
    const text = decode(file.bytes)
    if (text === null) {
      problems.add('file-unreadable', FILE_START, 'The file is not UTF-8 text; save it as UTF-8.')
      return null
    }
    if (path === PIPELINE_FILE) this.text = text
    const digest = digestOf(path, file.bytes)
    if (path !== PIPELINE_FILE) this.others.push(digest)
    const yaml = readYaml(text, path)
    if (!yaml.ok) {
      problems.take(yaml.problems)
      return null
    }
    const folder = path === PIPELINE_FILE ? '.' : path.slice(0, path.lastIndexOf('/'))
    const expansion = new Expansion(folder, this.variables, this.#parsing, problems)
    const { stages, top } = await readDvcFile(yaml.value, path, expansion, this.#knowsObligation, problems)
    for (const stage of stages) this.stages.push(stage)
    this.tops.push({ file: path, top })
    return { text, sha256: digest.sha256 }
  }

  async readFolders(): Promise<void> {
    const uses = new Map<string, FolderUse>()
    let known = 0
    const learn = (): void => {
      for (; known < this.stages.length; known += 1) {
        for (const { path } of this.stages[known]?.deps ?? []) if (!uses.has(path)) uses.set(path, 'data')
        for (const { path } of this.stages[known]?.outs ?? []) uses.set(path, 'out')
      }
    }
    learn()
    try {
      for await (const file of findPipelines(this.#projectDir, (folder) => uses.get(folder) ?? 'other')) {
        await this.read(file)
        learn()
      }
    } catch (error) {
      if (!(error instanceof SearchLimit)) throw error
      this.#problems.add('yaml-limit', FILE_START, `The project has more than ${SEARCH_LIMIT} files in folders that no stage names, and any may hold a further dvc.yaml; name the folders of data in .dvcignore.`)
    }
  }
}

/** What is shown, whoever shows it must find. */
async function checkShown(projectDir: string, shown: readonly (PlacedPath & { readonly file: string })[], problems: ProblemList): Promise<void> {
  for (const { file, path, at } of shown) {
    const resolved = await resolveInside(projectDir, path)
    if (!resolved.ok) problems.within(file).add(resolved.code, at, resolved.reason)
    else if (resolved.exists === 'no') problems.within(file).add('file-missing', at, `'${path}' is not in the project folder and no stage writes it; create it, or correct the path.`)
  }
}

/** The files that `params` names at the top. */
async function readDeclared(projectDir: string, tops: readonly FileTop[], problems: ProblemList): Promise<ParameterFile[]> {
  const files: ParameterFile[] = []
  for (const { file, top } of tops) {
    for (const { path, at } of top.params) {
      const read = await readProjectFile(projectDir, path)
      if (read.ok) files.push(digestOf(path, read.bytes))
      else problems.within(file).add(read.code, at, read.reason)
    }
  }
  return files
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
