import type { Command } from 'commander'
import { RequestError, type VersionDetail } from '../../../shared/contract/index.ts'
import { complain, print } from '../output.ts'
import { chooseProject, chooseVersion } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

interface LabelOptions {
  readonly project?: string
  readonly remove?: true
}

interface HoldOptions {
  readonly project?: string
  readonly reason: string
  readonly hold?: string
}

/** Aliases, tags and legal holds: what is said of a version beside its stage. */
export function addModelAnnotations(model: Command): void {
  model
    .command('alias <version> <alias>')
    .description('let a name such as champion mean this version, and no longer the one before; MODEL@ALIAS names it')
    .option('--project <id>')
    .option('--remove', 'take the name away instead')
    .action(async (text: string, alias: string, own: LabelOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        print(await client.call(own.remove ? 'models.removeAlias' : 'models.setAlias', { ...key, alias }), options.json, describeAliases)
      })
    })
  model
    .command('tag <version> <key> [value]')
    .description('note a value under a key')
    .option('--project <id>')
    .option('--remove', 'take the key away instead')
    .action(async (text: string, tag: string, value: string | undefined, own: LabelOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if ((value === undefined) === (own.remove === undefined)) throw new RequestError('invalid-request', 'Give a value to note it, or --remove to take the key away.')
      await withSession(options, async ({ client }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const version = value === undefined ? await client.call('models.removeTag', { ...key, key: tag }) : await client.call('models.setTag', { ...key, key: tag, value })
        print(version, options.json, describeTags)
      })
    })
  model
    .command('hold <version>')
    .description('place a legal hold, signed with your key: nothing of the version is archived until somebody else releases it')
    .requiredOption('--reason <text>', 'why')
    .option('--project <id>')
    .action(async (text: string, own: HoldOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        if (!options.json) complain(`By signing you place ${key.model} ${key.version} under a legal hold: ${own.reason}`)
        print(await client.call('models.hold', { ...key, reason: own.reason, passphrase: await passphraseToSign() }), options.json, describeHolds)
      })
    })
  model
    .command('release <version>')
    .description('release a legal hold that somebody else placed, signed with your key')
    .requiredOption('--reason <text>', 'why')
    .option('--hold <entry>', 'which, where there are several')
    .option('--project <id>')
    .action(async (text: string, own: HoldOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const key = await chooseVersion(client, (await chooseProject(client, own.project)).id, text)
        const hold = chooseHold(await client.call('models.get', key), own.hold)
        if (!options.json) complain(`By signing you release the legal hold of entry ${hold} on ${key.model} ${key.version}: ${own.reason}`)
        print(await client.call('models.release', { ...key, hold, reason: own.reason, passphrase: await passphraseToSign() }), options.json, describeHolds)
      })
    })
}

export function describeAliases({ model, version, aliases }: VersionDetail): string {
  return aliases.length === 0 ? `${model} ${version} has no alias.` : `${model} ${version} is ${aliases.join(', ')}.`
}

export function describeTags({ model, version, tags }: VersionDetail): string {
  const lines = Object.entries(tags).map(([key, value]) => `${key} = ${value}`)
  return lines.length === 0 ? `${model} ${version} has no tags.` : lines.join('\n')
}

export function describeHolds({ model, version, holds }: VersionDetail): string {
  if (holds.length === 0) return `${model} ${version} is under no legal hold.`
  return holds.map(({ entry, by, at, reason }) => `Under the legal hold of entry ${entry}, placed by ${by}, ${at}: ${reason}`).join('\n')
}

function chooseHold({ model, version, holds }: VersionDetail, named: string | undefined): number {
  const [only, second] = holds
  if (named !== undefined) {
    if (/^\d{1,15}$/.test(named)) return Number(named)
    throw new RequestError('invalid-request', `'${named}' is not the number of an entry.`)
  }
  if (!only) throw new RequestError('not-found', `${model} ${version} is under no legal hold.`)
  if (second) throw new RequestError('invalid-request', `Say which hold: --hold ${holds.map(({ entry }) => entry).join(' | ')}.`)
  return only.entry
}
