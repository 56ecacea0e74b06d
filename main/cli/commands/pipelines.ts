import { existsSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { RequestError } from '../../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../../shared/graph/pipeline.ts'
import { predecessorsOf, selectStages } from '../../../shared/graph/selection.ts'
import { airflowDag, dotGraph, expandedYaml, kubeflowPipeline, mermaidGraph, PIPELINE_FILE, plainGraph, posixScript, readPipeline } from '../../pipelines/index.ts'
import { print, say, table } from '../output.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

/** Where the pipeline is. */
interface Place {
  readonly project?: string
  readonly folder?: string
}

interface Reading {
  /** Of the project, or of its folder. */
  readonly name: string
  /** What only a workplace knows and nothing was compared with. */
  readonly unchecked: readonly string[]
  readonly read: { readonly ok: true; readonly pipeline: Pipeline } | { readonly ok: false; readonly problems: readonly { file: string | null; line: number | null; column: number | null; message: string }[] }
}

export function addPipelineCommands(program: Command): void {
  const pipeline = program.command('pipeline').description('the pipeline of a project: dvc.yaml, and each in a folder of it. All end with 0, or with 1 where it is not valid')
  placed(pipeline.command('show', { isDefault: true }).description('stages in the order of the file, or what is wrong with it'), { asks: true }).action(async (own: Place, command: Command) => {
    const { options, reading } = await readFor(command, own, { asks: true })
    const { read } = reading
    print(read, options.json, () => (read.ok ? shown(read.pipeline) : problemLines(read.problems)))
    if (!read.ok) process.exitCode = 1
  })
  placed(pipeline.command('validate').description('whether it is valid, or all that is wrong with it: file, line, column')).action(async (own: Place, command: Command) => {
    const { options, reading: { read, unchecked } } = await readFor(command, own)
    const result = read.ok ? { ok: true, stages: read.pipeline.stages.length, files: filesOf(read.pipeline), unchecked } : { ok: false, problems: read.problems, unchecked }
    const notCompared = unchecked.length === 0 ? '' : `\nNot compared with a workplace: ${unchecked.join(', ')}. Name the project with --project for that.`
    print(result, options.json, () => (read.ok ? `${filesOf(read.pipeline).join(', ')}: valid, ${read.pipeline.stages.length} stages.${notCompared}` : problemLines(read.problems)))
    if (!read.ok) process.exitCode = 1
  })
  placed(pipeline.command('graph').description('which stage waits for which'))
    .option('--dot', 'in the language of Graphviz')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action(async (own: Place & { dot?: boolean; mermaid?: boolean }, command: Command) => {
      const { options, read } = await validFor(command, own)
      const { stages, edges, sources } = read
      const draw = own.dot ? dotGraph : own.mermaid ? mermaidGraph : plainGraph
      print({ stages: stages.map(({ name }) => name), edges, sources }, options.json, () => draw(read))
    })
  placed(pipeline.command('expand').description('its stages with every template, foreach and matrix written out')).action(async (own: Place, command: Command) => {
    const { options, read } = await validFor(command, own)
    print(read.stages, options.json, () => expandedYaml(read))
  })
  placed(pipeline.command('dry-run [targets...]').description('what a run would run, in which order; targets with all that they need')).action(async (targets: string[], own: Place, command: Command) => {
    const { options, read } = await validFor(command, own)
    const planned = planStages(read, targets)
    print(planned, options.json, () => table(['STAGE', 'AFTER', 'FOLDER', 'COMMAND'], planned.map(({ stage, after, wdir, cmd }) => [stage, after.join(', '), wdir, cmd.join(' && ')])))
  })
  placed(pipeline.command('export [targets...]').description('the pipeline for others to run: without Strongroom, and without its ledger'))
    .option('--posix', 'a script for any POSIX shell')
    .option('--airflow', 'a DAG for Airflow 2 or 3')
    .option('--kfp', 'the intermediate representation of Kubeflow Pipelines; needs --image')
    .option('--name <name>', 'of the DAG or pipeline (default: that of the project)')
    .option('--image <image>', 'the container image that stages run in, for --kfp')
    .option('--claim <name>', 'the volume claim that holds the project, for --kfp', 'strongroom-project')
    .option('--out <file>', 'write it to a new file and not to standard output')
    .action(async (targets: string[], own: ExportOptions, command: Command) => {
      const { options, read, name } = await validFor(command, own)
      const { format, text } = exported(read, selected(read, targets), { ...own, name: own.name ?? name })
      if (own.out === undefined) return options.json ? print({ format, text }, true, () => '') : write(text)
      const path = resolve(own.out)
      writeNew(path, text)
      print({ format, path }, options.json, () => `Written: ${path}`)
    })
}

function placed(command: Command, { asks = false } = {}): Command {
  return command
    .option('--project <id>', 'of a project of the workplace')
    .option('--folder <folder>', `in this folder, without a workplace${asks ? '' : ' (default: this folder, if it has a dvc.yaml)'}`)
}

/** Reads it in the folder itself where it can; `asks`: prefers the workplace. */
async function readFor(command: Command, own: Place, { asks = false } = {}): Promise<{ options: GlobalOptions; reading: Reading }> {
  const options = command.optsWithGlobals<GlobalOptions>()
  if (own.project !== undefined && own.folder !== undefined) throw new RequestError('invalid-request', 'Say either --project or --folder.')
  const here = own.folder ?? (own.project === undefined && !asks && existsSync(PIPELINE_FILE) ? '.' : undefined)
  if (here === undefined) {
    return withSession(options, async ({ client }) => {
      const { id } = await chooseProject(client, own.project)
      return { options, reading: { name: id, unchecked: [], read: await client.call('pipelines.read', { project: id }) } }
    })
  }
  const folder = resolve(here)
  if (!existsSync(folder)) throw new RequestError('not-found', `There is no folder ${folder}.`)
  return { options, reading: { name: basename(folder), unchecked: ['citations of obligations', 'roles of gates'], read: await readPipeline(folder, () => true, null) } }
}

/** Throws `invalid-pipeline` with all that is wrong. */
async function validFor(command: Command, own: Place): Promise<{ options: GlobalOptions; read: Pipeline; name: string }> {
  const { options, reading: { read, name } } = await readFor(command, own)
  if (read.ok) return { options, read: read.pipeline, name }
  throw new RequestError('invalid-pipeline', problemLines(read.problems))
}

function shown({ stages, edges, declared }: Pipeline): string {
  const needs = predecessorsOf({ edges })
  const artifacts = declared?.artifacts ?? []
  return [
    table(['STAGE', 'AFTER', 'COMMAND'], stages.map(({ name, cmd }) => [name, [...(needs.get(name) ?? [])].join(', '), cmd.join(' && ')])),
    ...(artifacts.length === 0 ? [] : ['', table(['ARTIFACT', 'PATH', 'TYPE', 'STAGE', 'MODEL'], artifacts.map(({ name, path, type, stage, model }) => [name, path, type ?? '', stage ?? '', model ?? '']))]),
  ].join('\n')
}

function problemLines(problems: Extract<Reading['read'], { ok: false }>['problems']): string {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n')
}

function filesOf(pipeline: Pipeline): string[] {
  return [pipeline.file, ...pipeline.variables.map(({ path }) => path).filter((path) => basename(path) === PIPELINE_FILE)]
}

function selected(pipeline: Pipeline, targets: readonly string[]): readonly Stage[] {
  const selection = selectStages(pipeline, targets.length === 0 ? undefined : targets)
  if ('stages' in selection) return selection.stages
  throw new RequestError('not-found', `The pipeline has no stage '${selection.unknown}'. 'strongroom pipeline graph' lists them.`)
}

/** A stage that would run. */
interface Planned {
  readonly stage: string
  readonly after: readonly string[]
  readonly wdir: string
  readonly cmd: readonly string[]
}

function planStages(pipeline: Pipeline, targets: readonly string[]): Planned[] {
  const needs = predecessorsOf(pipeline)
  return selected(pipeline, targets).map(({ name, wdir, cmd }) => ({ stage: name, after: [...(needs.get(name) ?? [])], wdir, cmd }))
}

interface ExportOptions extends Place {
  readonly posix?: boolean
  readonly airflow?: boolean
  readonly kfp?: boolean
  readonly name?: string
  readonly image?: string
  readonly claim: string
  readonly out?: string
}

function exported(pipeline: Pipeline, stages: readonly Stage[], { posix, airflow, kfp, name, image, claim }: ExportOptions & { readonly name: string }): { format: string; text: string } {
  if ([posix, airflow, kfp].filter((chosen) => chosen === true).length !== 1) throw new RequestError('invalid-request', 'Say one of --posix, --airflow and --kfp.')
  if (posix) return { format: 'posix', text: posixScript(pipeline, stages) }
  if (airflow) return { format: 'airflow', text: airflowDag(pipeline, stages, name) }
  if (image === undefined) throw new RequestError('invalid-request', 'Say with --image which container image has what the stages need.')
  return { format: 'kfp', text: kubeflowPipeline(pipeline, stages, { name, image, claim }) }
}

/** As it is, but for a terminal, which commands in it could steer. */
function write(text: string): void {
  if (process.stdout.isTTY) say(text)
  else process.stdout.write(text)
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw new RequestError('already-exists', `${path} is there already. Remove it, or name another file.`)
  }
}
