import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { RequestError, Sha256, type Anchor, type Client, type Witness, type WitnessConflict, type WitnessImport } from '../../../shared/contract/index.ts'
import { complain, facts, print, table } from '../output.ts'
import { withSession, type GlobalOptions } from '../session.ts'

/** `strongroom ledger witness ...`: the workplace's side of its witnesses. */
export function addLedgerWitnessCommands(ledger: Command): void {
  const witness = ledger.command('witness').description('witnesses of this ledger: who holds it to its word elsewhere')
  witness
    .command('list', { isDefault: true })
    .description('witnesses, with what each has cosigned last, and conflicts')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) =>
        print(await client.call('witnesses.list', {}), options.json, ({ witnesses, conflicts }) =>
          [describeWitnesses(witnesses), ...conflicts.map(describeConflict)].join('\n\n'),
        ),
      )
    })
  witness
    .command('add')
    .description('take in a witness by its key')
    .requiredOption('--name <name>', 'how it is called here: lower-case letters, digits, hyphens')
    .requiredOption('--key <key>', 'its verifier key: strongroom witness show FOLDER')
    .action(async (own: { name: string; key: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        if (!options.json) complain('By signing you let this witness speak for the ledger: where it holds another history than this one, nothing is recorded here any more.')
        const added = await client.call('witnesses.add', { ...own, passphrase: await passphraseToSign() })
        print(added, options.json, ({ name, addedEntry }) => `The witness ${name} is known from entry ${addedEntry} on.`)
      })
    })
  witness
    .command('remove <name>')
    .description('let its cosignatures count no more; those that are recorded stay')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('witnesses.remove', { name }), options.json, ({ removedEntry }) => `The witness ${name} counts no more from entry ${removedEntry ?? ''} on.`))
    })
  witness
    .command('request <name>')
    .description('write what is carried to a witness (C2SP tlog-witness): the newest checkpoint, and the proof that it continues the last one')
    .requiredOption('--to <file>', 'the file to write')
    .option('--old <size>', 'how many entries the witness has cosigned, where it says otherwise than the ledger')
    .action(async (name: string, own: { to: string; old?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const made = await client.call('witnesses.request', { name, ...(own.old === undefined ? {} : { old: parseSize(own.old) }) })
        writeFileSync(own.to, made.request)
        print({ ...made, written: own.to }, options.json, ({ old, size }) => `${own.to}: ${size} entries, going on from ${old}. At the witness: strongroom witness sign FOLDER ${own.to} --to ANSWER.`)
      })
    })
  witness
    .command('import <file>')
    .description('take in what a witness handed out: its answer, its file latest, or a report of a conflict')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const text = readFileSync(file, 'utf8')
      await withSession(options, async ({ client }) => {
        const imported = await client.call('witnesses.import', { text })
        if (imported.outcome !== 'cosigned') process.exitCode = 1
        print(imported, options.json, describeImport)
      })
    })
}

/** `strongroom ledger anchor`: the newest checkpoint on paper. */
export function addPaperCommand(ledger: Command): void {
  ledger
    .command('anchor')
    .description('make a page with the newest checkpoint, as text and as QR code, to be printed, signed by hand and filed')
    .requiredOption('--to <file>', 'the PDF to write; one that is there is not overwritten')
    .action(async (own: { to: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if (existsSync(own.to)) throw new RequestError('already-exists', `${own.to} is there already. Choose another name: an anchor is kept, not replaced.`)
      await withSession(options, async ({ client }) => {
        const { pdf, ...made } = await client.call('anchors.print', {})
        writeFileSync(own.to, Buffer.from(pdf, 'base64'), { flag: 'wx' })
        print({ ...made, written: own.to }, options.json, ({ size, root, entry }) => `${own.to}: ${size} entries, root ${root}. Recorded as entry ${entry}. Print it, sign it, and file it out of reach of whoever administers the ledger.`)
      })
    })
}

/** `strongroom ledger timestamp ...`: stamps of an authority, by exchange of files (RFC 3161). */
export function addTimestampCommands(ledger: Command): void {
  const timestamp = ledger.command('timestamp').description('time stamps on checkpoints by an authority (RFC 3161), by exchange of files')
  timestamp
    .command('list', { isDefault: true })
    .description('stamps that are recorded, and authorities that are known')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) =>
        print(await client.call('timestamps.list', {}), options.json, ({ authorities, timestamps }) =>
          [
            table(['STAMPED', 'ENTRIES', 'ROOT', 'ENTRY', 'BY WHO IS CERTIFIED BY'], timestamps.map(({ time, size, root, entry, authority }) => [time, size, root, entry, authority])),
            table(['AUTHORITY', 'VALID UNTIL', 'KNOWN FROM', 'UNTIL', 'FINGERPRINT (SHA-256)'], authorities.map(({ subject, validUntil, addedEntry, removedEntry, fingerprint }) => [subject, validUntil, addedEntry, removedEntry ?? '', fingerprint])),
          ].join('\n\n'),
        ),
      )
    })
  timestamp
    .command('request')
    .description('write what is handed to an authority: the digest of the newest checkpoint; and the checkpoint beside it')
    .requiredOption('--to <file>', 'the request to write; the checkpoint goes to FILE.checkpoint')
    .action(async (own: { to: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { request, checkpoint, ...made } = await client.call('timestamps.request', {})
        writeFileSync(own.to, Buffer.from(request, 'base64'))
        writeFileSync(`${own.to}.checkpoint`, checkpoint)
        print({ ...made, written: own.to }, options.json, ({ size }) => `${own.to}: a request for a stamp on ${size} entries. Keep ${own.to}.checkpoint with the answer: anybody can check the two together.`)
      })
    })
  timestamp
    .command('import <file>')
    .description('take in what the authority answered, checked')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const response = readFileSync(file).toString('base64')
      await withSession(options, async ({ client }) =>
        print(await client.call('timestamps.import', { response }), options.json, ({ size, time, authority, entry }) => `${size} entries existed at ${time}, by an authority certified by ${authority}. Recorded as entry ${entry}.`),
      )
    })
  const authority = timestamp.command('authority').description('whose stamps count')
  authority
    .command('add <file>')
    .description('take in a certificate (PEM) that stamps must lead to: the authority’s own, or that of who certifies it')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const certificate = readFileSync(file, 'utf8')
      await withSession(options, async ({ client }) =>
        print(await client.call('timestamps.addAuthority', { certificate }), options.json, ({ subject, fingerprint, addedEntry }) => `${subject} counts from entry ${addedEntry} on. Compare its fingerprint with the one that you have by another way: ${fingerprint}`),
      )
    })
  authority
    .command('remove <fingerprint>')
    .description('take its stamps in no more; those that are recorded stay')
    .action(async (fingerprint: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const parsed = Sha256.safeParse(fingerprint.toLowerCase())
      if (!parsed.success) throw new RequestError('invalid-request', `'${fingerprint}' is not a fingerprint: ${parsed.error.issues[0]?.message ?? ''}. 'strongroom ledger timestamp list' shows them.`)
      await withSession(options, async ({ client }) => print(await client.call('timestamps.removeAuthority', { fingerprint: parsed.data }), options.json, ({ subject, removedEntry }) => `${subject} counts no more from entry ${removedEntry ?? ''} on.`))
    })
}

