import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { RequestError, type BlobVerification, type LedgerLoss, type Verification, type VerificationMode } from '../../../shared/contract/index.ts'
import { findInstallation } from '../../client/index.ts'
import { complain, duration, facts, print, table } from '../output.ts'
import { checkPack, describeLostPart, describePack, type PackCheck } from '../pack-check.ts'
import { showProgress } from '../progress.ts'
import { collect } from '../repeated-option.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { describeAnchor, openAnchors } from './anchors.ts'

interface VerifyCommandOptions {
  readonly resume?: boolean
  readonly sinceLast?: boolean
  readonly blobs?: boolean
  readonly against?: readonly string[]
  readonly key?: string
  readonly pack?: string
  readonly database?: string
}

export function addLedgerVerifyCommand(ledger: Command): void {
  ledger
    .command('verify')
    .description('recompute everything: entries, signatures, tree, checkpoints')
    .addOption(new Option('--full', 'all of it, whatever was verified before (the default)').conflicts(['resume', 'sinceLast']))
    .addOption(new Option('--resume', 'go on where a full verification was stopped').conflicts(['sinceLast', 'database']))
    .addOption(new Option('--since-last', 'only what came since the last verification').conflicts('database'))
    .addOption(new Option('--blobs', 'also read every stored file that entries and the registry name').conflicts('database'))
    .option('--against <file>', 'a checkpoint that was kept elsewhere, plain, cosigned or typed back from paper, or a time stamp, which the ledger must continue; may be given again', collect)
    .option('--key <key>', 'the log key as it was kept, which the ledger must have begun with')
    .option('--pack <pack>', 'an evidence pack of this ledger: it must hold, and every entry in it be the one at its position here')
    .option('--database <file>', 'a database file instead of the workplace: a copy or a backup, without an orchestrator or an account; nothing is written to it or beside it')
    .action(async (own: VerifyCommandOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if (own.database === undefined) await verifyWorkplace(own, options)
      else await verifyDatabase(own.database, own, options)
    })
}

export function addVerifyRecordCommand(ledger: Command): void {
  ledger
    .command('verify-record <file>')
    .description("check the proof of a record (strongroom run metrics --prove) by nothing but the log's key: no workplace, no account")
    .requiredOption('--key <key>', 'the log key as it was kept; where it was rotated, the one that signed the checkpoint in the file')
    .action(async (file: string, own: { key: string }, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions>()
      const { parseVerifierKey, verifyRecordProof } = await import('../../ledger/index.ts')
      const { record, index, entry, keyid, checkpoint } = verifyRecordProof(readFileSync(file, 'utf8'), parseVerifierKey(own.key))
      const answer = { record, index, entry: entry.seq, action: entry.action, detail: entry.detail, time: entry.time, signedBy: keyid, origin: checkpoint.origin, size: checkpoint.size }
      print(answer, json, () =>
        facts([
          ['Proved', JSON.stringify(record)],
          ['Record', `${index} of those that entry ${entry.seq} seals: ${JSON.stringify(entry.detail)}`],
          ['Sealed', `${entry.time}, as ${entry.actor} asserts`],
          ['Checkpoint', `${checkpoint.size} entries of ${checkpoint.origin}, signed by the key that was given`],
          ['', 'That the record says what is true, no ledger can prove.'],
        ]),
      )
    })
}

async function verifyWorkplace(own: VerifyCommandOptions, options: GlobalOptions): Promise<void> {
  await withSession(options, async ({ client }) => {
    const anchors = await openAnchors(client, own.against ?? [])
    if (!options.json) for (const anchor of anchors) complain(describeAnchor(anchor))
    const [logKey] = (await client.call('ledger.keys', {})).keys
    const pack = await checkPackOf(own.pack, logKey?.key)
    const progress = showProgress(!options.json)
    const against = [...anchors.map(({ note }) => note), ...checkpointsOf(pack)]
    const mode = own.resume ? 'resume' : own.sinceLast ? 'since-last' : 'full'
    const result = await client.call('ledger.verify', { mode, against, keys: own.key === undefined ? [] : [own.key] }, { onProgress: progress.update }).finally(() => progress.end())
    // Entries that do not hold name nothing that is worth comparing.
    const isBlobsWanted = own.blobs === true
    const blobs = isBlobsWanted && result.ok ? await client.call('ledger.verifyBlobs', {}, { onProgress: progress.update }).finally(() => progress.end()) : null
    if (!result.ok || blobs?.ok === false || pack?.holds === false) process.exitCode = 1
    const answer = { ...result, anchors, ...(pack === null ? {} : { pack }), ...(isBlobsWanted ? { blobs } : {}) }
    print(answer, options.json, () => [describeVerification(result, own.against, mode), ...describePack(pack, result), ...(isBlobsWanted ? [describeBlobs(blobs)] : [])].join('\n\n'))
  })
}

