import { createPublicKey, type KeyObject } from 'node:crypto'
import { ENTRY_DETAILS, RequestError, type DetailOf, type RegistryKey, type VersionSummary } from '../../shared/contract/index.ts'
import { decodeManifest } from '../content/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import type { BlobStore } from '../storage/index.ts'
import { keyHint, openModelSignature, publicKeyText, SignatureInvalid, signModel, type ModelFile } from './model-signature.ts'
import { keyAt, registryKeys } from './registry-keys.ts'
import { subjectOf } from './version-rows.ts'

export interface ModelSignaturesDependencies {
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly blobs: Pick<BlobStore, 'putBytes' | 'read' | 'check'>
  readonly key: SigningKey
  /** What took nothing from what was recorded. */
  readonly onFault: (error: unknown) => void
}

/** The registry's own key, ECDSA P-256, and how another takes its place. All throw StorageError. */
export interface SigningKey {
  /** Made when it is asked for first. */
  readonly present: () => KeyObject
  /** A new one beside it, durable before an entry names it. */
  readonly stage: () => KeyObject
  /** The staged one takes the place of the present one if an entry names it, or else goes: also where a rotation was cut off, or could not move the file. */
  readonly settle: (ledger: Ledger) => void
}

/** A signature of a version that was found good. */
export interface CheckedSignature {
  /** Of the bundle. */
  readonly sha256: string
  readonly bundle: Buffer
  readonly publicKey: string
  readonly hint: string
  /** The entry that introduced the key. */
  readonly keyEntry: number
  /** The entry that recorded the signature. */
  readonly entry: number
  /** What it is of, by the names that it has for them. */
  readonly files: ModelFile[]
}

type Signed = Pick<VersionSummary, 'project' | 'model' | 'version' | 'artifact' | 'format' | 'imported' | 'entry'>

const ENDINGS: Readonly<Record<string, string>> = { onnx: 'onnx', safetensors: 'safetensors', torch: 'pt', gguf: 'gguf', tflite: 'tflite', keras: 'keras', pickle: 'pkl' }

/** The files of a version, as its signature lists them: its one file, or those of its folder. Throws StorageError. */
export async function modelFiles(version: Pick<Signed, 'model' | 'format' | 'artifact' | 'imported'>, blobs: Pick<BlobStore, 'read'>): Promise<ModelFile[]> {
  if (version.imported?.kind !== 'folder') return [{ name: modelFileName(version), sha256: version.artifact }]
  return decodeManifest(await blobs.read(version.artifact)).map(({ path, sha256 }) => ({ name: path, sha256 }))
}

/** What a model's file is called wherever it leaves the registry. */
export function modelFileName({ model, format }: Pick<Signed, 'model' | 'format'>): string {
  return `${model}.${ENDINGS[format] ?? 'bin'}`
}

/** Signs versions with the registry's key, records what it signed, and checks it again whenever a model leaves. */
export class ModelSignatures {
  readonly #deps: ModelSignaturesDependencies
  /** One after another: two that need the key at once must not introduce it twice. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dependencies: ModelSignaturesDependencies) {
    this.#deps = dependencies
  }

  /** Signs a version that is not signed yet. */
  async sign(version: Signed): Promise<void> {
    await this.#inTurn(() => this.#sign(version))
  }