/** What each file is, as the ledger knows it; printed before the ledger is compared with it. */
export async function openAnchors(client: Client, files: readonly string[]): Promise<(Anchor & { file: string })[]> {
  const anchors: (Anchor & { file: string })[] = []
  for (const file of files) anchors.push({ file, ...(await client.call('anchors.open', { content: readFileSync(file).toString('base64') })) })
  return anchors
}

export function describeAnchor({ file, size, witnesses, stamp, unknown }: Anchor & { file: string }): string {
  if (stamp !== null) return `${file}: a time stamp on ${size} entries, of ${stamp.time}, by an authority certified by ${stamp.authority}`
  const by = witnesses.map(({ name, time }) => `, cosigned by the witness ${name} at ${time}`).join('')
  const strangers = unknown.length === 0 ? '' : `; also signed by ${unknown.join(', ')}, no witness that this ledger knew then, which attests nothing`
  return `${file}: a checkpoint of ${size} entries, signed by the log key${by}${strangers}`
}

function describeWitnesses(witnesses: readonly Witness[]): string {
  if (witnesses.length === 0) return "No witness yet. Make one with 'strongroom witness init' on another machine or a USB stick, and take it in with 'strongroom ledger witness add'."
  return table(
    ['NAME', 'COSIGNED', 'AT, BY ITS CLOCK', 'KNOWN FROM', 'UNTIL', 'KEY'],
    witnesses.map(({ name, key, addedEntry, removedEntry, last }) => [name, last?.size ?? 'nothing yet', last?.time ?? '', addedEntry, removedEntry ?? '', key]),
  )
}

function describeConflict({ entry, name, at, size }: WitnessConflict): string {
  return `CONFLICT: ${name} knows another history; a checkpoint of ${size} entries is not of this ledger (entry ${entry}, ${at}).`
}

function describeImport(imported: WitnessImport): string {
  const { witness, size } = imported
  if (imported.outcome === 'ahead') {
    return facts([
      ['MISSING', `${imported.missing} entries: the witness ${witness} saw ${size}, under the log key`],
      ['', "Nothing more is recorded here, and the orchestrator stops. Where these entries are lost, an administrator lets the ledger go on without them: 'strongroom --as NAME ledger continue --reason ...'. Where a copy has them, go on with the copy."],
    ])
  }
  const { entry } = imported
  if (imported.outcome === 'cosigned') return `The witness ${witness} saw ${size} entries at ${imported.time}. Recorded as entry ${entry}.`
  return facts([
    ['CONFLICT', `a checkpoint of ${size} entries bears the log key's signature and is not of this ledger`],
    ['', imported.foreign === 'held' ? `The witness ${witness} saw another history than this one.` : `The witness ${witness} was offered another history than this one, by somebody who holds the log key.`],
    ['Recorded', `entry ${entry}`],
    ['', imported.isOver ? "What the witness holds was signed as this ledger and is not here: nothing more is recorded, and the orchestrator stops. Where a copy has that history, go on with the copy. Where none has, an administrator gives the origin up: 'strongroom --as NAME ledger continue --reason ...'. Keep the file." : 'Find out which copy of this ledger goes on elsewhere, and stop it. Keep the report.'],
  ])
}

function parseSize(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not a count of entries.`)
}
