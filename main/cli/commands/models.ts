import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ModelStage, RequestError, type Client, type ParamsOf, type VersionDetail, type VersionSummary } from '../../../shared/contract/index.ts'
import { shortenDecimal } from '../../../shared/graph/decimal.ts'
import { compareVersions, COMPARED_PARTS, isSame, type Compared, type ComparedPart } from '../../../shared/graph/version-comparison.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { complain, facts, print, shortHash, table } from '../output.ts'
import { chooseProject, chooseVersion } from '../project-choice.ts'
import { reasonIn, withReason, type WhyOptions } from '../reason-option.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { addModelImport, describeImported } from './model-import.ts'
import { addModelAnnotations, describeAliases, describeHolds, describeTags } from './model-annotations.ts'

interface VersionOptions extends WhyOptions {
  readonly project?: string
}

export function addModelCommands(program: Command): void {
  const model = program.command('model').description('the model registry; VERSION is MODEL:NUMBER, MODEL@ALIAS, or MODEL for its newest')
  model
    .command('list', { isDefault: true })
    .description('versions with their stage, newest first')
    .option('--project <id>')
    .action(async (own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        print(await client.call('models.list', { project: id }), options.json, describeVersions)
      })
    })
  model
    .command('show <version>')
    .description('a version with its gates, and what was decided about it')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call('models.get', key), options.json, describeVersion)
      })
    })
  model
    .command('compare <version> <other>')
    .description('two versions: metrics, thresholds, parameters, data, code, environment; what differs, or with --all everything')
    .option('--project <id>')
    .option('--all', 'also what is the same')
    .action(async (text: string, other: string, own: VersionOptions & { all?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        const [before, after] = [await readCompared(client, await chooseVersion(client, id, text)), await readCompared(client, await chooseVersion(client, id, other))]
        print(compareVersions(before, after), options.json, (parts) => describeComparison(parts, before.version, after.version, own.all === true))
      })
    })
  model
    .command('request <version> <stage>')
    .description('ask for a promotion to staging or production; the gate answers with what is not met')
    .option('--project <id>')
    .action(async (text: string, stage: string, own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const to = ModelStage.safeParse(stage)
      if (!to.success) throw new RequestError('invalid-request', `'${stage}' is not a stage. Ask for staging or production.`)
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const promotion = await client.call('models.requestPromotion', { ...key, to: to.data })
        print(promotion, options.json, () => {
          const { conditions, approvalsNeeded, requestEntry } = promotion
          const gate = conditions.length === 0 ? modelsMessages.gateUnset : 'every condition of the gate is met'
          return `Asked for ${key.model} ${key.version} to enter ${to.data}: ${gate}, ${approvalsNeeded} approval${approvalsNeeded === 1 ? '' : 's'} needed (entry ${requestEntry}).`
        })
      })
    })
  model
    .command('rollback <version>')
    .description('ask that a version which was in production goes back there; as many people approve as its gate asks for, or states for a rollback')
    .requiredOption('--reason <text>', 'why')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions & { reason: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const asked = await client.call('models.requestRollback', { ...key, reason: own.reason })
        print(asked, options.json, ({ requestEntry, approvalsNeeded, policy }) => `Asked for ${key.model} ${key.version} to return to production (entry ${requestEntry}): ${describeApprovals(approvalsNeeded, policy)} needed, by others, with 'strongroom model approve ${key.model}:${key.version}'.`)
      })
    })
  withReason(model.command('withdraw <version>'))
    .description('take back what you asked for, before anybody decides')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call('models.withdraw', { ...key, comment: reasonIn(own) }), options.json, ({ stage }) => `Withdrawn: ${key.model} ${key.version} stays in ${stage}.`)
      })
    })
  for (const [verb, decision, description] of [
    ['approve', 'approved', 'approve the open promotion or rollback, signed with your key'],
    ['reject', 'rejected', 'reject the open promotion or rollback, signed with your key'],
  ] as const) {
    withReason(model.command(`${verb} <version>`))
      .description(description)
      .option('--project <id>')
      .action(async (text: string, own: VersionOptions, command: Command) => {
        const options = command.optsWithGlobals<GlobalOptions>()
        await withSession(options, async ({ client, passphraseToSign }) => {
          const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
          const { mayDecide, openPromotion, gates, imported } = await client.call('models.get', key)
          if (!mayDecide.allowed) throw new RequestError('four-eyes', mayDecide.reason)
          const { meaning, statement, artifact, tree } = await client.call('models.statement', { ...key, decision })
          if (!options.json) {
            const gate = gates.filter(({ to }) => openPromotion?.kind === 'promotion' && to === openPromotion.to).map((each) => describeGate(each, imported !== null))
            const why = openPromotion?.kind === 'rollback' ? [`Rollback asked for by ${openPromotion.requestedBy}: ${openPromotion.reason}`, `It takes ${describeApprovals(openPromotion.approvalsNeeded, openPromotion.policy)}.`] : []
            complain([...gate, ...why, `By signing you state (${meaning}): ${statement}`, `Signed object: ${artifact}`, `Ledger: ${tree.size} entries, root ${tree.root}`].join('\n'))
          }
          const version = await client.call('models.decide', { ...key, decision, treeSize: tree.size, comment: reasonIn(own), passphrase: await passphraseToSign() })
          print(version, options.json, () => `${key.model} ${key.version} is ${decision}; it is in ${version.stage}.`)
        })
      })
  }
  withReason(model.command('archive <version>'))
    .description('take a version out of use, signed with your key')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const { stage, artifact } = await client.call('models.get', key)
        if (!options.json) complain(`By signing you take ${key.model} ${key.version}, which is in ${stage}, out of use for good.\nSigned object: ${artifact}`)
        const version = await client.call('models.archive', { ...key, comment: reasonIn(own), passphrase: await passphraseToSign() })
        print(version, options.json, () => `${key.model} ${key.version} is ${version.stage}.`)
      })
    })
  addModelAnnotations(model)
  addModelImport(model)
  model
    .command('card <version>')
    .description('the model card, written from ledger entries, as Markdown')
    .option('--project <id>')
    .option('--html', 'as HTML instead')
    .action(async (text: string, own: VersionOptions & { html?: true }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call('models.card', key), options.json, ({ markdown, html }) => (own.html ? html : markdown).trimEnd())
      })
    })
  model
    .command('bom <version>')
    .description('the bill of materials: CycloneDX 1.6, JSON')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        process.stdout.write((await client.call('models.bom', key)).json)
      })
    })
  model
    .command('verify <version>')
    .description('check the signature of a version (OpenSSF Model Signing 1.0) and its file')
    .option('--project <id>')
    .option('--signature <file>', 'write the signature there, for other programs')
    .option('--public-key <file>', 'write the public key there (PEM)')
    .action(async (text: string, own: VersionOptions & { signature?: string; publicKey?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const checked = await client.call('models.verify', key)
        if (own.signature !== undefined) writeFileSync(own.signature, checked.bundle, { flag: 'wx' })
        if (own.publicKey !== undefined) writeFileSync(own.publicKey, checked.publicKey, { flag: 'wx' })
        print(checked, options.json, ({ artifact, files, sha256, entry, hint, keyEntry }) =>
          facts([
            ['Verified', `${key.model} ${key.version}: ${files.length === 1 ? 'its file is the one that was signed' : 'its files are those that were signed'}`],
            files.length === 1 ? ['File', `${files[0]?.name}, sha256 ${files[0]?.sha256}`] : ['Files', `${files.length}, sha256 of their manifest ${artifact}`],
            ['Signature', `sha256 ${sha256}, entry ${entry}`],
            ['Key', `sha256 ${hint}, entry ${keyEntry}`],
          ]),
        )
      })
    })
  model
    .command('keys')
    .description('the keys that the registry signs models with (ECDSA P-256), and signed with before, from which entry to which')
    .option('--pem', 'the public keys themselves')
    .action(async (own: { pem?: true }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        print(await client.call('models.keys', {}), options.json, (keys) => {
          if (keys.length === 0) return 'None yet: the key is made when the first model is signed.'
          if (own.pem) return keys.map(({ key }) => key.trimEnd()).join('\n')
          return table(['SHA-256', 'FROM ENTRY', 'REPLACED IN ENTRY'], keys.map(({ hint, from, until }) => [hint, from, until ?? '']))
        })
      })
    })
  model
    .command('export <version>')
    .description('hand the model out with its signature, card, bill of materials and proofs, in one zip; recorded with its purpose')
    .requiredOption('--to <file>', 'the zip')
    .requiredOption('--purpose <text>', 'for what')
    .option('--project <id>')
    .action(async (text: string, own: VersionOptions & { to: string; purpose: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const bundle = await client.call('models.export', { ...key, to: resolve(own.to), purpose: own.purpose })
        print(bundle, options.json, ({ path, sha256, bytes, entry }) => `${path}\n${bytes} bytes, sha256 ${sha256}, entry ${entry}\nWhere it goes: strongroom model import FILE --model NAME --source WHERE --licence SPDX --log-key KEY, with the first line of 'strongroom ledger keys' here as KEY, told by another way. What it was approved for here counts for nothing there.`)
      })
    })
  model
    .command('download <version> <file>')
    .description('copy a model out of the store, checked against its digest; who, what and why is recorded')
    .option('--project <id>')
    .requiredOption('--purpose <text>', 'what for, in a line; it stands in the ledger')
    .action(async (text: string, file: string, own: VersionOptions & { purpose: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call('models.download', { ...key, to: resolve(file), purpose: own.purpose }), options.json, ({ path, sha256, entry }) => `${path}\nsha256 ${sha256}\nentry ${entry}`)
      })
    })
}

