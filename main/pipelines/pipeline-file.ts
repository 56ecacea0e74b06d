import { createHash } from 'node:crypto'
import type { Pipeline, PipelineProblem } from '../../shared/graph/pipeline.ts'
import { readParsingOptions } from './dvc-config.ts'
import { readStages } from './dvc-file.ts'
import { Expansion } from './expansion.ts'
import { readGates } from './gate-rules.ts'
import { checkDisk, checkMetaPaths, checkModels, connect } from './graph.ts'
import { readProjectFile } from './paths.ts'
import { toStage } from './placed-stage.ts'
import type { KnowsObligation } from './stage-meta.ts'
import { VariableFiles } from './scope.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import { readYaml } from './yaml-source.ts'

export const PIPELINE_FILE = 'dvc.yaml'

/** A pipeline that can run, or all that is wrong with it. `text`: the file as read, null where it could not be read. */
export type PipelineReading =
  | { readonly ok: true; readonly pipeline: Pipeline; readonly text: string }
  | { readonly ok: false; readonly problems: PipelineProblem[]; readonly text: string | null }

/**
 * Reads and checks the `dvc.yaml` of a project. Never throws for what a project folder holds: everything wrong comes back at once, each
 * problem with its place, in the order of the file. `roles`: those that the workplace has. Throws only where the project folder itself cannot be reached.
 */
export async function readPipeline(projectDir: string, knowsObligation: KnowsObligation, roles: readonly string[]): Promise<PipelineReading> {
  const problems = new ProblemList(PIPELINE_FILE)
  const file = await readProjectFile(projectDir, PIPELINE_FILE)
  if (!file.ok) {
    problems.add(file.code, FILE_START, file.reason)
    return { ok: false, problems: problems.sorted(), text: null }
  }
  const text = decode(file.bytes)
  if (text === null) {
    problems.add('file-unreadable', FILE_START, 'The file is not UTF-8 text; save it as UTF-8.')
    return { ok: false, problems: problems.sorted(), text: null }
  }
  const yaml = readYaml(text, PIPELINE_FILE)
  if (!yaml.ok) return { ok: false, problems: [...yaml.problems], text }
  const variables = new VariableFiles(projectDir)
  const expansion = new Expansion('.', variables, await readParsingOptions(projectDir, problems), problems)
  const { stages: placed, inFiles } = await readGates(projectDir, await readStages(yaml.value, expansion, knowsObligation, problems), roles, problems)
  inFiles.push(...variables.problems)
  const complete = !problems.has('wrong-type', 'unknown-key', 'unsupported')
  const { edges, sources, unproduced } = connect(placed, problems)
  checkMetaPaths(placed, problems)
  checkModels(placed, problems)
  await checkDisk(projectDir, placed, complete ? unproduced : new Set(), problems)
  if (!problems.empty || inFiles.length > 0) return { ok: false, problems: [...problems.sorted(), ...inFiles], text }
  const sha256 = createHash('sha256').update(file.bytes).digest('hex')
  return { ok: true, pipeline: { file: PIPELINE_FILE, sha256, stages: placed.map(toStage), edges, sources, variables: variables.files }, text }
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
