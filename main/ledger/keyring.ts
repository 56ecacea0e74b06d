import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { ENTRY_TYPE, verifyEnvelope, type Envelope } from './dsse.ts'
import type { Entry } from './entry.ts'
import type { JsonValue } from './jcs.ts'
import { keyReference, parseVerifierKey, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { openNote } from './note.ts'

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
  /** The keys that sign checkpoints, by the sizes of the tree at which they do, oldest first. Their name is the origin at those sizes. None before entry 0. */
  readonly logKeys: readonly KeyValidity[]
  /** Every key that ever signed entries, by its reference (`name+hex8`) and the positions of those entries, in order of appearance. */
  readonly keys: ReadonlyMap<string, KeyValidity>
  /** Names of the keys of those who hold the role administrator. */
  readonly administrators: ReadonlySet<string>
  /** Where the ledger went on under another origin, since entries were lost; oldest first. */
  readonly losses: readonly Loss[]
}

/** That a ledger goes on under another origin, as it fell short of what was signed under the one before. */
export interface Loss {
  /** The entry that says so, the first under the new origin. What stood from there on before is lost. */
  readonly seq: number
  readonly predecessor: string
  readonly origin: string
  /** What was signed under the predecessor, as a log key says that was known there, or else the administrator alone. */
  readonly anchor: Checkpoint
  /** Whether such a key signed it. One that came in a lost entry nobody knows, nor that of whoever made the anchor up. */
  readonly isProved: boolean
  /** The name of the administrator's key that signed. */
  readonly by: string
  /** The key with which the orchestrator signs since, where that of before was lost too: attested by the same administrator alone. */
  readonly orchestratorKey: Verifier | null
  /** In the words of the administrator who signed. */
  readonly reason: string
}

/** A verifier key as text and where it may sign, sizes of checkpoints (`log`) or positions of entries: a keyring as plain data. */
export interface ListedKey {
  readonly role: 'log' | 'entry'
  readonly text: string
  readonly from: number
  readonly until?: number
}

export const emptyKeyring: Keyring = { logKeys: [], keys: new Map(), administrators: new Set(), losses: [] }

/** The action of the entry with which a ledger goes on under another origin. */
export const CONTINUED = 'ledger.continued'

/**
 * The one rule of who is an administrator: whoever holds this role for the organisation, as their enrolment or the last change of their roles gave it. Of the
 * entries that decide whose signature counts nobody else's word is taken, but for the first enrolment. Both verifiers of packs have the same rule and are
 * tested against this one.
 */
export function administers(roles: readonly JsonValue[]): boolean {
  return roles.includes('administrator')
}

/** How each action that concerns keys changes the keyring. Every other action leaves it alone. */
const folds: Readonly<Record<string, (keyring: Keyring, entry: Entry) => Keyring>> = {
  'ledger.created': foldCreated,
  'ledger.key.rotated': foldLogKeyRotated,
  [CONTINUED]: foldContinued,
  'orchestrator.key.rotated': foldOrchestratorRotated,
  'person.enrolled': foldEnrolled,
  'person.roles.changed': foldRolesChanged,
  'person.key.rotated': foldRotated,
  'person.key.recovered': foldRecovered,
  'person.deactivated': foldDeactivated,
}

/** The actions that concern keys. */
export const keyActions: readonly string[] = Object.keys(folds)

/** The first origin, of which all names of keys are made: it stays when the ledger goes on under another. */
function baseOf({ logKeys: [first] }: Keyring, entry: Entry): string {
  return first?.verifier.name ?? entry.origin
}

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

/** Where entries were lost and the ledger says so, as its readers are told. */
export function describeLosses({ losses }: Pick<Keyring, 'losses'>): { entry: number; predecessor: string; origin: string; signed: number; isProved: boolean; by: string; orchestratorKey: string | null; reason: string }[] {
  return losses.map(({ seq, predecessor, origin, anchor, isProved, by, orchestratorKey, reason }) => ({
    entry: seq,
    predecessor,
    origin,
    signed: anchor.size,
    isProved,
    by,
    orchestratorKey: orchestratorKey && keyReference(orchestratorKey),
    reason,
  }))
}

