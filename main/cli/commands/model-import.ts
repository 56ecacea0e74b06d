import { resolve } from 'node:path'
import type { Command } from 'commander'
import { RequestError, type ForeignModelExamined, type ImportedModel } from '../../../shared/contract/index.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { bytes, complain, facts, print } from '../output.ts'
import { showProgress } from '../progress.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'

interface ImportOptions {
  readonly model: string
  readonly source: string
  readonly licence: string
  readonly sha256?: string
  readonly signature?: string
  readonly publicKey?: string
  readonly logKey?: string
  readonly project?: string
}

/** `model import`: a model that no run here made, vouched for by who imports it. */
export function addModelImport(model: Command): void {
  model
    .command('import <path>')
    .description('take in a file or folder from outside as the next version, signed with your key; nothing of it is run')
    .requiredOption('--model <name>', 'what it is called here')
    .requiredOption('--source <text>', 'where it comes from, in words or as an address')
    .requiredOption('--licence <spdx>', 'its licence, an SPDX expression where there is one')
    .option('--sha256 <hex>', 'what its SHA-256 must be, as whoever published it says')
    .option('--signature <file>', 'an OpenSSF Model Signing 1.0 signature over it, with --public-key')
    .option('--public-key <file>', 'the public key that must have made the signature (PEM)')
    .option('--log-key <key>', "it is a bundle that 'model export' made: the first log key of its ledger, which you have by another way")
    .option('--project <id>')
    .action(async (path: string, own: ImportOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if ((own.signature === undefined) !== (own.publicKey === undefined)) {
        throw new RequestError('invalid-request', 'A signature is checked with the key that must have made it: give --signature and --public-key together.')
      }
      await withSession(options, async ({ client, passphraseToSign }) => {
        const { id: project } = await chooseProject(client, own.project)
        const given = {
          project, model: own.model, path: resolve(path), source: own.source, licence: own.licence,
          ...(own.logKey === undefined ? {} : { logKey: own.logKey }),
          ...(own.sha256 === undefined ? {} : { sha256: own.sha256.toLowerCase() }),
          ...(own.signature === undefined || own.publicKey === undefined ? {} : { signature: { path: resolve(own.signature), publicKey: resolve(own.publicKey) } }),
        }
        const progress = showProgress(!options.json)
        const found = await client.call('models.examine', given, { onProgress: progress.update }).finally(() => progress.end())
        if (!options.json) complain(`${describeFound(found)}\nBy signing you state (${found.meaning}): ${found.statement}`)
        const passphrase = await passphraseToSign()
        const version = await client.call('models.import', { ...given, artifact: found.artifact, statement: found.statement, passphrase }, { onProgress: progress.update }).finally(() => progress.end())
        print(version, options.json, ({ model: name, version: number, entry }) => `Imported as ${name} ${number} (entry ${entry}). Somebody else decides on it.`)
      })
    })
}

function describeFound({ kind, artifact, files, bytes: size, format, runsCode, code, signedBy, bundle, known, isSpdx, spdxMeant, gatesFrom }: ForeignModelExamined): string {
  const text = modelsMessages.imported
  return facts([
    [kind === 'folder' ? 'Folder' : 'File', `${kind === 'folder' ? `${files} files, ` : ''}${bytes(size)}, ${format}`],
    ['SHA-256', `${artifact}${kind === 'folder' ? ', of its manifest' : ''}`],
    ['Code', text.runsCode[runsCode]],
    ...code.slice(0, 5).map(({ path, why }) => ['', `${path}: ${why}`] as const),
    ['Signed', signedBy === null ? text.unsigned : text.signedBy(signedBy)],
    ...describeBundle(bundle),
    ...describeKnown(known),
    ...(isSpdx ? [] : [['Licence', text.noSpdx(spdxMeant)] as const]),
    ['Gates', gatesFrom === null ? text.noGates : text.gatesFrom(String(gatesFrom))],
  ])
}

function describeBundle(bundle: ImportedModel['bundle']): (readonly [string, string])[] {
  return bundle ? [['Bundle', modelsMessages.imported.bundle(bundle.model, bundle.version, bundle.origin, String(bundle.size))], ['Log key', bundle.logKey]] : []
}

function describeKnown(known: ImportedModel['known']): (readonly [string, string])[] {
  if (known === null) return []
  const name = `${known.model} ${known.version} of ${known.project}`
  return [['Content', `${modelsMessages.imported.sameContent(name, known.run, String(known.entry))}: strongroom model show ${known.model} ${known.version}`]]
}

/** What a version from outside is, and who says so. */
export function describeImported({ kind, files, hash, source, licence, runsCode, code, gatesFrom, signedBy, bundle, known }: ImportedModel, author: string): (readonly [string, string])[] {
  const text = modelsMessages.imported
  return [
    ...(known ? describeKnown(known) : [['Run', text.noRun] as const]),
    ['Imported', `by ${author}, who vouches for it${kind === 'folder' ? `; a folder of ${files} files` : ''}`],
    ['Source', source],
    ['Licence', licence],
    ['Hash', text.hash[hash]],
    ['Code', text.runsCode[runsCode]],
    ...code.slice(0, 5).map(({ path, why }) => ['', `${path}: ${why}`] as const),
    ['Came signed', signedBy === null ? text.unsigned : text.signedBy(signedBy)],
    ...describeBundle(bundle),
    ['Gates', gatesFrom === null ? text.noGates : text.gatesFrom(String(gatesFrom))],
  ]
}
