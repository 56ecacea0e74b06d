import { resolve } from 'node:path'
import type { Command } from 'commander'
import { RequestError, type BackupState } from '../../../shared/contract/index.ts'
import { findInstallation } from '../../client/index.ts'
import { bytes, facts, print, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { collect } from '../repeated-option.ts'
import { dataFolderOf, withSession, type GlobalOptions } from '../session.ts'
import { quoteForShell } from '../shell.ts'
import { continueLedger, describeContinuation, readAnchors, requireName, UNPROVED, type Continuation } from './ledger-continue.ts'

export function addBackupCommands(program: Command): void {
  const backup = program.command('backup').description('backups of the workplace, made while it runs')
  backup
    .command('show', { isDefault: true })
    .description('the schedule, the last backup, and what failed')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('backups.state', {}), options.json, describeState))
    })
  backup
    .command('create')
    .description('make one now, and read it back')
    .requiredOption('--to <folder>', 'a folder of backups, on another disk; what is the same in several is there once')
    .action(async (own: { to: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const progress = showProgress(!options.json)
        const made = await client.call('backups.create', { folder: resolve(own.to) }, { onProgress: progress.update }).finally(() => progress.end())
        print(made, options.json, ({ folder, backup: id, size, files, bytes: count, entry }) => `${folder}/${id}: ${size} entries, ${files} files, ${bytes(count)}, read back and whole. Recorded as entry ${entry}.`)
      })
    })
  backup
    .command('schedule [off]')
    .description('make them from now on, by the orchestrator, while it runs; off ends that')
    .option('--to <folder>', 'a folder of backups, on another disk')
    .option('--every <time>', 'how often: 24h, 7d', '24h')
    .option('--keep <count>', 'how many stay, the newest', '30')
    .action(async (off: string | undefined, own: { to?: string; every: string; keep: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if (off !== undefined && off !== 'off') throw new RequestError('invalid-request', `'${off}' is not 'off'. Say 'strongroom backup schedule --to FOLDER', or 'strongroom backup schedule off'.`)
      const folder = own.to
      if (off === undefined && folder === undefined) throw new RequestError('invalid-request', "Say where to: 'strongroom backup schedule --to FOLDER'.")
      await withSession(options, async ({ client }) => {
        const state = folder === undefined ? await client.call('backups.unschedule', {}) : await client.call('backups.schedule', { folder: resolve(folder), everyHours: parseEvery(own.every), keep: parseKeep(own.keep) })
        print(state, options.json, describeState)
      })
    })
  backup
    .command('list [folder]')
    .description('the backups in a folder, newest first, without an orchestrator; or those that the ledger says were made, and whether they are there')
    .action(async (folder: string | undefined, _: unknown, command: Command) => {
      if (folder === undefined) return listRecorded(command.optsWithGlobals<GlobalOptions>())
      const { contentsOf, listBackups } = await import('../../backup/index.ts')
      const backups = listBackups(resolve(folder)).reverse()
      const rows = backups.map((manifest) => ({ backup: manifest.id, madeAt: manifest.madeAt, organisation: manifest.organisation, ...manifest.ledger, files: contentsOf(manifest).length }))
      print(rows, command.optsWithGlobals<GlobalOptions>().json, () => rows.length === 0 ? `There is no backup in ${resolve(folder)}.` : table(['BACKUP', 'MADE', 'ORGANISATION', 'ENTRIES', 'FILES', 'ROOT'], rows.map((row) => [row.backup, row.madeAt, row.organisation, row.size, row.files, row.root])))
    })
  backup
    .command('verify <backup>')
    .description('read a backup through: pages, ledger, every file by its digest; needs no orchestrator and writes nothing')
    .option('--against <file>', 'a checkpoint that was kept elsewhere, which the ledger in it must contain; may be given again', collect)
    .action(async (folder: string, own: { against?: string[] }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { verifyBackup } = await import('../../backup/index.ts')
      const progress = showProgress(!options.json)
      const { ok, manifest, digest, faults } = await verifyBackup(resolve(folder), {
        program: findInstallation().ledgerVerifier,
        anchors: await readAnchors(own.against ?? []),
        onProgress: (share, text) => progress.update({ share, text }),
      }).finally(() => progress.end())
      if (!ok) process.exitCode = 1
      print({ ok, backup: manifest.id, manifest: digest, ledger: manifest.ledger, faults }, options.json, () =>
        [
          facts([
            [ok ? 'Whole' : 'DAMAGED', ok ? 'database, ledger and every file are as they were backed up' : 'this backup is not to be restored'],
            ['Made', manifest.madeAt],
            ['Entries', manifest.ledger.size],
            ['Root', manifest.ledger.root],
            ['Log key', `${manifest.ledger.logKey}, as the backup says: compare it with the one that you kept`],
          ]),
          ...faults,
        ].join('\n'),
      )
    })

  program
    .command('restore <backup>')
    .description('put a backup into an empty data folder, --data; it is verified first, and the ledger records it')
    .requiredOption('--reason <text>', 'why: it stands in the ledger for ever')
    .option('--continue', 'where an anchor knows of more than the backup has: let the ledger go on under another origin, as the administrator whom --as names signs')
    .option('--anchor <file>', 'a checkpoint that is known of the ledger: high-water of the folder that was lost, a witness’s latest, one typed back from paper; may be given again', collect)
    .option('--unproved', `with --continue: ${UNPROVED}`)
    .action(async (folder: string, own: { reason: string; anchor?: string[]; continue?: boolean; unproved?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { restoreBackup } = await import('../../backup/index.ts')
      const progress = showProgress(!options.json)
      const root = dataFolderOf(options)
      if (own.continue) requireName(options)
      const { manifest, missing } = await restoreBackup(resolve(folder), root, {
        reason: own.reason,
        evenShort: own.continue ?? false,
        unproved: own.unproved ?? false,
        anchors: await readAnchors(own.anchor ?? []),
        program: findInstallation().ledgerVerifier,
        onProgress: (share, text) => progress.update({ share, text }),
      }).finally(() => progress.end())
      const continued = missing === 0 ? null : await continueRestored(options, own.reason)
      print({ dataFolder: root, backup: manifest.id, ledger: manifest.ledger, continued }, options.json, () =>
        facts([
          ['Restored', root],
          ['From', `${manifest.id}, made ${manifest.madeAt}`],
          ['Entries', manifest.ledger.size],
          ...(continued === null ? [] : describeContinuation(continued)),
          ['Next', `strongroom --data ${quoteForShell(root)} --as ${options.as ?? 'NAME'} ledger verify --blobs`],
          ['', 'The first command records that it was restored. Whoever was signed in signs in again.'],
          ...(own.anchor === undefined ? [['', 'Whether entries are missing that came after the backup, only a checkpoint that was kept elsewhere shows: give that command --against FILE too.'] as const] : []),
        ]),
      )
    })
}

async function listRecorded(options: GlobalOptions): Promise<void> {
  await withSession(options, async ({ client }) =>
    print(await client.call('backups.list', {}), options.json, (backups) =>
      backups.length === 0 ? "The ledger records no backup. Make one with 'strongroom backup create --to FOLDER'." : table(['BACKUP', 'FOLDER', 'MADE', 'ENTRIES', 'FILES', 'STATE', 'ENTRY'], backups.map((each) => [each.backup, each.folder, each.at, each.size, each.files, each.state, each.entry])),
    ),
  )
}

/** The restored folder is whole whatever happens here: the same can be asked of it again. */
async function continueRestored(options: GlobalOptions, reason: string): Promise<Continuation> {
  try {
    return await continueLedger(options, { reason, anchors: [], unproved: false, newOrchestratorKey: false })
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new RequestError(error.code, `${error.message} The backup is restored, and its ledger waits: strongroom --data ${quoteForShell(dataFolderOf(options))} --as ${options.as ?? 'NAME'} ledger continue --reason ${quoteForShell(reason)}`, error.problems)
  }
}

export function describeState({ schedule, running, last, failing, dueAt }: BackupState): string {
  return facts([
    ['Schedule', schedule === null ? 'none' : `every ${schedule.everyHours} h to ${schedule.folder}, the newest ${schedule.keep} stay`],
    ['Last', last === null ? 'never' : `${last.folder}/${last.id}, ${last.size} entries, at ${last.at} (entry ${last.entry})`],
    ...(failing === null ? [] : [['FAILED', `at ${failing.at}, to ${failing.folder}: ${failing.reason} (entry ${failing.entry})`] as const]),
    ['Next', running ? 'being made now' : (dueAt ?? 'not scheduled')],
  ])
}

function parseEvery(text: string): number {
  const [, count = '', unit] = /^([1-9]\d{0,3})([hd])$/.exec(text) ?? []
  if (count === '') throw new RequestError('invalid-request', `'${text}' is not a time. Write hours or days: 24h, 7d.`)
  return Number(count) * (unit === 'd' ? 24 : 1)
}

function parseKeep(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not a count from 1 to 9999.`)
}
