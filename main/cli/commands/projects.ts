import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { ProjectId, RequestError, SystemDescription, type Project } from '../../../shared/contract/index.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { complain, facts, print, table } from '../output.ts'
import { chooseProject } from '../project-choice.ts'
import { collect } from '../repeated-option.ts'
import { withSession, type GlobalOptions } from '../session.ts'

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
    .description('projects with their classification and folder')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) =>
        print(await client.call('projects.list', {}), options.json, (projects) => table(['ID', 'NAME', 'CLASS', 'FOLDER'], projects.map(({ id, name, annexIII, folder }) => [id, name, projectsMessages.classification(annexIII), folder]))),
      )
    })
  project
    .command('add <folder>')
    .description('register a folder with a dvc.yaml as a project; strongroom.json in it may describe the system')
    .option('--id <id>', 'short name (default: the folder’s)')
    .option('--name <name>', 'name of the AI system')
    .option('--purpose <text>', 'its intended purpose')
    .option('--role <role>', 'provider or deployer; may be given twice', collect)
    .option('--annex-iii <point>', 'point of Annex III of the EU AI Act, such as 5(b), or none when it is not high-risk; left out, it is not classified yet')
    .action(async (folder: string, own: SystemOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const path = resolve(folder)
      const system = readSystem(path, own)
      const id = parseProjectId(own.id ?? basename(path).toLowerCase().replace(/[^a-z0-9]+/g, '-'))
      await withSession(options, async ({ client }) => {
        const project = await client.call('projects.add', { id, folder: path, ...system })
        print(project, options.json, describeProject)
        const read = await client.call('pipelines.read', { project: id })
        if (read.ok || options.json) return
        complain(['The pipeline cannot run as it is:', ...read.problems.map(({ file, line, column, message }) => `  ${file}:${line}:${column}: ${message}`)].join('\n'))
      })
    })
  project
    .command('change')
    .description('describe the system anew; what is not given stays as it is')
    .option('--project <id>')
    .option('--name <name>', 'name of the AI system')
    .option('--purpose <text>', 'its intended purpose')
    .option('--role <role>', 'provider or deployer; may be given twice', collect)
    .option('--annex-iii <point>', 'point of Annex III of the EU AI Act, such as 5(b), or none when it is not high-risk')
    .option('--folder <folder>', 'where the project lies by now, when it was moved or restored elsewhere')
    .action(async (own: SystemOptions & { project?: string; folder?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id, name, intendedPurpose, roles, annexIII } = await chooseProject(client, own.project)
        const system = parseSystem({ name, intendedPurpose, roles, annexIII, ...given(own) })
        print(await client.call('projects.change', { project: id, ...system, ...(own.folder === undefined ? {} : { folder: resolve(own.folder) }) }), options.json, describeProject)
      })
    })
  project
    .command('show')
    .description('how the system is described')
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await chooseProject(client, own.project), options.json, describeProject))
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
  const described = { annexIII: '', roles: ['provider'], ...(typeof file === 'object' ? file : {}), ...given(own) }
  // What is wrong with the folder is not found out only after the system was described at length.
  if (!SystemDescription.safeParse(described).success && !existsSync(`${folder}/dvc.yaml`)) {
    throw new RequestError('invalid-path', `There is no ${folder}/dvc.yaml: a project is a folder with a pipeline.`)
  }
  return parseSystem(described)
}

/** What the command line says of the system. */
function given({ name, purpose, role, annexIii }: SystemOptions): Partial<Record<keyof SystemDescription, unknown>> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(purpose === undefined ? {} : { intendedPurpose: purpose }),
    ...(role === undefined ? {} : { roles: role }),
    ...(annexIii === undefined ? {} : { annexIII: annexIii }),
  }
}

function parseSystem(described: unknown): SystemDescription {
  const parsed = SystemDescription.safeParse(described)
  if (parsed.success) return parsed.data
  const names: Readonly<Record<string, string>> = { name: '--name', intendedPurpose: '--purpose', roles: '--role', annexIII: '--annex-iii' }
  const known = typeof described === 'object' && described !== null ? described : {}
  const wrong = parsed.error.issues.map(({ path: [key], message }) => {
    const name = names[String(key)] ?? String(key)
    return String(key) in known ? `${name} is wrong: ${message}` : `${name} is missing`
  })
  throw new RequestError('invalid-request', `The system is not described: ${wrong.join('; ')}. Give it here or in strongroom.json.`)
}

export function parseProjectId(text: string): ProjectId {
  const id = ProjectId.safeParse(text)
  if (!id.success) throw new RequestError('invalid-request', `'${text}' cannot be a project id: ${id.error.issues[0]?.message ?? ''}. Use --id.`)
  return id.data
}

export function describeProject({ id, name, folder, intendedPurpose, roles, annexIII, createdEntry }: Project): string {
  return facts([
    ['Project', id],
    ['System', name],
    ['Purpose', intendedPurpose],
    ['Role', roles.join(', ')],
    ['Class', projectsMessages.classification(annexIII)],
    ['Folder', folder],
    ['Entry', createdEntry],
  ])
}
