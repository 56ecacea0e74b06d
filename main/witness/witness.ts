import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RequestError } from '../../shared/contract/index.ts'
import { sealKey, unsealKey, WrongPassphrase, type ScryptCost } from '../identity/index.ts'
import {
  asRequest,
  cosign,
  disprovesConsistency,
  formatConflictReport,
  isPowerOfTwo,
  keyReference,
  LedgerError,
  openCheckpoint,
  parseNote,
  parseVerifierKey,
  parseWitnessRequest,
  signerFromKey,
  verifierKeyText,
  verifyConsistency,
  type Checkpoint,
  type Signer,
  type Verifier,
  type WitnessRequest,
} from '../ledger/index.ts'
import { acquireLock, replaceFile } from '../storage/index.ts'

/** A witness's folder, as it stands. */
export interface WitnessState {
  readonly name: string
  /** The witness's verifier key (type 4), which the workplace is told. */
  readonly key: string
  /** The verifier keys of the log that it watches: the one that it began with, then those that it was told of. */
  readonly logKeys: readonly string[]
  /** Whether a passphrase opens its key. */
  readonly sealed: boolean
  /** The checkpoint that it cosigned last, with its cosignature; null before the first. */
  readonly latest: string | null
  readonly size: number
  /** Files with reports of conflicts, oldest first. */
  readonly conflicts: readonly string[]
}

/** What a request came to. A request that cannot be answered is thrown. */
export type SignOutcome =
  /** `lines`: the cosignature, as tlog-witness answers it. */
  | { readonly outcome: 'cosigned'; readonly lines: string; readonly size: number; readonly root: string }
  /** `proven`: the checkpoints contradict one another by themselves; else a proof damaged on its way looks the same. */
  | { readonly outcome: 'conflict'; readonly report: string; readonly file: string; readonly proven: boolean; readonly message: string }

const Identity = z.strictObject({
  version: z.literal(1),
  key: z.string(),
  logKeys: z.array(z.string()).min(1),
  /** The key itself, sealed by a passphrase; null where it lies in key.pem. */
  sealedKey: z.string().nullable(),
})
type Identity = z.infer<typeof Identity>

const IDENTITY = 'witness.json'
const PLAIN_KEY = 'key.pem'
/** The last cosigned checkpoint. What this file holds is what the witness has seen: it is replaced, whole, before any answer leaves. */
const LATEST = 'latest'
const CONFLICTS = 'conflicts'
const LOCK = 'witness.lock'

/**
 * Makes a witness in a folder of its own (a second workstation, a USB stick): an Ed25519 key of type 4 (C2SP tlog-cosignature), sealed by
 * the passphrase, or in `key.pem` for its owner alone where that is null. Throws RequestError `already-exists`, `invalid-request`;
 * StorageError.
 */
