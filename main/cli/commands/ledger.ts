import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ACTION_NAMES, RequestError, type ActionName, type LedgerEntryDetail, type ResultOf } from '../../../shared/contract/index.ts'
import { describeDamage, describeSubject } from '../../../shared/messages/entries.ts'
import { facts, print, shortHash, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { addLedgerWitnessCommands, addPaperCommand, addTimestampCommands } from './anchors.ts'
import { addContinueCommand } from './ledger-continue.ts'
import { addLedgerVerifyCommand, addVerifyRecordCommand } from './ledger-verify.ts'
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
    .option('--text <text>', "only entries that name all of these words, or words that begin so: action, file, digest, project, model, stage, person; 'run 12', 'version 3', 'entry 7'")
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
        print(result, options.json, describeList)
      })
    })
  ledger
    .command('tiles')
    .description('write the ledger as files that other tools read (C2SP tlog-tiles), adding to what is there of before')
    .requiredOption('--to <folder>', 'a folder of its own')
    .action(async (own: { to: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const folder = resolve(own.to)
        const progress = showProgress(!options.json)
        const result = await client.call('ledger.tiles', { folder }, { onProgress: progress.update }).finally(() => progress.end())
        print({ ...result, folder }, options.json, ({ size, before, written, removed }) =>
          [`${folder}: ${size} entries, of which ${before} were there before; ${written} files written.`, removed === 0 ? '' : ` ${removed} partial tiles of before are full now and were removed.`].join(''),
        )
      })
    })
  addLedgerVerifyCommand(ledger)
  addContinueCommand(ledger)
  addVerifyRecordCommand(ledger)
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
  addTimestampCommands(ledger)
}

function describeList({ entries, damaged, matching, size }: ResultOf<'ledger.entries'>): string {
  const sound = entries.map((entry) => [entry.seq, entry.time, entry.signedBy, entry.action, describeSubject(entry).name, entry.subject[0] ? shortHash(entry.subject[0].digest.sha256) : ''] as const)
  const unsound = damaged.map(({ seq, kind }) => [seq, '', '', 'DAMAGED', describeDamage(kind), ''] as const)
  const rows = [...sound, ...unsound].sort(([one], [other]) => other - one)
  const note = damaged.length === 0 ? [] : [`${damaged.length === 1 ? 'One entry' : `${damaged.length} entries`} above cannot be read. Keep a copy of the data folder, and see what else does not hold: strongroom ledger verify.`]
  return [table(['ENTRY', 'TIME', 'SIGNED BY', 'ACTION', 'SUBJECT', 'DIGEST'], rows), ...note, `${matching ?? 0} of ${size} entries match.`].join('\n\n')
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