function describeVersions(versions: readonly VersionSummary[]): string {
  return table(
    ['MODEL', 'VERSION', 'STAGE', 'RUN', 'ARTIFACT', 'SIGNED BY', 'REGISTERED', 'AUTHOR', 'ALIASES', 'HOLD', 'WAITS FOR'],
    versions.map(({ model, version, stage, run, artifact, signed, registeredAt, author, aliases, holds, openPromotion }) => {
      const waitsFor = openPromotion ? `approval ${openPromotion.kind === 'rollback' ? 'of its return to' : 'for'} ${openPromotion.to}` : ''
      return [model, version, stage, run ?? 'outside', shortHash(artifact), signed ? shortHash(signed.hint) : '', registeredAt, author, aliases.join(' '), holds.length > 0 ? 'on hold' : '', waitsFor]
    }),
  )
}

function describeVersion(version: VersionDetail): string {
  const head = facts([
    ['Model', `${version.model} ${version.version}`],
    ['Stage', version.stage],
    ...(version.imported ? describeImported(version.imported, version.author) : [['Run', `${version.run} by ${version.author}`] as const]),
    ['Artifact', `${version.artifact} (${version.format})`],
    ['Entry', version.entry],
    ['Signed', version.signed ? `by the registry's key ${version.signed.hint} (entry ${version.signed.keyEntry}), entry ${version.signed.entry}` : 'not yet; it is before it leaves'],
    ...(version.approvalEnds === null ? [] : [['Approval', `for production ${Date.parse(version.approvalEnds) < Date.now() ? 'ENDED' : 'ends'} at ${version.approvalEnds}`] as const]),
    ['Promotion', version.openPromotion ? `${version.openPromotion.kind === 'rollback' ? 'back to' : 'to'} ${version.openPromotion.to}, asked for by ${version.openPromotion.requestedBy}` : 'none open'],
  ])
  const marks = [version.aliases.length > 0 && describeAliases(version), Object.keys(version.tags).length > 0 && describeTags(version), version.holds.length > 0 && describeHolds(version)]
  const decisions = version.promotions.flatMap(({ to, decisions: made }) => made.map(({ decision, by, at, statement, entry }) => `${decision} for ${to} by ${by}, ${at}, entry ${entry}: ${statement}`))
  return [head, ...marks.filter((mark) => mark !== false), ...version.gates.map((gate) => describeGate(gate, version.imported !== null)), ...decisions].join('\n\n')
}