  /** The keys that it signs with, and signed with before. */
  keys(): RegistryKey[] {
    return registryKeys(this.#deps.ledger)
  }

  /**
   * Puts a new key in the place of every one that is in use, by an entry of `signer`, an administrator's, for each: where the file was lost there are several,
   * and one that stayed could be the one that leaked. What they signed stays good; what they sign from then on is good nowhere. Answers the first of the
   * entries. Throws RequestError `conflict` where there is no key yet, StorageError.
   */
  async rotate(signer: Signer): Promise<{ key: string; entry: number }> {
    return this.#inTurn(() => {
      const { ledger, key, onFault } = this.#deps
      const replaced = this.keys().filter(({ until }) => until === null)
      if (replaced.length === 0) throw new RequestError('conflict', 'The registry has signed no model yet: its key is made when it signs the first.')
      // One that an entry names already would come in the place of itself, and end.
      key.settle(ledger)
      const publicKey = createPublicKey(key.stage())
      const text = publicKeyText(publicKey)
      const hint = keyHint(publicKey)
      const entries = ledger.commit((tx) => replaced.map((each) => tx.append(signer, { action: 'model.key.rotated', subject: [], detail: { hint, key: text, replaces: each.hint } }).seq))
      try {
        key.settle(ledger)
      } catch (error) {
        // The entries stand: the next signature, rotation or start moves the file.
        onFault(error)
      }
      return Promise.resolve({ key: text, entry: Math.min(...entries) })
    })
  }

  /** Resolves when nothing is being signed any more. */
  async close(): Promise<void> {
    await this.#turn
  }

  /**
   * The signature of a version, checked: the key that an entry introduced signed exactly this file, and the store holds it whole. Signs the
   * version first where that was not done. Throws RequestError `storage-damaged`, StorageError.
   */
  async check(version: Signed): Promise<CheckedSignature> {
    await this.sign(version)
    const { blobs } = this.#deps
    const recorded = this.#recorded(version)
    if (!recorded) throw new Error('a version that was just signed has its signature')
    const { detail, seq: entry } = recorded
    const bundle = await blobs.read(detail.signature)
    const introduced = keyAt(this.keys(), detail.hint, entry)
    const files = await modelFiles(version, blobs)
    const broken = (why: string) => new RequestError('storage-damaged', `The signature of ${version.model} ${version.version} in entry ${entry} ${why}: nothing leaves under it. Verify the ledger with its files, and restore a backup.`)
    if (!introduced) throw broken('is of a key that no entry before it introduced, or that one had replaced')
    const key = createPublicKey(introduced.key)
    try {
      if (!isSame(openModelSignature(bundle, key).files, files)) throw new SignatureInvalid('is of other files than the version was registered with')
    } catch (error) {
      if (error instanceof SignatureInvalid) throw broken(error.message)
      throw error
    }
    for (const { name, sha256 } of files) {
      const state = await blobs.check(sha256)
      if (state !== 'whole') throw new RequestError('storage-damaged', `The file ${name} of ${version.model} ${version.version}, ${sha256}, is ${state}. Restore a backup.`)
    }
    return { sha256: detail.signature, bundle, publicKey: publicKeyText(key), hint: detail.hint, keyEntry: introduced.from, entry, files }
  }

  async #sign(version: Signed): Promise<void> {
    if (this.#recorded(version)) return
    const { ledger, orchestrator, blobs, key } = this.#deps
    const { project, model, version: number, artifact } = version
    key.settle(ledger)
    const privateKey = key.present()
    const publicKey = createPublicKey(privateKey)
    const hint = keyHint(publicKey)
    const bundle = signModel({ name: `${model}-${number}`, files: await modelFiles(version, blobs) }, privateKey)
    const { sha256: signature } = await blobs.putBytes(bundle)
    const keys = this.keys()
    const known = keys.filter((each) => each.hint === hint)
    const ended = known.find(({ until }) => until !== null)
    if (ended) throw new RequestError('storage-damaged', `The registry's key in the data folder is the one that entry ${ended.until} replaced. Restore keys/registry.pem from the backup of this data folder that the database is of.`)
    // Whoever can write to the folder would undo with a key of their own what an administrator did with a rotation.
    if (known.length === 0 && keys.some(({ until }) => until !== null)) {
      throw new RequestError('storage-damaged', "The registry's key in the data folder is one that no entry names. Since the key was rotated once, no other comes without an administrator: restore keys/registry.pem from the backup, or have an administrator rotate the key: 'strongroom key rotate --registry'.")
    }
    ledger.commit((tx) => {
      if (known.length === 0) tx.append(orchestrator, { action: 'model.key.introduced', subject: [], detail: { hint, key: publicKeyText(publicKey) } })
      tx.append(orchestrator, { action: 'model.version.signed', subject: [subjectOf({ model, version: number, artifact })], detail: { project, model, version: number, artifact, hint, signature } })
    })
  }

  #recorded({ project, model, version, entry }: Signed): { detail: DetailOf<'model.version.signed'>; seq: number } | undefined {
    for (const { seq, entry: signed } of this.#deps.ledger.history(['model.version.signed'], { from: entry })) {
      const detail = ENTRY_DETAILS['model.version.signed'].parse(signed.detail)
      if (detail.project === project && detail.model === model && detail.version === version) return { detail, seq }
    }
    return undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

function isSame(signed: readonly ModelFile[], expected: readonly ModelFile[]): boolean {
  const digests = new Map(expected.map(({ name, sha256 }) => [name, sha256]))
  return signed.length === digests.size && signed.every(({ name, sha256 }) => digests.get(name) === sha256)
}
