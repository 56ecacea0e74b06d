import { Option, type Command } from 'commander'
import { ACTION_NAMES, RequestError, type ActionName, type BlobVerification, type LedgerEntryDetail, type Verification } from '../../../shared/contract/index.ts'
import { describeSubject } from '../../../shared/messages/entries.ts'
import { complain, duration, facts, print, shortHash, table } from '../output.ts'
import { collect } from '../repeated-option.ts'
import { showProgress } from '../progress.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { addLedgerWitnessCommands, addPaperCommand, describeAnchor, openAnchors } from './anchors.ts'
import { findPerson } from './people.ts'

interface ListOptions {
  readonly action?: string
  readonly sessions: boolean
  readonly person?: string
  readonly since?: string
  readonly before?: string
  readonly text?: string
  readonly limit: string
}

export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the signed append-only ledger')
  ledger
    .command('list', { isDefault: true })
    .description('entries, newest first')
    .option('--action <action>', 'only this action')
    .option('--no-sessions', 'leave out who signed in and out')
    .option('--person <handle>', 'only what this person signed, or orchestrator')
    .option('--since <time>', 'only from this time on: 2026-11-27 or 2026-11-27T08:30:00Z')
    .option('--before <entry>', 'only entries before this number')
    .option('--text <text>', 'only entries whose action, subject or digest holds this')
    .option('--limit <count>', 'at most so many, up to 500; go on with --before', '40')
    .action(async (own: ListOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const filter = {
        sessions: own.sessions,
        ...(own.action === undefined ? {} : { action: parseAction(own.action) }),
        ...(own.text === undefined ? {} : { text: own.text }),
        ...(own.since === undefined ? {} : { since: parseTime(own.since) }),
        ...(own.before === undefined ? {} : { before: parseSeq(own.before) }),
      }
      await withSession(options, async ({ client }) => {
        const person = own.person === undefined ? {} : { person: own.person === 'orchestrator' ? own.person : (await findPerson(client, own.person)).id }
        const result = await client.call('ledger.entries', { ...filter, ...person, counted: true, limit: parseCount(own.limit) })
        print(result, options.json, ({ entries, matching, size }) =>
          [
            table(['ENTRY', 'TIME', 'SIGNED BY', 'ACTION', 'SUBJECT', 'DIGEST'], entries.map((entry) => [entry.seq, entry.time, entry.signedBy, entry.action, describeSubject(entry).name, entry.subject[0] ? shortHash(entry.subject[0].digest.sha256) : ''])),
            `${matching ?? 0} of ${size} entries match.`,
          ].join('\n\n'),
        )
      })
    })
  ledger
    .command('verify')
    .description('recompute everything: entries, signatures, tree, checkpoints')
    .addOption(new Option('--full', 'all of it, whatever was verified before (the default)').conflicts(['resume', 'sinceLast']))
    .addOption(new Option('--resume', 'go on where a full verification was stopped').conflicts('sinceLast'))
    .option('--since-last', 'only what came since the last verification')
    .option('--blobs', 'also read every stored file that entries and the registry name')
    .option('--against <file>', 'a checkpoint that was kept elsewhere, plain, cosigned or typed back from paper, which the ledger must continue; may be given again', collect)
    .option('--key <key>', 'the log key as it was kept, which the ledger must have begun with')
    .action(async (own: { blobs?: boolean; against?: string[]; key?: string; resume?: boolean; sinceLast?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const anchors = await openAnchors(client, own.against ?? [])
        if (!options.json) for (const anchor of anchors) complain(describeAnchor(anchor))
        const progress = showProgress(!options.json)
        const against = anchors.map(({ note }) => note)
        const result = await client.call('ledger.verify', { mode: own.resume ? 'resume' : own.sinceLast ? 'since-last' : 'full', against, keys: own.key === undefined ? [] : [own.key] }, { onProgress: progress.update }).finally(() => progress.end())
        if (!result.ok) process.exitCode = 1
        if (!own.blobs) return print({ ...result, anchors }, options.json, describeVerification)
        // Entries that do not hold name nothing that is worth comparing.
        const blobs = result.ok ? await client.call('ledger.verifyBlobs', {}, { onProgress: progress.update }).finally(() => progress.end()) : null
        if (blobs?.ok === false) process.exitCode = 1
        print({ ...result, anchors, blobs }, options.json, (both) => `${describeVerification(both)}\n\n${describeBlobs(both.blobs)}`)
      })
    })
  ledger
    .command('checkpoint')
    .description('the latest checkpoint, a note signed by the log key (C2SP tlog-checkpoint)')
    .option('--cosigned', 'the newest that a witness has cosigned instead, with the cosignatures')
    .action(async (own: { cosigned?: boolean }, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        process.stdout.write((await client.call('ledger.checkpoint', { cosigned: own.cosigned ?? false })).note)
      })
    })
  ledger
    .command('keys')
    .description('verifier keys, one a line: the log key first, then every key that signed entries')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('ledger.keys', {}), options.json, ({ keys }) => keys.map(({ key }) => key).join('\n')))
    })
  ledger
    .command('show <seq>')
    .description('one entry, readable')
    .option('--raw', 'the exact bytes of the leaf instead')
    .action(async (seq: string, own: { raw?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const entry = await client.call('ledger.entry', { seq: parseSeq(seq) })
        if (own.raw) process.stdout.write(entry.raw)
        else print(entry, options.json, describeEntry)
      })
    })
  ledger
    .command('prove <seq>')
    .description('the offline proof of an entry under the latest checkpoint (C2SP tlog-proof)')
    .action(async (seq: string, _: unknown, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        process.stdout.write((await client.call('ledger.proof', { seq: parseSeq(seq) })).proofFile)
      })
    })
  addLedgerWitnessCommands(ledger)
  addPaperCommand(ledger)
}

function describeVerification({ ok, since, entries, size, root, durationMs, firstBad }: Verification): string {
  if (ok) {
    return facts([
      ['Verified', since === null ? 'nothing recorded was altered, removed or reordered' : 'the entries below are sound, and continue what was verified before'],
      ['Entries', since === null ? size : entries === 0 ? 'none came since' : `${entries} read now, ${since.size} to ${size - 1}`],
      ...(since === null ? [] : [['Before them', `${since.size} entries were verified from ${since.at} on, and not read again: --full reads them`] as const]),
      ['Root', root],
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

function describeEntry({ seq, action, signedBy, keyId, time, leafHash, included, proof, payload }: LedgerEntryDetail): string {
  const head = facts([
    ['Entry', seq],
    ['Action', action],
    ['Signed by', `${signedBy}, key ${keyId}`],
    ['Time', `${time}, as its signer asserts`],
    ['Leaf hash', leafHash],
    ['Included', included ? `yes, proven by ${proof.hashes.length} hashes under the root of ${proof.size} entries` : 'NO: the proof does not lead to the root'],
  ])
  return `${head}\n\n${JSON.stringify(payload, null, 2)}`
}

function parseSeq(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not an entry's number; they count from 0.`)
}

/** A day begins in UTC, as all times of the ledger are. */
function parseTime(text: string): string {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new RequestError('invalid-request', `'${text}' is not a time. Write 2026-11-27 or 2026-11-27T08:30:00Z.`)
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not a count from 1 to 500.`)
}

function parseAction(text: string): ActionName {
  const action = ACTION_NAMES.find((name) => name === text)
  if (action === undefined) throw new RequestError('invalid-request', `There is no action '${text}'. Actions are: ${ACTION_NAMES.join(', ')}.`)
  return action
}