export async function createWitness(
  folder: string,
  { name, logKey, passphrase, scrypt }: { name: string; logKey: string; passphrase: string | null; scrypt?: ScryptCost },
): Promise<WitnessState> {
  if (existsSync(join(folder, IDENTITY))) throw new RequestError('already-exists', `${folder} holds a witness already. See it with 'strongroom witness show ${folder}'.`)
  parseLogKey(logKey)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = asRequest(() => verifierKeyText(name, publicKey, 4))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const sealedKey = passphrase === null ? null : await sealKey(privateKey, passphrase, key, scrypt)
  if (passphrase === null) replaceFile(join(folder, PLAIN_KEY), privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  writeIdentity(folder, { version: 1, key, logKeys: [logKey], sealedKey })
  return readWitness(folder)
}

/**
 * Tells a witness the key that took the place of its log's: whoever holds the folder decides, having looked at the entry of the rotation, which the old
 * and the new key have signed. Throws RequestError `already-exists`, `invalid-request` for the key of another log.
 */
export function trustLogKey(folder: string, logKey: string): WitnessState {
  const identity = readIdentity(folder)
  const [first] = logKeysOf(identity)
  const { name } = parseLogKey(logKey)
  if (name !== first?.name) throw new RequestError('invalid-request', `${logKey} is the key of the log ${name}, and this witness watches ${first?.name ?? ''}. Make another witness for it. Where the ledger went on under another origin after a loss, keep this one's folder: what it cosigned last is the proof of what is missing.`)
  if (identity.logKeys.includes(logKey)) throw new RequestError('already-exists', 'The witness knows this key already.')
  writeIdentity(folder, { ...identity, logKeys: [...identity.logKeys, logKey] })
  return readWitness(folder)
}

/** Throws RequestError `not-found` where there is no witness, `storage-damaged` where one cannot be read. */
export function readWitness(folder: string): WitnessState {
  const identity = readIdentity(folder)
  const { key, logKeys, sealedKey } = identity
  const latest = readLatest(folder, logKeysOf(identity))
  return {
    name: parseVerifierKey(key).name,
    key,
    logKeys,
    sealed: sealedKey !== null,
    latest: latest?.note ?? null,
    size: latest?.checkpoint.size ?? 0,
    conflicts: listConflicts(folder),
  }
}

/**
 * Answers a request (C2SP tlog-witness): the log key's signature, `old` against what was cosigned last, the consistency proof; then stores
 * the checkpoint and only then answers, all under a lock. A checkpoint that the log signed and that does not continue what it signed
 * before is not cosigned: both are kept in the folder and handed out. Throws RequestError `invalid-request` (what was asked cannot be
 * answered), `conflict` (another process uses the folder), `wrong-passphrase`; StorageError.
 *
 * @param passphrase asked once the request is found good, where the key is sealed.
 */
export async function signRequest(
  folder: string,
  body: string,
  { passphrase, clock }: { passphrase: () => Promise<string>; clock: () => number },
): Promise<SignOutcome> {
  const identity = readIdentity(folder)
  const logKeys = logKeysOf(identity)
  const lock = acquireLock(join(folder, LOCK))
  if (lock === null) throw new RequestError('conflict', `Another process uses the witness in ${folder}. Wait until it has ended.`)
  try {
    const request = asRequest(() => parseWitnessRequest(body))
    const offered = asRequest(() => openByAny(request.checkpoint, logKeys))
    const latest = readLatest(folder, logKeys)
    if (latest !== null) {
      const parted = findConflict(request, offered, latest.checkpoint)
      if (parted !== null) return keepConflict(folder, identity, latest.note, request.checkpoint, body, parted, clock)
    }
    refuseInconsistent(request, offered, latest?.checkpoint)
    const witness = await openKey(folder, identity, passphrase)
    const lines = cosign(request.checkpoint, witness, Math.floor(clock() / 1000))
    replaceFile(join(folder, LATEST), `${onlySignedBy(request.checkpoint, offered.origin)}${lines}`)
    return { outcome: 'cosigned', lines, size: offered.size, root: offered.root.toString('base64') }
  } finally {
    lock.release()
  }
}

/** How sure it is that two checkpoints part, or null where they do not or the request itself is not good. */
function findConflict({ old, proof }: WitnessRequest, offered: Checkpoint, held: Checkpoint): { proven: boolean } | null {
  if (offered.size === held.size) return offered.root.equals(held.root) ? null : { proven: true }
  if (old !== held.size || offered.size < held.size || verifyConsistency(old, offered.size, proof, held.root, offered.root)) return null
  if (disprovesConsistency(old, offered.size, proof, held.root, offered.root)) return { proven: true }
  return isPowerOfTwo(old) ? { proven: false } : null
}

function refuseInconsistent({ old, proof }: WitnessRequest, offered: Checkpoint, held: Checkpoint | undefined): void {
  const size = held?.size ?? 0
  if (old !== size) {
    const next = size === 0 ? 'It has cosigned nothing yet' : `It has cosigned ${size} entries: import its file 'latest' in the workplace, which brings that up to date or shows that the two have parted`
    throw new RequestError('invalid-request', `The request goes on from ${old} entries, and this witness from ${size}. ${next}; or make the request again with --old ${size}.`)
  }
  if (offered.size < size) {
    throw new RequestError('invalid-request', `The checkpoint is of ${offered.size} entries, and this witness has cosigned ${size} already. An older one is not cosigned: make the request again in the workplace as it is now.`)
  }
  const consistent = held === undefined ? proof.length === 0 : verifyConsistency(size, offered.size, proof, held.root, offered.root)
  if (!consistent) {
    throw new RequestError('invalid-request', `The proof does not lead from ${size} entries to the checkpoint of ${offered.size}: it was damaged on the way. Make the request again; if it is refused again, compare with 'strongroom ledger verify --against' and the file 'latest' of this witness.`)
  }
}

function keepConflict(folder: string, { key }: Identity, held: string, offered: string, request: string, { proven }: { proven: boolean }, clock: () => number): SignOutcome {
  const at = new Date(clock()).toISOString()
  const report = formatConflictReport({ witness: key, held, offered, request, at })
  const conflicts = join(folder, CONFLICTS)
  mkdirSync(conflicts, { recursive: true, mode: 0o700 })
  const file = join(conflicts, `${at.replace(/[:.]/g, '-')}-${listConflicts(folder).length + 1}.json`)
  replaceFile(file, report)
  const why = proven
    ? 'The log key has signed two checkpoints that contradict one another: the history was rewritten, or two copies of the ledger go on side by side'
    : 'The checkpoint does not continue what this witness cosigned. The history was rewritten, or the proof in the request was damaged on the way: the workplace, or one more request, tells which'
  return { outcome: 'conflict', report, file, proven, message: `${why}. Nothing was cosigned; both checkpoints are kept in ${file}.` }
}

async function openKey(folder: string, { key, sealedKey }: Identity, passphrase: () => Promise<string>): Promise<Signer> {
  const privateKey = sealedKey === null ? readPlainKey(folder) : await unseal(sealedKey, await passphrase(), key)
  const { name } = parseVerifierKey(key)
  const signer = signerFromKey(name, privateKey, 4)
  if (keyReference(signer) !== keyReference(parseVerifierKey(key))) throw damaged(folder, `the key that lies there is not ${key}`)
  return signer
}

async function unseal(sealedKey: string, passphrase: string, owner: string): Promise<KeyObject> {
  try {
    return await unsealKey(sealedKey, passphrase, owner)
  } catch (thrown) {
    if (!(thrown instanceof WrongPassphrase)) throw thrown
    throw new RequestError('wrong-passphrase', 'The passphrase does not open the key of this witness. Nothing was cosigned.')
  }
}

function readPlainKey(folder: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(join(folder, PLAIN_KEY)))
  } catch {
    throw damaged(folder, `${PLAIN_KEY} is missing or unreadable`)
  }
}

