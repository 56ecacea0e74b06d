import type { Entry } from './entry.ts'
import type { JsonValue } from './jcs.ts'
import { keyReference, parseVerifierKey, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** A key and the positions at which it may sign: `from` to `until` (exclusive). */
export interface KeyValidity {
  readonly verifier: Verifier
  readonly from: number
  readonly until?: number
}

/**
 * Which key may sign at which position, learnt from the entries alone. A key's validity is by log position, never by a time that it
 * asserts itself. Immutable: folding gives a new one.
 */
export interface Keyring {
  /** The key that signs checkpoints; its name is the origin. Undefined before entry 0. */
  readonly logKey: Verifier | undefined
  /** Every key that ever signed entries, by its reference (`name+hex8`), in order of appearance. */
  readonly keys: ReadonlyMap<string, KeyValidity>
}

export const emptyKeyring: Keyring = { logKey: undefined, keys: new Map() }

/** How each action that concerns keys changes the keyring. Every other action leaves it alone. */
const folds: Readonly<Record<string, (keyring: Keyring, entry: Entry) => Keyring>> = {
  'ledger.created': foldCreated,
  'person.enrolled': foldEnrolled,
  'person.key.rotated': foldRotated,
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
 * one that introduces it. Throws LedgerError `malformed-key` or `wrong-origin` if the entry's keys cannot be.
 */
export function foldKeyring(keyring: Keyring, entry: Entry): Keyring {
  return folds[entry.action]?.(keyring, entry) ?? keyring
}

/** The key of that reference (`name+hex8`), if it may sign the entry at `seq`. */
export function verifierAt(keyring: Keyring, keyid: string, seq: number): Verifier | undefined {
  const found = keyring.keys.get(keyid)
  if (found === undefined || seq < found.from || seq >= (found.until ?? Infinity)) return undefined
  return found.verifier
}

function foldCreated(keyring: Keyring, entry: Entry): Keyring {
  if (keyring.logKey !== undefined) throw wrongKey(entry, 'the ledger is created once, by entry 0')
  const logKey = parseKey(entry, 'logKey', entry.origin)
  const verifier = parseKey(entry, 'orchestratorKey', orchestratorName(entry.origin))
  return { logKey, keys: new Map([[keyReference(verifier), { verifier, from: entry.seq }]]) }
}

function foldEnrolled(keyring: Keyring, entry: Entry): Keyring {
  const verifier = parseKey(entry, 'key', personName(entry.origin, personOf(entry)))
  for (const known of keyring.keys.values()) {
    if (known.verifier.name === verifier.name) throw wrongKey(entry, `${verifier.name} is enrolled already; a new key is a rotation`)
  }
  return { ...keyring, keys: new Map(keyring.keys).set(keyReference(verifier), { verifier, from: entry.seq + 1 }) }
}

function foldRotated(keyring: Keyring, entry: Entry): Keyring {
  const verifier = parseKey(entry, 'key', personName(entry.origin, personOf(entry)))
  if (keyring.keys.has(keyReference(verifier))) throw wrongKey(entry, 'the new key was used before')
  const keys = new Map(keyring.keys)
  let replaced = false
  for (const [reference, known] of keys) {
    if (known.verifier.name !== verifier.name || known.until !== undefined) continue
    keys.set(reference, { ...known, until: entry.seq + 1 })
    replaced = true
  }
  if (!replaced) throw wrongKey(entry, `${verifier.name} has no key to replace`)
  return { ...keyring, keys: keys.set(keyReference(verifier), { verifier, from: entry.seq + 1 }) }
}

/** Ends the person's key: it signs no entry from the next one on. */
function foldDeactivated(keyring: Keyring, entry: Entry): Keyring {
  const name = personName(entry.origin, personOf(entry))
  const keys = new Map(keyring.keys)
  for (const [reference, known] of keys) {
    if (known.verifier.name === name && known.until === undefined) keys.set(reference, { ...known, until: entry.seq + 1 })
  }
  return { ...keyring, keys }
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
