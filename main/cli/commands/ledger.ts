import type { Command } from 'commander'
import { ACTION_NAMES, RequestError, type ActionName, type LedgerEntryDetail, type Verification } from '../../../shared/contract/index.ts'
import { duration, facts, print, shortHash, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { withSession, type GlobalOptions } from '../session.ts'

export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the signed append-only ledger')
  ledger
    .command('list', { isDefault: true })
    .description('entries, newest first')
    .option('--action <action>', 'only this action')
    .option('--no-sessions', 'leave out who signed in and out')
    .option('--text <text>', 'only entries whose action, subject or digest holds this')
    .option('--limit <count>', 'at most so many', '40')
    .action(async (own: { action?: string; sessions: boolean; text?: string; limit: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const filter = { sessions: own.sessions, ...(own.action === undefined ? {} : { action: parseAction(own.action) }), ...(own.text === undefined ? {} : { text: own.text }) }
      await withSession(options, async ({ client }) => {
        const result = await client.call('ledger.entries', { ...filter, limit: parseCount(own.limit) })
        print(result, options.json, ({ entries, matching, size }) =>
          [
            table(['ENTRY', 'TIME', 'SIGNED BY', 'ACTION', 'SUBJECT', 'DIGEST'], entries.map(({ seq, time, signedBy, action, subject: [first] }) => [seq, time, signedBy, action, first?.name ?? '', first ? shortHash(first.digest.sha256) : ''])),
            `${matching} of ${size} entries match.`,
          ].join('\n\n'),
        )
      })
    })
  ledger
    .command('verify')
    .description('recompute everything: entries, signatures, tree, checkpoints')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const progress = showProgress(!options.json)
        const result = await client.call('ledger.verify', {}, { onProgress: progress.update }).finally(() => progress.end())
        print(result, options.json, describeVerification)
        if (!result.ok) process.exitCode = 1
      })
    })
  ledger
    .command('checkpoint')
    .description('the latest checkpoint, a note signed by the log key (C2SP tlog-checkpoint)')
    .action(async (_: unknown, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        process.stdout.write((await client.call('ledger.checkpoint', {})).note)
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
}

function describeVerification({ ok, size, root, durationMs, firstBad }: Verification): string {
  if (ok) {
    return facts([
      ['Verified', 'nothing recorded was altered, removed or reordered'],
      ['Entries', size],
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

function parseCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not a count from 1 to 500.`)
}

function parseAction(text: string): ActionName {
  const action = ACTION_NAMES.find((name) => name === text)
  if (action === undefined) throw new RequestError('invalid-request', `There is no action '${text}'. Actions are: ${ACTION_NAMES.join(', ')}.`)
  return action
}
