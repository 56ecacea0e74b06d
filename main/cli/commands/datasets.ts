import type { Command } from 'commander'
import type { Snapshot } from '../../../shared/contract/index.ts'
import { bytes, print, shortHash, table } from '../output.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

export function addDatasetCommands(program: Command): void {
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
}

function describeSnapshots(snapshots: readonly Snapshot[]): string {
  return table(
    ['DATASET', 'MANIFEST', 'FILES', 'SIZE', 'TAKEN', 'BY', 'ENTRY'],
    snapshots.map(({ dataset, manifest, files, bytes: size, takenAt, takenBy, entry }) => [dataset, shortHash(manifest), files, bytes(size), takenAt, takenBy, entry]),
  )
}