/** What opens a ledger is loaded only where one is opened. */
async function verifyDatabase(file: string, own: VerifyCommandOptions, options: GlobalOptions): Promise<void> {
  const { describeLosses, openLedgerCopy, parseCheckpoint, straighten } = await import('../../ledger/index.ts')
  const copy = openLedgerCopy(file)
  const progress = showProgress(!options.json)
  const began = performance.now()
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort(new RequestError('cancelled', 'The verification was stopped. It says nothing about the ledger.'))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    const pack = await checkPackOf(own.pack, copy.logKey)
    const given = [...(own.against ?? []).map((anchor) => straighten(readFileSync(anchor, 'utf8'))), ...checkpointsOf(pack)]
    const found = await copy.verify({
      signal: interrupted.signal,
      program: findInstallation().ledgerVerifier,
      pinned: own.key === undefined ? [] : [own.key],
      anchors: [...given, ...(copy.highWater === undefined ? [] : [copy.highWater.note])],
      onProgress: ({ done, total }) => progress.update({ share: total === 0 ? 1 : done / total, text: `${done} of ${total} entries` }),
    })
    const result: Verification = {
      ok: found.ok,
      mode: 'full',
      since: null,
      entries: found.size,
      checkpoints: found.checkpoints,
      size: found.size,
      losses: found.ok ? describeLosses(found) : [],
      against: found.ok ? found.anchors.slice(0, given.length) : [],
      root: found.ok ? parseCheckpoint(found.checkpoint).root.toString('base64') : '',
      durationMs: Math.round(performance.now() - began),
      at: new Date().toISOString(),
      firstBad: found.ok ? null : found.damage,
    }
    if (!result.ok || pack?.holds === false) process.exitCode = 1
    const { logKey = null, walBytes } = copy
    const answer = { ...result, database: file, logKey, walBytes, highWater: copy.highWater?.path ?? null, ...(pack === null ? {} : { pack }) }
    progress.end()
    print(answer, options.json, () => [describeVerification(result, own.against), ...describePack(pack, result), describeCopy(answer, own.key !== undefined && result.ok)].join('\n\n'))
  } finally {
    progress.end()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    copy.close()
  }
}

/** A pack of another ledger is compared with nothing. */
async function checkPackOf(path: string | undefined, logKey: string | undefined): Promise<PackCheck | null> {
  if (path === undefined) return null
  return checkPack(findInstallation(), path, logKey ?? null)
}

function checkpointsOf(pack: PackCheck | null): string[] {
  return pack === null || pack.checkpoint === null ? [] : [pack.checkpoint]
}

function describeCopy({ database, logKey, walBytes, highWater }: { database: string; logKey: string | null; walBytes: number; highWater: string | null }, isPinned: boolean): string {
  return facts([
    ['Database', `${database}, of which a private copy was read`],
    ['Log key', logKey === null ? 'not known: entry 0 does not create a ledger' : isPinned ? `${logKey}, as it was given` : `${logKey}, as the file itself says: compare it with the one that you kept, or give that with --key`],
    ...(walBytes === 0 ? [] : [['', `${database}-wal was read as part of it: the newest entries may stand there alone. Keep the two together.`] as const]),
    ...(highWater === null ? [] : [['Held to', `${highWater}, the last checkpoint that was kept beside it. Whoever can put back an older file can put back an older mark.`] as const]),
    ['', 'That nothing was cut off its end, a copy alone cannot show: compare it with a checkpoint that was kept elsewhere, with --against.'],
  ])
}

/** Why all was read where less was asked for. */
const READ_ALL: Readonly<Record<VerificationMode, string>> = {
  full: '',
  resume: ', all of them: no full verification was stopped before its end',
  'since-last': ', all of them: no verification that ended well is remembered',
}

/**
 * @param files what it was compared with, in the order of `against`; a pack's checkpoint comes after them.
 * @param asked how much was to be read.
 */
