import { basename } from 'node:path'
import { z } from 'zod'
import { Sha256 } from '../../shared/contract/index.ts'
import { LedgerError, openProvedEntries, parseCanonicalJson, parseVerifierKey, type Entry } from '../ledger/index.ts'
import { BUNDLE_FORMAT } from './model-bundle.ts'
import { listZip, readMember, readZip, ZipInvalid, type ZipMember } from './zip-reader.ts'

/** Of a file of a bundle that is read whole, and of all of them together but the model. */
const LARGEST_PAPER = 16 << 20
const LARGEST_PAPERS = 128 << 20

const Count = z.number().int().nonnegative()
const Manifest = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  origin: z.string(),
  tree: z.strictObject({ size: Count, root: z.string() }),
  model: z.strictObject({ project: z.string(), name: z.string(), version: Count, artifact: Sha256, format: z.string(), file: z.string().min(1), registration: Count }),
  entries: z.array(z.strictObject({ seq: Count, action: z.string() })),
  files: z.array(z.strictObject({ path: z.string(), bytes: Count, sha256: Sha256 })),
})

/** A bundle that was found whole under the log key: whose it says that the model is, and where in the zip its files lie. */
export interface OpenBundle {
  /** Of the zip. */
  readonly sha256: string
  readonly origin: string
  readonly size: number
  /** Standard base64. */
  readonly root: string
  readonly model: z.infer<typeof Manifest>['model']
  /** The model's files by their names in its signature. */
  readonly content: readonly ZipMember[]
  /** Everything else in it. */
  readonly papers: readonly ZipMember[]
  /** The OpenSSF Model Signing bundle, and the key that an entry introduced: whether it is good is yet to be checked. */
  readonly signature: Buffer
  readonly publicKey: string
}

/** That a file is no bundle, or one that was altered. The message completes a sentence about it. */
export class BundleInvalid extends Error {}

/** Whether a file calls itself a bundle; nothing of it is believed. Throws the file system's errors. */
export async function isBundle(path: string): Promise<boolean> {
  const names = await listZip(path)
  return names !== undefined && ['checkpoint.txt', 'manifest.json', 'model.sig', 'registry.pem'].every((name) => names.includes(name))
}

/**
 * Reads a bundle (docs/model-bundle.md) and believes nothing of it before all of it is checked: the zip to the byte, each file against the manifest, each entry
 * against the first log key of its ledger, and what the entries say against manifest, signature and key. Throws BundleInvalid, and the file system's errors.
 */
export async function openBundle(path: string, logKey: string, control: { readonly signal: AbortSignal; readonly onRead: (share: number) => void }): Promise<OpenBundle> {
  try {
    const pinned = parseVerifierKey(logKey)
    const { members, sha256 } = await readZip(path, control)
    const byPath = new Map(members.map((member) => [member.path, member]))
    const read = async (name: string) => {
      const member = byPath.get(name)
      if (!member) throw new BundleInvalid(`has no ${name}`)
      if (member.bytes > LARGEST_PAPER) throw new BundleInvalid(`has a ${name} of ${member.bytes} bytes, which is none`)
      return readMember(path, member)
    }
    const manifest = parseManifest(await read('manifest.json'))
    const { origin, tree, model } = manifest
    expectListed(members, manifest.files)
    const isModel = ({ path: name }: ZipMember) => (model.file === 'model' ? name.startsWith('model/') : name === model.file)
    const papers = members.filter((member) => !isModel(member))
    if (papers.reduce((sum, { bytes }) => sum + bytes, 0) > LARGEST_PAPERS) throw new BundleInvalid('holds too much beside the model')

    const note = (await read('checkpoint.txt')).toString('utf8')
    const proved = []
    let last = -1
    for (const { seq } of manifest.entries) {
      // Each is read and kept: one that is named again and again would take any memory.
      if (seq <= last) throw new BundleInvalid('lists its entries in another order than that of the ledger')
      last = seq
      const name = String(seq).padStart(8, '0')
      proved.push({ seq, envelope: await read(`entries/${name}.json`), proof: (await read(`proofs/${name}.tlog-proof`)).toString('utf8') })
    }
    const { checkpoint, entries } = openProvedEntries(proved, note, pinned)
    if (checkpoint.origin !== origin || checkpoint.size !== tree.size || checkpoint.root.toString('base64') !== tree.root) throw new BundleInvalid('has another checkpoint than its manifest says')
    for (const { seq, action } of manifest.entries) if (entries.get(seq)?.action !== action) throw new BundleInvalid(`calls entry ${seq} ${action}, which it is not`)
    const [signature, publicKey] = [await read('model.sig'), (await read('registry.pem')).toString('utf8')]
    expectRecorded(entries, model, { signature: byPath.get('model.sig')?.sha256 ?? '', publicKey })
    const content = members.filter(isModel).map((member) => ({ ...member, path: model.file === 'model' ? member.path.slice('model/'.length) : basename(member.path) }))
    return { sha256, origin, size: tree.size, root: tree.root, model, content, papers, signature, publicKey }
  } catch (error) {
    if (error instanceof ZipInvalid) throw new BundleInvalid(error.message)
    if (error instanceof LedgerError) throw new BundleInvalid(`does not hold against the log key. ${error.message.replace(/\.$/, '')}`)
    throw error
  }
}

function parseManifest(bytes: Buffer): z.infer<typeof Manifest> {
  const parsed = Manifest.safeParse(parseCanonicalJson(bytes))
  if (!parsed.success) throw new BundleInvalid(`has a manifest of another form: ${z.prettifyError(parsed.error).split('\n')[0] ?? ''}`)
  return parsed.data
}

function expectListed(members: readonly ZipMember[], listed: z.infer<typeof Manifest>['files']): void {
  const others = members.filter(({ path }) => path !== 'manifest.json')
  const odd = others.find(({ path, bytes, sha256 }, index) => listed[index]?.path !== path || listed[index].bytes !== bytes || listed[index].sha256 !== sha256)
  if (odd) throw new BundleInvalid(`has a ${odd.path} that is not the one of its manifest`)
  if (listed.length !== others.length) throw new BundleInvalid('lists a file that is not there')
}

/** The entries register this very model, and record this signature of it, by a key that one of them introduced. */
function expectRecorded(entries: ReadonlyMap<number, Entry>, model: z.infer<typeof Manifest>['model'], { signature, publicKey }: { readonly signature: string; readonly publicKey: string }): void {
  const isOfModel = ({ detail }: Entry) => detail.project === model.project && detail.model === model.name && detail.version === model.version && detail.artifact === model.artifact
  const registered = entries.get(model.registration)
  if (!registered || !/^model\.version\.(registered|imported)$/.test(registered.action) || !isOfModel(registered) || registered.detail.format !== model.format) throw new BundleInvalid('is of a model that its entries do not register')
  const signed = [...entries.values()].find((entry) => entry.action === 'model.version.signed' && isOfModel(entry) && entry.detail.signature === signature)
  if (!signed) throw new BundleInvalid('has a signature that its entries do not record')
  const before = [...entries.values()].filter(({ seq }) => seq < signed.seq)
  const introduced = before.find(({ action, detail }) => (action === 'model.key.introduced' || action === 'model.key.rotated') && detail.hint === signed.detail.hint)
  const replaced = before.find(({ action, detail }) => action === 'model.key.rotated' && detail.replaces === signed.detail.hint)
  if (replaced) throw new BundleInvalid(`has a signature of a key that its entry ${replaced.seq} had replaced`)
  if (introduced?.detail.key !== publicKey) throw new BundleInvalid('has a registry.pem that its entries do not introduce')
}
