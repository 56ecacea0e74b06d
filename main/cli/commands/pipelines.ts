import type { Command } from 'commander'
import { print, table } from '../output.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

export function addPipelineCommands(program: Command): void {
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