function describeGate({ to, conditions, requirements, policy, approvalsNeeded, rollback, met, fixedByEntry }: VersionDetail['gates'][number], isImport: boolean): string {
  const isUnset = conditions.length === 0 && requirements.length === 0
  const state = isUnset ? modelsMessages.gateUnset : met ? 'met' : 'not met'
  const from = policy && policy.path !== '' ? `, by ${policy.path} (${shortHash(policy.sha256)})` : ''
  const title = `Gate to ${to}: ${state}, ${describeApprovals(approvalsNeeded, policy)}, fixed by entry ${fixedByEntry} ${isImport ? 'with its import' : 'before the run'}${from}${rollback?.isStated ? `; a rollback takes ${describeRoles(rollback.approvals, rollback.roles)}` : ''}`
  const rows = conditions.map(({ metric, bound, threshold, value, met: ok, entry }) => [ok ? 'met' : 'NOT MET', metric, `at ${bound === 'min' ? 'least' : 'most'} ${threshold}`, value === null ? 'not recorded' : shortenDecimal(value, threshold), entry ?? ''])
  const needs = requirements.map(({ what, name, met: ok, entry, reason }) => [ok ? 'met' : 'NOT MET', name, what === 'test' ? 'succeeded' : 'evidence', ok ? 'recorded' : reason, entry ?? ''])
  return isUnset ? title : `${title}\n${table(['', 'WHAT', 'ASKED', 'RECORDED', 'ENTRY'], [...rows, ...needs])}`
}

