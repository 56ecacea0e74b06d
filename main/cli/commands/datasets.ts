import type { Command } from 'commander'
import { resolve } from 'node:path'
import { RequestError, type Snapshot } from '../../../shared/contract/index.ts'
import { bytes, facts, print, shortHash, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

export function addDatasetCommands(program: Command): void {
  const dataset = program.command('dataset').description('dataset snapshots')
  dataset
    .command('snapshot <path>')
    .description('record a file or folder of the project by content')
    .option('--project <id>')
    .option('--name <name>', 'name of the dataset (default: its path)')
    .option('--rehash', 'read every file, and what is stored of it, whatever is remembered of them: also mends what is damaged in the store')
    .action(async (path: string, own: { project?: string; name?: string; rehash?: true }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        const snapshot = await client.call('datasets.snapshot', { project: id, path, ...(own.name ? { dataset: own.name } : {}), ...(own.rehash ? { rehash: true } : {}) })
        print(snapshot, options.json, (taken) => describeSnapshots([taken]))
      })
    })
  dataset
    .command('export <snapshot>')
    .description('copy a snapshot out of the store into a new folder, each file checked; who, what and why is recorded')
    .option('--project <id>')
    .requiredOption('--to <folder>', 'where it goes: a folder that is not there yet')
    .requiredOption('--purpose <text>', 'what for, in a line; it stands in the ledger')
    .action(async (text: string, own: { project?: string; to: string; purpose: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id: project } = await chooseProject(client, own.project)
        const { id: snapshot } = findSnapshot(await client.call('datasets.list', { project }), text)
        const progress = showProgress(!options.json)
        const request = { project, snapshot, to: resolve(own.to), purpose: own.purpose }
        const result = await client.call('datasets.export', request, { onProgress: progress.update }).finally(() => progress.end())
        print(result, options.json, ({ path, manifest, files, bytes: size, entry }) => facts([['Folder', path], ['Files', `${files}, ${bytes(size)}`], ['Manifest', manifest], ['Recorded', `entry ${entry}`]]))
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

/** The newest snapshot of that path or dataset, or the one whose manifest begins so. */
function findSnapshot(snapshots: readonly Snapshot[], text: string): Snapshot {
  const isDigest = /^[0-9a-f]{8,64}$/.test(text)
  const found = snapshots.find(({ path, dataset, manifest }) => path === text || dataset === text || (isDigest && manifest.startsWith(text)))
  if (!found) throw new RequestError('not-found', `There is no snapshot '${text}'. Give its path, its dataset or the beginning of its manifest, as 'strongroom dataset list' shows them.`)
  return found
}

function describeSnapshots(snapshots: readonly Snapshot[]): string {
  return table(
    ['DATASET', 'MANIFEST', 'FILES', 'SIZE', 'TAKEN', 'BY', 'ENTRY'],
    snapshots.map(({ dataset, manifest, files, bytes: size, takenAt, takenBy, entry }) => [dataset, shortHash(manifest), files, bytes(size), takenAt, takenBy, entry]),
  )
}
