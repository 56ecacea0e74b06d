import { resolve } from 'node:path'
import type { Command } from 'commander'
import { print, table } from '../output.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { describeProject, parseProjectId } from './projects.ts'

export function addSampleCommands(program: Command): void {
  const sample = program.command('sample').description('bundled sample projects')
  sample.command('list', { isDefault: true }).description('what comes with Strongroom, and what it needs').action(async (_: unknown, command: Command) => {
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
}
