import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { ProjectId, RequestError, SystemDescription, type Project, type Snapshot } from '../../../shared/contract/index.ts'
import { bytes, facts, print, shortHash, table } from '../output.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

const collect = (value: string, before: string[] = []) => [...before, value]

interface SystemOptions {
  readonly id?: string
  readonly name?: string
  readonly purpose?: string
  readonly role?: string[]
  readonly annexIii?: string
}

export function addProjectCommands(program: Command): void {
  const project = program.command('project').description('projects: a folder each, describing one AI system')
  project
    .command('list', { isDefault: true })
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) =>
        print(await client.call('projects.list', {}), options.json, (projects) => table(['ID', 'NAME', 'ANNEX III', 'FOLDER'], projects.map(({ id, name, annexIII, folder }) => [id, name, annexIII, folder]))),
      )
    })
  project
    .command('add <folder>')
    .description('register a folder with a dvc.yaml as a project; strongroom.json in it may describe the system')
    .option('--id <id>', 'short name (default: the folder’s)')
    .option('--name <name>', 'name of the AI system')
    .option('--purpose <text>', 'its intended purpose')
    .option('--role <role>', 'provider or deployer; may be given twice', collect)
    .option('--annex-iii <point>', 'point of Annex III of the EU AI Act, such as 5(b); empty when not high-risk')
    .action(async (folder: string, own: SystemOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const path = resolve(folder)
      const system = readSystem(path, own)
      const id = parseProjectId(own.id ?? basename(path).toLowerCase().replace(/[^a-z0-9]+/g, '-'))
      await withSession(options, async ({ client }) => print(await client.call('projects.add', { id, folder: path, ...system }), options.json, describeProject))
    })
  project
    .command('show')
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await chooseProject(client, own.project), options.json, describeProject))
    })

  const sample = program.command('sample').description('bundled sample projects')
  sample.command('list', { isDefault: true }).action(async (_: unknown, command: Command) => {
    const options = command.optsWithGlobals<GlobalOptions>()
    await withSession(options, async ({ client }) =>
      print(await client.call('samples.list', {}), options.json, (samples) => table(['ID', 'TITLE', 'NEEDS'], samples.map(({ id, title, requirement }) => [id, title, requirement ?? 'nothing else']))),
    )
  })
  sample
    .command('add <sample>')
    .description('copy a sample into a new folder and register it as a project')
    .option('--id <id>', 'project id (default: the sample’s)')
    .option('--folder <folder>', 'where to (default: in the data folder)')
    .action(async (name: string, own: { id?: string; folder?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const id = parseProjectId(own.id ?? name)
      await withSession(options, async ({ client }) =>
        print(await client.call('samples.add', { sample: name, id, ...(own.folder === undefined ? {} : { folder: resolve(own.folder) }) }), options.json, describeProject),
      )
    })

  const dataset = program.command('dataset').description('dataset snapshots')
  dataset
    .command('snapshot <path>')
    .description('record a file or folder of the project by content')
    .option('--project <id>')
    .option('--name <name>', 'name of the dataset (default: its path)')
    .action(async (path: string, own: { project?: string; name?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        print(await client.call('datasets.snapshot', { project: id, path, ...(own.name ? { dataset: own.name } : {}) }), options.json, (snapshot) => describeSnapshots([snapshot]))
      })
    })
  dataset
    .command('list', { isDefault: true })
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        print(await client.call('datasets.list', { project: id }), options.json, describeSnapshots)
      })
    })

  const pipeline = program.command('pipeline').description('the pipeline of a project')
  pipeline
    .command('show', { isDefault: true })
    .description('stages in the order of the file, or what is wrong with it')
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        const read = await client.call('pipelines.read', { project: id })
        print(read, options.json, () =>
          read.ok
            ? table(['STAGE', 'AFTER', 'COMMAND'], read.pipeline.stages.map(({ name, cmd }) => [name, [...new Set(read.pipeline.edges.filter(({ to }) => to === name).map(({ from }) => from))].join(', '), cmd.join(' && ')]))
            : read.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
        )
        if (!read.ok) process.exitCode = 1
      })
    })
}

/** The description of the system: `strongroom.json` in the folder, overridden by what the command line says. */
function readSystem(folder: string, own: SystemOptions): SystemDescription {
  let file: unknown = {}
  try {
    file = JSON.parse(readFileSync(`${folder}/strongroom.json`, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new RequestError('invalid-request', `${folder}/strongroom.json is not JSON: ${error.message}`)
  }
  const merged = {
    ...(typeof file === 'object' && file !== null ? file : {}),
    ...(own.name === undefined ? {} : { name: own.name }),
    ...(own.purpose === undefined ? {} : { intendedPurpose: own.purpose }),
    ...(own.role === undefined ? {} : { roles: own.role }),
    ...(own.annexIii === undefined ? {} : { annexIII: own.annexIii }),
  }
  const parsed = SystemDescription.safeParse({ annexIII: '', roles: ['provider'], ...merged })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const names: Readonly<Record<string, string>> = { name: '--name', intendedPurpose: '--purpose', roles: '--role', annexIII: '--annex-iii' }
  throw new RequestError('invalid-request', `The system is not described: ${names[String(issue?.path[0])] ?? String(issue?.path[0])}: ${issue?.message ?? ''}.`)
}

function parseProjectId(text: string): ProjectId {
  const id = ProjectId.safeParse(text)
  if (!id.success) throw new RequestError('invalid-request', `'${text}' cannot be a project id: ${id.error.issues[0]?.message ?? ''}. Use --id.`)
  return id.data
}

function describeProject({ id, name, folder, intendedPurpose, roles, annexIII, createdEntry }: Project): string {
  return facts([
    ['Project', id],
    ['System', name],
    ['Purpose', intendedPurpose],
    ['Role', roles.join(', ')],
    ['Annex III', annexIII === '' ? 'not high-risk' : `point ${annexIII}`],
    ['Folder', folder],
    ['Entry', createdEntry],
  ])
}

function describeSnapshots(snapshots: readonly Snapshot[]): string {
  return table(
    ['DATASET', 'MANIFEST', 'FILES', 'SIZE', 'TAKEN', 'BY', 'ENTRY'],
    snapshots.map(({ dataset, manifest, files, bytes: size, takenAt, takenBy, entry }) => [dataset, shortHash(manifest), files, bytes(size), takenAt, takenBy, entry]),
  )
}