/** `3 approvals (2 approver, 1 auditor), each for 30 days`. */
function describeApprovals(needed: number, policy: VersionDetail['gates'][number]['policy']): string {
  const days = policy?.expires.approvals ?? 0
  return `${describeRoles(needed, policy?.roles ?? {})}${days === 0 ? '' : `, each for ${days} days`}`
}

function describeRoles(needed: number, roles: Readonly<Record<string, number>>): string {
  const asked = Object.entries(roles).map(([role, count]) => `${count} ${role}`)
  return `${needed} approval${needed === 1 ? '' : 's'}${asked.length === 0 ? '' : ` (${asked.join(', ')})`}`
}

async function readCompared(client: Client, key: ParamsOf<'models.get'>) {
  const version = await client.call('models.get', key)
  return { version, run: version.run === null ? null : await client.call('runs.get', { run: version.run }) }
}

function describeComparison(parts: Readonly<Record<ComparedPart, readonly Compared[]>>, before: VersionDetail, after: VersionDetail, isWhole: boolean): string {
  const text = modelsMessages.compare
  return COMPARED_PARTS.map((part) => {
    const rows = parts[part]
    const differing = rows.filter((row) => !isSame(row))
    const head = `${text.parts[part]}: ${text.differing(differing.length, rows.length)}`
    const shown = isWhole || part === 'metrics' ? rows : differing
    if (shown.length === 0) return head
    const lines = shown.map((row) => [row.name, row.before ?? text.none, row.after ?? text.none, row.difference === null ? (isSame(row) ? text.same : text.changed) : text.signed(row.difference)])
    return `${head}\n${table(['NAME', `${before.model} ${before.version}`, `${after.model} ${after.version}`, 'DIFFERENCE'], lines)}`
  }).join('\n\n')
}
