import { ENTRY_TYPE, verifyEnvelope, type Envelope } from './dsse.ts'
import type { Entry } from './entry.ts'
import type { JsonValue } from './jcs.ts'
import { keyReference, parseVerifierKey, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** A key and where it may sign: from `from` to `until` (exclusive). */
export interface KeyValidity {
  readonly verifier: Verifier
  readonly from: number
  readonly until?: number
}

/**
 * Which key may sign what, learnt from the entries alone. A key's validity is by log position, never by a time that it asserts itself.
 * Immutable: folding gives a new one.
 */
export interface Keyring {
  /** The keys that sign checkpoints, by the sizes of the tree at which they do, oldest first. Their name is the origin. None before entry 0. */
  readonly logKeys: readonly KeyValidity[]
  /** Every key that ever signed entries, by its reference (`name+hex8`) and the positions of those entries, in order of appearance. */
  readonly keys: ReadonlyMap<string, KeyValidity>
}

/** A verifier key as text and where it may sign, sizes of checkpoints (`log`) or positions of entries: a keyring as plain data. */
export interface ListedKey {
  readonly role: 'log' | 'entry'
  readonly text: string
  readonly from: number
  readonly until?: number
}

export const emptyKeyring: Keyring = { logKeys: [], keys: new Map() }

/** How each action that concerns keys changes the keyring. Every other action leaves it alone. */
const folds: Readonly<Record<string, (keyring: Keyring, entry: Entry) => Keyring>> = {
  'ledger.created': foldCreated,
  'ledger.key.rotated': foldLogKeyRotated,
  'orchestrator.key.rotated': (keyring, entry) => replaceKey(keyring, entry, orchestratorName(entry.origin)),
  'person.enrolled': foldEnrolled,
  'person.key.rotated': foldRotated,
  'person.key.recovered': foldRecovered,
  'person.deactivated': foldDeactivated,
}

/** The actions that concern keys. */
export const keyActions: readonly string[] = Object.keys(folds)

/** The key name of what no person did. */
export function orchestratorName(origin: string): string {
  return `${origin}/orchestrator`
}

/** The key name of a person, from their opaque id. */
export function personName(origin: string, person: string): string {
  return `${origin}/person/${person}`
}

/**
 * The keyring after an entry. The key that entry 0 introduces signs entry 0 itself; any later key is valid from the entry after the
 * one that introduces it, and a log key for every checkpoint that its entry is under. Throws LedgerError `malformed-key` or
 * `wrong-origin` if the entry's keys cannot be.
 */
export function foldKeyring(keyring: Keyring, entry: Entry): Keyring {
  return folds[entry.action]?.(keyring, entry) ?? keyring
}

/** The log keys, oldest first, then those of entries in order of appearance. */
export function listKeys({ logKeys, keys }: Keyring): ListedKey[] {
  const list = (role: ListedKey['role'], { verifier, from, until }: KeyValidity): ListedKey => ({ role, text: verifier.text, from, ...(until === undefined ? {} : { until }) })
  return [...logKeys.map((key) => list('log', key)), ...[...keys.values()].map((key) => list('entry', key))]
}

/** The keyring of which these are all keys. Throws LedgerError `malformed-key`. */
export function keyringOf(listed: readonly ListedKey[]): Keyring {
  const logKeys: KeyValidity[] = []
  const keys = new Map<string, KeyValidity>()
  for (const { role, text, from, until } of listed) {
    const validity = { verifier: parseVerifierKey(text), from, ...(until === undefined ? {} : { until }) }
    if (role === 'log') logKeys.push(validity)
    else keys.set(keyReference(validity.verifier), validity)
  }
  return { logKeys, keys }
}

/** The key of that reference (`name+hex8`), if it may sign the entry at `seq`. */
export function verifierAt(keyring: Keyring, keyid: string, seq: number): Verifier | undefined {
  const found = keyring.keys.get(keyid)
  return found !== undefined && isValidAt(found, seq) ? found.verifier : undefined
}

/** The key that signs the checkpoint of that many entries; the present one unless a size is given. Undefined before entry 0. */
export function logKeyAt(keyring: Keyring, size = Infinity): Verifier | undefined {
  return keyring.logKeys.find((key) => isValidAt(key, size))?.verifier
}

/**
 * The keys that sign an entry beside its actor, in their order: an entry that puts a key in the place of another is signed by old and new.
 * None for every other entry.
 *
 * @param keyring folded with this entry at least.
 */
export function cosignersOf(keyring: Keyring, { action, origin, seq }: Entry): Verifier[] {
  const from = seq + 1
  const inKeys = (holds: (key: KeyValidity) => boolean) => [...keyring.keys.values()].filter(holds)
  const cosigners: KeyValidity[] = []
  // The person's own key, the old one, signs as the actor's.
  if (action === 'person.key.rotated' || action === 'person.key.recovered') cosigners.push(...inKeys((key) => key.from === from))
  if (action === 'orchestrator.key.rotated') {
    const own = inKeys(({ verifier }) => verifier.name === orchestratorName(origin))
    cosigners.push(...own.filter(({ until }) => until === from), ...own.filter((key) => key.from === from))
  }
  if (action === 'ledger.key.rotated') cosigners.push(...keyring.logKeys.filter((key) => key.until === from || key.from === from))
  return cosigners.map(({ verifier }) => verifier)
}

/**
 * What is wrong with an entry's signatures: `unknown-key` where its first key may not sign at that position, `signature-invalid` where
 * they are not good signatures of its actor and of whoever must sign with them. Never throws.
 *
 * @param keyring folded with this entry at least.
 */
export function findSignatureFault(keyring: Keyring, envelope: Envelope, entry: Entry): 'unknown-key' | 'signature-invalid' | undefined {
  const actor = verifierAt(keyring, envelope.keyid, entry.seq)
  if (actor === undefined) return 'unknown-key'
  const isGood = envelope.payloadType === ENTRY_TYPE && actor.name === entry.actor && verifyEnvelope(envelope, actor, ...cosignersOf(keyring, entry))
  return isGood ? undefined : 'signature-invalid'
}

function isValidAt({ from, until = Infinity }: KeyValidity, position: number): boolean {
  return position >= from && (position < until || until === Infinity)
}

function foldCreated(keyring: Keyring, entry: Entry): Keyring {
  if (keyring.logKeys.length > 0) throw wrongKey(entry, 'the ledger is created once, by entry 0')
  const logKey = parseKey(entry, 'logKey', entry.origin)
  const verifier = parseKey(entry, 'orchestratorKey', orchestratorName(entry.origin))
  return { logKeys: [{ verifier: logKey, from: 0 }], keys: new Map([[keyReference(verifier), { verifier, from: entry.seq }]]) }
}

/** The checkpoint under which the entry comes to be is signed by the new key already. */
function foldLogKeyRotated(keyring: Keyring, entry: Entry): Keyring {
  const verifier = parseKey(entry, 'key', entry.origin)
  if (keyring.logKeys.some((known) => known.verifier.keyId === verifier.keyId)) throw wrongKey(entry, 'the new key was used before')
  const until = entry.seq + 1
  const ended = keyring.logKeys.map((known) => (known.until === undefined ? { ...known, until } : known))
  return { ...keyring, logKeys: [...ended, { verifier, from: until }] }
}

function foldEnrolled(keyring: Keyring, entry: Entry): Keyring {
  const verifier = parseKey(entry, 'key', personName(entry.origin, personOf(entry)))
  for (const known of keyring.keys.values()) {
    if (known.verifier.name === verifier.name) throw wrongKey(entry, `${verifier.name} is enrolled already; a new key is a rotation`)
  }
  return { ...keyring, keys: new Map(keyring.keys).set(keyReference(verifier), { verifier, from: entry.seq + 1 }) }
}

function foldRotated(keyring: Keyring, entry: Entry): Keyring {
  const name = personName(entry.origin, personOf(entry))
  if (entry.actor !== name) throw wrongKey(entry, `only ${name} rotates this key; another person recovers it`)
  return replaceKey(keyring, entry, name)
}

function foldRecovered(keyring: Keyring, entry: Entry): Keyring {
  const name = personName(entry.origin, personOf(entry))
  if (entry.actor === name) throw wrongKey(entry, `${name} cannot recover this key, which is their own`)
  return replaceKey(keyring, entry, name)
}

/** The new key takes the place of the one that the name has, from the next entry on. */
function replaceKey(keyring: Keyring, entry: Entry, name: string): Keyring {
  const verifier = parseKey(entry, 'key', name)
  if (keyring.keys.has(keyReference(verifier))) throw wrongKey(entry, 'the new key was used before')
  const keys = endKey(keyring, name, entry.seq + 1)
  if (keys === undefined) throw wrongKey(entry, `${name} has no key to replace`)
  return { ...keyring, keys: keys.set(keyReference(verifier), { verifier, from: entry.seq + 1 }) }
}

/** Ends the person's key: it signs no entry from the next one on. */
function foldDeactivated(keyring: Keyring, entry: Entry): Keyring {
  const keys = endKey(keyring, personName(entry.origin, personOf(entry)), entry.seq + 1)
  return keys === undefined ? keyring : { ...keyring, keys }
}

/** All keys, that of the name ended; undefined where it has none. */
function endKey({ keys }: Keyring, name: string, until: number): Map<string, KeyValidity> | undefined {
  for (const [reference, known] of keys) {
    if (known.verifier.name === name && known.until === undefined) return new Map(keys).set(reference, { ...known, until })
  }
  return undefined
}

function parseKey(entry: Entry, member: string, name: string): Verifier {
  const text: JsonValue | undefined = entry.detail[member]
  if (typeof text !== 'string') throw wrongKey(entry, `detail.${member} is not a verifier key`)
  const verifier = parseVerifierKey(text)
  if (verifier.type !== 1) throw wrongKey(entry, `detail.${member} is not an Ed25519 signing key`)
  if (verifier.name !== name) throw wrongKey(entry, `detail.${member} is named ${verifier.name}, not ${name}`)
  return verifier
}

function personOf(entry: Entry): string {
  const { person } = entry.detail
  if (typeof person !== 'string' || person === '') throw wrongKey(entry, 'detail.person is not an id')
  return person
}

function wrongKey(entry: Entry, why: string): LedgerError {
  return new LedgerError('malformed-key', `The entry ${entry.action} at ${entry.seq} cannot introduce its key: ${why}.`)
}
