import { RequestError } from '../../shared/contract/index.ts'
import { canonicalJson, formatProofFile, type Ledger } from '../ledger/index.ts'
import { PackFolder } from './pack-folder.ts'
import type { Recorded } from './recorded.ts'
import { KEYRING, type Scope } from './scope.ts'
import { writeZip } from './zip.ts'

export const BUNDLE_FORMAT = 'strongroom.dev/model-bundle/v1'

/** What goes into a bundle beside what the ledger says. */
export interface BundleContent {
  /** The model's file, or the files of its folder, below `model/`: what each is called, and where it lies. */
  readonly model: readonly { readonly name: string; readonly path: string }[]
  /** The OpenSSF Model Signing bundle, and the public key that it names (PEM). */
  readonly signature: Uint8Array
  readonly publicKey: string
  readonly card: string
  readonly bom: string
}

/** Entries that a bundle proves: those that lead from the log's first key to every key, what fixed the gates, and all that was recorded of the version itself. */
const isProved = (action: string) => KEYRING.includes(action) || /^(run\.started|model\..+)$/.test(action)

/**
 * Writes a model with all that says where it comes from, in a folder and in the one zip that its files give (docs/model-bundle.md): the file, its
 * signature and key, card, bill of materials, and each entry about it with its proof under one checkpoint. The same version at the same size of
 * the ledger gives the same bytes. Returns null where the files do not fit into this form of zip. Throws StorageError, LedgerError.
 */
export async function writeModelBundle(ledger: Ledger, { folder: root, zip }: { readonly folder: string; readonly zip: string }, { scope, recorded }: { readonly scope: Scope; readonly recorded: Recorded }, content: BundleContent): Promise<number | null> {
  const folder = new PackFolder(root)
  const { size, root: hash, checkpoint } = scope.tree
  const unfit = content.model.find(({ name }) => !PackFolder.isPath(name))
  if (unfit) throw new RequestError('conflict', `The model has a file ${JSON.stringify(unfit.name)}; a bundle holds only names of letters, digits, dot, hyphen and underscore, of 200 bytes at most. Download it instead.`)
  for (const { name, path } of content.model) await folder.addFile(name, path)
  await folder.add('model.sig', content.signature)
  await folder.add('registry.pem', content.publicKey)
  await folder.add('card.md', content.card)
  await folder.add('bom.cdx.json', content.bom)
  await folder.add('checkpoint.txt', checkpoint)
  const proved = scope.entries.filter(({ entry }) => isProved(entry.action))
  for (const { seq, envelope } of proved) {
    const name = String(seq).padStart(8, '0')
    await folder.add(`entries/${name}.json`, envelope)
    await folder.add(`proofs/${name}.tlog-proof`, formatProofFile({ index: seq, hashes: ledger.inclusionProof(seq, size), checkpoint }))
  }
  const { project, model, version, artifact, format, entry } = recorded.version
  await folder.add(
    'manifest.json',
    canonicalJson({
      format: BUNDLE_FORMAT,
      origin: ledger.origin,
      tree: { size, root: hash },
      model: { project, name: model, version, artifact, format, file: recorded.version.imported?.kind === 'folder' ? 'model' : (content.model[0]?.name ?? ''), registration: entry },
      entries: proved.map(({ seq, entry: { action } }) => ({ seq, action })),
      files: folder.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    }),
  )
  return writeZip(zip, root, folder.files)
}