function readIdentity(folder: string): Identity {
  let text: string
  try {
    text = readFileSync(join(folder, IDENTITY), 'utf8')
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
    throw new RequestError('not-found', `There is no witness in ${folder}. Make one with 'strongroom witness init', or check that the right medium is mounted.`)
  }
  try {
    const identity = Identity.parse(JSON.parse(text))
    parseVerifierKey(identity.key)
    logKeysOf(identity)
    return identity
  } catch {
    throw damaged(folder, `${IDENTITY} is not readable`)
  }
}

function writeIdentity(folder: string, identity: Identity): void {
  replaceFile(join(folder, IDENTITY), `${JSON.stringify(identity, null, 2)}\n`)
}

function logKeysOf({ logKeys }: Identity): Verifier[] {
  return logKeys.map(parseVerifierKey)
}

function parseLogKey(logKey: string): Verifier {
  const verifier = asRequest(() => parseVerifierKey(logKey))
  if (verifier.type === 1) return verifier
  throw new RequestError('invalid-request', `${logKey} is the key of a witness. A witness is told the log key: the first line of 'strongroom ledger keys'.`)
}

/** A checkpoint that any of the log's keys has signed. Throws what `openCheckpoint` throws, of the newest key. */
function openByAny(note: string, logKeys: readonly Verifier[]): Checkpoint {
  const signed = new Set(parseNote(note).signatures.map(keyReference))
  const logKey = logKeys.find((key) => signed.has(keyReference(key))) ?? logKeys.at(-1)
  if (logKey === undefined) throw new LedgerError('no-known-signature', 'No key of a log is known to this witness.')
  try {
    return openCheckpoint(note, logKey)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError && thrown.code === 'no-known-signature')) throw thrown
    throw new LedgerError(thrown.code, `${thrown.message} Where the log's key was put in the place of another, tell the witness: strongroom witness trust FOLDER --log-key KEY.`, thrown)
  }
}

function readLatest(folder: string, logKeys: readonly Verifier[]): { note: string; checkpoint: Checkpoint } | null {
  const path = join(folder, LATEST)
  if (!existsSync(path)) return null
  const note = readFileSync(path, 'utf8')
  try {
    return { note, checkpoint: openByAny(note, logKeys) }
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw damaged(folder, `what it cosigned last (${LATEST}) is not readable: ${thrown.message}`)
  }
}

function listConflicts(folder: string): string[] {
  const conflicts = join(folder, CONFLICTS)
  if (!existsSync(conflicts)) return []
  return readdirSync(conflicts).filter((name) => name.endsWith('.json')).sort().map((name) => join(conflicts, name))
}

/** The checkpoint with the log's signature alone: what else stood under it, this witness did not check. */
function onlySignedBy(note: string, name: string): string {
  const end = note.lastIndexOf('\n\n') + 2
  const lines = note.slice(end).split('\n').filter((line) => line.startsWith(`— ${name} `))
  return `${note.slice(0, end)}${lines.join('\n')}\n`
}

function damaged(folder: string, why: string): RequestError {
  return new RequestError('storage-damaged', `The witness in ${folder} cannot be used: ${why}. Keep the folder for examination; a new witness is made with 'strongroom witness init'.`)
}