/** The log keys, oldest first, then those of entries in order of appearance. */
export function listKeys({ logKeys, keys }: Keyring): ListedKey[] {
  const list = (role: ListedKey['role'], { verifier, from, until }: KeyValidity): ListedKey => ({ role, text: verifier.text, from, ...(until === undefined ? {} : { until }) })
  return [...logKeys.map((key) => list('log', key)), ...[...keys.values()].map((key) => list('entry', key))]
}

/** The keyring of which these are all keys: enough to check signatures, not to fold further entries. Throws LedgerError `malformed-key`. */
export function keyringOf(listed: readonly ListedKey[]): Keyring {
  const logKeys: KeyValidity[] = []
  const keys = new Map<string, KeyValidity>()
  for (const { role, text, from, until } of listed) {
    const validity = { verifier: parseVerifierKey(text), from, ...(until === undefined ? {} : { until }) }
    if (role === 'log') logKeys.push(validity)
    else keys.set(keyReference(validity.verifier), validity)
  }
  return { ...emptyKeyring, logKeys, keys }
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
 * The key that signs a checkpoint of that origin and size, which need not be one of this tree: under an origin that was given up, the last key
 * that it had signed what was lost. Undefined for an origin that never was this ledger's at such a size.
 */
export function logKeyOf({ logKeys }: Keyring, { origin, size }: Pick<Checkpoint, 'origin' | 'size'>): Verifier | undefined {
  const named = logKeys.filter(({ verifier }) => verifier.name === origin)
  const last = named.at(-1)
  return (named.find((key) => isValidAt(key, size)) ?? (last !== undefined && size >= last.from ? last : undefined))?.verifier
}

/** The origin that the entry at `seq` names: that of the checkpoints which it first is under. Undefined before entry 0. */
export function originAt(keyring: Keyring, seq = Infinity): string | undefined {
  return logKeyAt(keyring, seq + 1)?.name
}

/**
 * How a checkpoint of what is no part of this tree stands to what the ledger says that it lost: `lost` where it says so much itself, `unsaid` where more was
 * signed under that origin, or something else. Undefined where the tree itself tells.
 */
export function relateLost({ losses }: Keyring, { origin, size, root }: Checkpoint): { loss: Loss; relation: 'lost' | 'unsaid' } | undefined {
  for (const loss of losses.filter(({ predecessor }) => predecessor === origin)) {
    const { seq, anchor } = loss
    if (size === anchor.size && root.equals(anchor.root)) return { loss, relation: 'lost' }
    if (size > seq) return { loss, relation: size < anchor.size ? 'lost' : 'unsaid' }
  }
  return undefined
}

/** Whether it is the very checkpoint by which the ledger knows of a loss. */
export function namesLost({ losses }: Keyring, { origin, size, root }: Checkpoint): boolean {
  return losses.some(({ predecessor, anchor }) => predecessor === origin && anchor.size === size && anchor.root.equals(root))
}

/**
 * The keys that sign an entry beside its actor, in their order: an entry that puts a key in the place of another is signed by old and new.
 * None for every other entry.
 *
 * @param keyring folded with this entry at least.
 */
export function cosignersOf(keyring: Keyring, entry: Entry): Verifier[] {
  const { action, seq } = entry
  const from = seq + 1
  const inKeys = (holds: (key: KeyValidity) => boolean) => [...keyring.keys.values()].filter(holds)
  const cosigners: KeyValidity[] = []
  // The person's own key, the old one, signs as the actor's.
  if (action === 'person.key.rotated' || action === 'person.key.recovered') cosigners.push(...inKeys((key) => key.from === from))
  if (action === 'orchestrator.key.rotated') {
    const own = inKeys(({ verifier }) => verifier.name === orchestratorName(baseOf(keyring, entry)))
    cosigners.push(...own.filter(({ until }) => until === from), ...own.filter((key) => key.from === from))
  }
  if (action === 'ledger.key.rotated') cosigners.push(...keyring.logKeys.filter((key) => key.until === from || key.from === from))
  // The keys before may be lost with the entries. Nothing is signed by that of the log any more, nor by that of the orchestrator where another comes.
  if (action === CONTINUED) cosigners.push(...keyring.logKeys.filter((key) => key.from === from), ...inKeys((key) => key.from === from))
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
  return { ...keyring, logKeys: [{ verifier: logKey, from: 0 }], keys: new Map([[keyReference(verifier), { verifier, from: entry.seq }]]) }
}

/** Throws unless an administrator signed: of what decides whose signature counts, no one else's word is taken. */
function requireAdministrator({ administrators }: Keyring, entry: Entry): void {
  if (!administrators.has(entry.actor)) throw wrongKey(entry, `${entry.actor} is no administrator`)
}

function foldLogKeyRotated(keyring: Keyring, entry: Entry): Keyring {
  requireAdministrator(keyring, entry)
  return replaceLogKey(keyring, entry, parseKey(entry, 'key', originAt(keyring) ?? entry.origin))
}

/**
 * The entry is the first under the new origin, which no log had before: the first one and what tells this continuation from any other. What it says of
 * the loss is an administrator's word, borne out by a checkpoint that the log key signed; where that key came in an entry that is lost, it is that word alone.
 * So is the key of the orchestrator that the entry brings, where the present one is lost as well.
 */
function foldContinued(keyring: Keyring, entry: Entry): Keyring {
  const { predecessor, size, anchor: note, reason } = entry.detail
  const verifier = parseKey(entry, 'key', entry.origin)
  const begin = `${baseOf(keyring, entry)}/continued/`
  if (!entry.origin.startsWith(begin) || !/^[^/]+$/.test(entry.origin.slice(begin.length))) throw wrongKey(entry, `it goes on under ${entry.origin}, not under ${begin} and a word`)
  if (keyring.logKeys.some((known) => known.verifier.name === verifier.name)) throw wrongKey(entry, 'its origin was used before')
  if (predecessor !== originAt(keyring)) throw wrongKey(entry, 'it does not name the origin before')
  if (size !== entry.seq || entry.seen.size !== entry.seq) throw wrongKey(entry, 'it is not the first entry after what is left')
  if (typeof reason !== 'string' || typeof note !== 'string') throw wrongKey(entry, 'it does not say why, or by which checkpoint')
  requireAdministrator(keyring, entry)
  const anchor = parseCheckpoint(note)
  if (anchor.origin !== predecessor) throw wrongKey(entry, `its checkpoint is one of ${anchor.origin}`)
  if (isSignedBadly(note, keyring.logKeys.map((known) => known.verifier))) throw wrongKey(entry, 'the signature of the log key on its checkpoint is not good')
  const logKey = logKeyOf(keyring, anchor)
  const isProved = logKey !== undefined && isSignedBy(note, logKey)
  const continued = replaceLogKey(keyring, entry, verifier)
  const loss = { seq: entry.seq, predecessor, origin: entry.origin, anchor, isProved, by: entry.actor, reason }
  if (!Object.hasOwn(entry.detail, 'orchestratorKey')) return { ...continued, losses: [...keyring.losses, { ...loss, orchestratorKey: null }] }
  const name = orchestratorName(baseOf(keyring, entry))
  const orchestratorKey = parseKey(entry, 'orchestratorKey', name)
  return { ...replaceKey(continued, entry, name, orchestratorKey), losses: [...keyring.losses, { ...loss, orchestratorKey }] }
}

/** Whether there is a signature of one of the keys on the note that is not good; there need not be any. */
function isSignedBadly(note: string, keys: readonly Verifier[]): boolean {
  try {
    openNote(note, keys)
    return false
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    return thrown.code !== 'no-known-signature'
  }
}

function isSignedBy(note: string, key: Verifier): boolean {
  try {
    return openNote(note, [key]).signers.length > 0
  } catch (thrown) {
    if (thrown instanceof LedgerError) return false
    throw thrown
  }
}

/** The checkpoint under which the entry comes to be is signed by the new key. */
function replaceLogKey(keyring: Keyring, entry: Entry, verifier: Verifier): Keyring {
  if (keyring.logKeys.some((known) => publicKeyOf(known.verifier) === publicKeyOf(verifier))) throw wrongKey(entry, 'the new key was used before')
  const until = entry.seq + 1
  const ended = keyring.logKeys.map((known) => (known.until === undefined ? { ...known, until } : known))
  return { ...keyring, logKeys: [...ended, { verifier, from: until }] }
}

/** The key itself, whatever its name. */
function publicKeyOf({ name, keyId, text }: Verifier): string {
  return text.slice(name.length + keyId.length + 2)
}

function foldOrchestratorRotated(keyring: Keyring, entry: Entry): Keyring {
  requireAdministrator(keyring, entry)
  return replaceKey(keyring, entry, orchestratorName(baseOf(keyring, entry)))
}

/** The first person, whom the orchestrator enrols as there is nobody else yet, or one whom an administrator enrols. */
function foldEnrolled(keyring: Keyring, entry: Entry): Keyring {
  const orchestrator = orchestratorName(baseOf(keyring, entry))
  const isFirst = [...keyring.keys.values()].every(({ verifier }) => verifier.name === orchestrator)
  if (!(isFirst && entry.actor === orchestrator)) requireAdministrator(keyring, entry)
  const verifier = parseKey(entry, 'key', personName(baseOf(keyring, entry), personOf(entry)))
  for (const known of keyring.keys.values()) {
    if (known.verifier.name === verifier.name) throw wrongKey(entry, `${verifier.name} is enrolled already; a new key is a rotation`)
  }
  const keys = new Map(keyring.keys).set(keyReference(verifier), { verifier, from: entry.seq + 1 })
  return foldRoles({ ...keyring, keys }, entry, verifier.name)
}

function foldRolesChanged(keyring: Keyring, entry: Entry): Keyring {
  requireAdministrator(keyring, entry)
  return foldRoles(keyring, entry, personName(baseOf(keyring, entry), personOf(entry)))
}

function foldRoles(keyring: Keyring, { detail }: Entry, name: string): Keyring {
  const isAdministrator = Array.isArray(detail.roles) && administers(detail.roles)
  if (keyring.administrators.has(name) === isAdministrator) return keyring
  const others = [...keyring.administrators].filter((each) => each !== name)
  return { ...keyring, administrators: new Set(isAdministrator ? [...others, name] : others) }
}

function foldRotated(keyring: Keyring, entry: Entry): Keyring {
  const name = personName(baseOf(keyring, entry), personOf(entry))
  if (entry.actor !== name) throw wrongKey(entry, `only ${name} rotates this key; another person recovers it`)
  return replaceKey(keyring, entry, name)
}

function foldRecovered(keyring: Keyring, entry: Entry): Keyring {
  const name = personName(baseOf(keyring, entry), personOf(entry))
  requireAdministrator(keyring, entry)
  if (entry.actor === name) throw wrongKey(entry, `${name} cannot recover this key, which is their own`)
  return replaceKey(keyring, entry, name)
}

/** The new key takes the place of the one that the name has, from the next entry on. */
function replaceKey(keyring: Keyring, entry: Entry, name: string, verifier = parseKey(entry, 'key', name)): Keyring {
  if ([...keyring.logKeys, ...keyring.keys.values()].some((known) => publicKeyOf(known.verifier) === publicKeyOf(verifier))) throw wrongKey(entry, 'the new key was used before')
  const keys = endKey(keyring, name, entry.seq + 1)
  if (keys === undefined) throw wrongKey(entry, `${name} has no key to replace`)
  return { ...keyring, keys: keys.set(keyReference(verifier), { verifier, from: entry.seq + 1 }) }
}

/** Ends the person's key: it signs no entry from the next one on. */
function foldDeactivated(keyring: Keyring, entry: Entry): Keyring {
  requireAdministrator(keyring, entry)
  const keys = endKey(keyring, personName(baseOf(keyring, entry), personOf(entry)), entry.seq + 1)
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