function describeVerification({ ok, since, entries, size, root, losses, against, durationMs, firstBad }: Verification, files: readonly string[] = [], asked: VerificationMode = 'full'): string {
  if (ok) {
    return facts([
      ['Verified', since === null ? (losses.length === 0 ? 'nothing recorded was altered, removed or reordered' : 'what is left was not altered or reordered; entries were lost, as said below') : 'the entries below are sound, and continue what was verified before'],
      ['Entries', since === null ? `${size}${READ_ALL[asked]}` : entries === 0 ? 'none came since' : `${entries} read now, ${since.size} to ${size - 1}`],
      ...(since === null ? [] : [['Before them', `${since.size} entries were verified from ${since.at} on, and not read again: --full reads them`] as const]),
      ['Root', root],
      ...losses.map((loss) => ['LOST', describeLoss(loss)] as const),
      ...files.map((file, index) => ['Against', describeCompared(file, against[index])] as const),
      ['Took', duration(durationMs)],
      ['', 'That nothing went unrecorded, and that what was recorded is true, no ledger can prove.'],
    ])
  }
  return facts([
    ['DAMAGED', firstBad?.message ?? ''],
    ['First bad entry', firstBad?.seq ?? 'not known'],
    ['Kind', firstBad?.kind ?? ''],
    ['', 'Nothing from there on is trusted. Compare with a backup or another copy of a checkpoint.'],
  ])
}

function describeCompared(file: string, compared: Verification['against'][number] | undefined): string {
  if (compared === undefined) return file
  const { size, lostIn } = compared
  return lostIn === null ? `${file}, a checkpoint of ${size} entries, which this ledger continues` : `${file} is of ${describeLostPart(size, lostIn)}: see entry ${lostIn}`
}

/** What a ledger says itself of a loss, in a line. */
export function describeLoss({ entry, predecessor, origin, signed, isProved, by, orchestratorKey, reason }: LedgerLoss): string {
  const what = signed > entry ? `the entries ${entry} to ${signed - 1} of ${predecessor}` : `the history of ${predecessor} of which a checkpoint of ${signed} entries is`
  const proof = isProved ? 'a log key that is known here signed so many' : `that so many were signed nobody can check, as no key that is known here signed the checkpoint: it is the word of ${by}`
  return `${what}: entry ${entry} says so (${JSON.stringify(reason)}), signed by ${by}; ${proof}. From there on the ledger goes on as ${origin}, with a log key that rests on this entry.${orchestratorKey === null ? '' : ` So does the key with which the orchestrator signs since, ${orchestratorKey}: the one of before was lost too and did not sign it.`}`
}

function describeBlobs(result: BlobVerification | null): string {
  if (result === null) return 'The stored files were not checked: entries that do not hold name nothing to compare them with.'
  const { ok, named, missing, damaged, unrecorded, unreferenced, durationMs } = result
  const head = facts([
    [ok ? 'Files verified' : 'FILES DAMAGED', ok ? 'each stored file that entries and the registry name is there and has its content' : 'not all that entries and the registry name is there as it was'],
    ['Named', named],
    ['Missing', missing.count],
    ['Damaged', damaged.count],
    ['Unrecorded', unrecorded.count],
    ['Unreferenced', unreferenced.count],
    ['Took', duration(durationMs)],
    ...(missing.count + damaged.count > 0 ? [['', 'Restore these from a backup, or take a snapshot of the same content again: it takes their place.'] as const] : []),
    ...(unrecorded.count > 0 ? [['', 'Unrecorded: the registry names these, and no entry does. Somebody wrote to the database past Strongroom.'] as const] : []),
    ...(unreferenced.count > 0 ? [['', 'Unreferenced: left by what failed or is under way, or put there by somebody. Nothing depends on them.'] as const] : []),
  ])
  const kinds = [['missing', missing], ['damaged', damaged], ['unrecorded', unrecorded]] as const
  const faults = kinds.flatMap(([kind, { listed }]) => listed.map(({ sha256, path, name, entries }) => [kind, sha256, entries.join(' '), name, path]))
  const strays = unreferenced.listed.map(({ sha256, path }) => ['unreferenced', sha256 ?? '', '', '', path])
  const rows = [...faults, ...strays]
  if (rows.length === 0) return head
  const all = missing.count + damaged.count + unrecorded.count + unreferenced.count
  const rest = all > rows.length ? `\n\n${all - rows.length} more are not listed.` : ''
  return `${head}\n\n${table(['KIND', 'DIGEST', 'ENTRIES', 'NAME', 'PATH'], rows)}${rest}`
}

