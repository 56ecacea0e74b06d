import type { Command } from 'commander'
import { RequestError, type ClaimStatus, type Coverage, type Pack } from '../../../shared/contract/index.ts'
import { evidenceMessages } from '../../../shared/messages/evidence.ts'
import { bytes, complain, facts, print, shortHash, table } from '../output.ts'
import { showProgress } from '../progress.ts'
import { chooseProject, chooseVersion } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { describeLoss } from './ledger-verify.ts'

const STATUSES: readonly ClaimStatus[] = ['supported', 'partial', 'missing', 'not-applicable', 'not-yet']

export function addEvidenceCommands(program: Command): void {
  const evidence = program.command('evidence').description('evidence packs and what they cover')
  evidence
    .command('coverage <version>')
    .description('what the recorded facts support, obligation by obligation')
    .option('--project <id>')
    .option('--rows', 'every row, not only the counts')
    .action(async (text: string, own: { project?: string; rows?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call('evidence.coverage', key), options.json, (coverage) => describeCoverage(coverage, own.rows ?? false))
      })
    })
  evidence
    .command('export <version>')
    .description('build, sign and record an evidence pack')
    .option('--project <id>')
    .action(async (text: string, own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const { statement, tree } = await client.call('evidence.statement', key)
        if (!options.json) complain(`By signing you state: ${statement}\nLedger: ${tree.size} entries, root ${tree.root}`)
        const signed = await passphraseToSign()
        const progress = showProgress(!options.json)
        const pack = await client.call('evidence.export', { ...key, treeSize: tree.size, passphrase: signed }, { onProgress: progress.update }).finally(() => progress.end())
        const [logKey] = (await client.call('ledger.keys', {})).keys
        print(pack, options.json, () => describePack(pack, logKey?.key ?? ''))
      })
    })
  evidence
    .command('list', { isDefault: true })
    .description('packs that were exported')
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        print(await client.call('evidence.packs', { project: id }), options.json, (packs) =>
          table(['PACK', 'MODEL', 'CREATED', 'BY', 'SIZE', 'ENTRIES', 'MANIFEST'], packs.map(({ id: pack, model, version, createdAt, by, zipBytes, entries, manifest }) => [pack, `${model} ${version}`, createdAt, by, bytes(zipBytes), entries, shortHash(manifest)])),
        )
      })
    })
  evidence
    .command('verify <pack>')
    .description('check a pack of this workplace with the verifier of this installation; verify.mjs and verify.py in the pack do it anywhere')
    .action(async (pack: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const result = await client.call('evidence.verify', { pack })
        print(result, options.json, ({ ok, findings, losses, proved, notProved }) =>
          [
            ok ? 'The pack is as it was signed.' : 'The pack is NOT as it was signed:',
            ...findings.map(({ code, file, message }) => `  ${file}: ${message} (${code})`),
            ...losses.map((loss) => `Lost: ${describeLoss(loss)}`),
            ...(proved.length === 0 ? ['Proved: nothing'] : ['Proved:', ...proved.map(explainOutcome)]),
            'Not proved:',
            ...notProved.map(explainOutcome),
          ].join('\n'),
        )
        if (!result.ok) process.exitCode = 1
      })
    })
  evidence
    .command('report <pack>')
    .description('the report of a pack as HTML on standard output')
    .action(async (pack: string, _: unknown, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        process.stdout.write((await client.call('evidence.report', { pack })).html)
      })
    })
}

const OUTCOMES: Readonly<Record<string, string>> = evidenceMessages.outcomes

function explainOutcome(code: string): string {
  return `  ${OUTCOMES[code] ?? code}`
}

function describePack({ id, folder, zip, zipBytes, manifest, treeSize, entries, entry }: Pack, logKey: string): string {
  return facts([
    ['Pack', id],
    ['Folder', folder],
    ['Zip', `${zip} (${bytes(zipBytes)})`],
    ['Manifest', manifest],
    ['Holds', `${entries} of ${treeSize} entries, each with its proof`],
    ['Recorded in', `entry ${entry}`],
    ['Check it with', `python3 ${folder}/verify.py --key '${logKey}'`],
  ])
}

function describeCoverage({ asOf, frameworks, rows }: Coverage, every: boolean): string {
  if (rows.length === 0) throw new RequestError('not-found', 'There are no obligations to cover.')
  const counts = table(
    ['FRAMEWORK', ...STATUSES.map((status) => status.toUpperCase())],
    frameworks.map(({ id, title }) => [title, ...STATUSES.map((status) => rows.filter((row) => row.framework === id && row.status === status).length)]),
  )
  const list = every ? `\n\n${table(['STATUS', 'ROW', 'TITLE', 'MISSING', 'APPLIES FROM'], rows.map(({ status, citation, title, missing, appliesFrom }) => [status, citation, title, missing.join(', '), appliesFrom ?? '']))}` : ''
  return `As of ${asOf}. Supported means that recorded facts support the row, not that the law is met.\n\n${counts}${list}`
}
