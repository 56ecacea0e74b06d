import type { KeyObject } from 'node:crypto'
import { describeWait, RequestError, type Holding, type PersonId, type Session, type SessionEnd } from '../../shared/contract/index.ts'
import { personName, signerFromKey, type Ledger, type Signer } from '../ledger/index.ts'
import { StorageError } from '../storage/index.ts'
import type { Actor, Credentials, People } from './people.ts'
import { costOf, sealKey, spendUnsealTime, unsealKey, WrongPassphrase } from './sealed-key.ts'

/** After so many wrong passphrases in a row a person waits; the wait doubles with each further one. */
const FREE_ATTEMPTS = 5
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000
/** A session in which nobody acted for so long is over: its key leaves memory. */
const IDLE_LIMIT_MS = 30 * 60_000

export interface SessionsDependencies {
  readonly people: People
  readonly ledger: Ledger
  readonly orchestrator: Signer
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Milliseconds that never go back, whoever sets the clock; they may stand still while the machine sleeps. */
  readonly elapsed?: () => number
  /** Told of a session that ended without being closed. */
  readonly onEnded?: (clientKey: string) => void
}

interface OpenSession {
  readonly actor: Actor
  readonly openedAt: string
  /** By both clocks: neither setting the time back nor a night asleep keeps a session open. */
  lastActed: { readonly time: number; readonly elapsed: number }
}

/**
 * Who is signed in. A session belongs to a client key, a secret that a client process (command line, gateway, desktop) made up, so that it
 * outlives one connection; the unsealed signing key lives here and nowhere else.
 */
export class Sessions {
  readonly #people: People
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #clock: () => number
  readonly #elapsed: () => number
  readonly #onEnded: (clientKey: string) => void
  readonly #open = new Map<string, OpenSession>()
  /** Why a client's last session ended, where nobody closed it, until the next one opens. */
  readonly #ends = new Map<string, SessionEnd>()
  /** One attempt at a time for each person: guesses cannot be made in parallel to outrun the limit. */
  readonly #attempts = new Map<string, Promise<unknown>>()

  constructor({ people, ledger, orchestrator, clock, elapsed = () => performance.now(), onEnded = () => undefined }: SessionsDependencies) {
    this.#people = people
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#elapsed = elapsed
    this.#onEnded = onEnded
  }

  /** Signs somebody in. Throws `wrong-passphrase` (also for an unknown name) or `too-many-attempts`. */
  async open(clientKey: string, handle: string, passphrase: string): Promise<Session> {
    const signer = await this.signOnce(handle, passphrase)
    const credentials = this.#people.credentials(handle)
    if (!credentials) throw new RequestError('not-permitted', `The account ${handle} was deactivated.`)
    this.close(clientKey)
    this.#ends.delete(clientKey)
    const { person } = credentials
    const now = this.#clock()
    this.#ledger.commit((tx) => tx.append(signer, { action: 'session.opened', subject: [], detail: { person: person.id } }))
    const actor: Actor = { person: person.id, displayName: person.displayName, signer }
    this.#open.set(clientKey, { actor, openedAt: new Date(now).toISOString(), lastActed: this.#now() })
    return this.#describe(clientKey) as Session
  }

  /**
   * A signer for one act of somebody who is not signed in, as nothing else may be recorded before it. Throws `wrong-passphrase` (also for an unknown name)
   * or `too-many-attempts`.
   */
  async signOnce(handle: string, passphrase: string): Promise<Signer> {
    return this.#inTurn(handle, async () => {
      const credentials = this.#people.credentials(handle)
      if (!credentials) {
        await spendUnsealTime(this.#people.scrypt)
        throw new RequestError('wrong-passphrase', 'The name or the passphrase is wrong. Try again.')
      }
      const key = await this.#unseal(credentials, passphrase, 'The name or the passphrase is wrong. Try again.')
      await this.#strengthen(credentials, key, passphrase)
      return this.#signer(credentials.person.id, key)
    })
  }

  /** The session of a client, or null. Ends it when the person was deactivated or did not act for 30 minutes. */
  find(clientKey: string): Session | null {
    return this.#describe(clientKey)
  }

  /** Why the last session of a client ended without being closed; null while one is open, or where it was closed. */
  endOf(clientKey: string): SessionEnd | null {
    return this.#ends.get(clientKey) ?? null
  }

  /** Somebody acted: the 30 minutes start anew. A request is no act by itself, as an open window asks for what it shows without anybody near. */
  touch(clientKey: string): void {
    const open = this.#current(clientKey)
    if (open) open.lastActed = this.#now()
  }

  /** Ends every session in which nobody acted for 30 minutes, so that no key stays in memory because no request came. */
  endIdle(): void {
    for (const clientKey of [...this.#open.keys()]) this.#current(clientKey)
  }

  /** Who acts. Throws `not-signed-in`. */
  actor(clientKey: string): Actor {
    const open = this.#current(clientKey)
    if (!open) throw new RequestError('not-signed-in', 'Nobody is signed in here, or the session ended. Sign in and try again.')
    const { displayName } = this.#people.get(open.actor.person)
    return { ...open.actor, displayName }
  }

  /** What who acts may do now. Throws `not-signed-in`. */
  holdings(clientKey: string): Holding[] {
    return this.#people.authority.at().holdings(this.actor(clientKey).person)
  }

  /**
   * The passphrase again, for a signature of consequence (21 CFR 11.200): answers a signer made from it. Throws `wrong-passphrase`, `too-many-attempts`, and
   * `first-passphrase` to somebody whose passphrase another person chose: a signature must be of one who alone can make it (11.100, 11.300).
   */
  async signAgain(actor: Actor, passphrase: string): Promise<Signer> {
    return this.#inTurn(this.#people.get(actor.person).handle, async () => {
      const credentials = this.#people.credentialsOf(actor.person)
      if (!credentials) throw new RequestError('not-permitted', 'This account was deactivated.')
      const { handle, passphraseBy } = credentials.person
      if (passphraseBy === 'another') throw firstPassphrase(handle)
      return this.#signer(actor.person, await this.#unseal(credentials, passphrase, 'The passphrase is wrong. Try again.'))
    })
  }

  /** Throws `first-passphrase` to whoever could not give a signature of consequence, as another person chose their passphrase: before what ends in one begins. */
  expectOwnPassphrase(actor: Actor): void {
    const { handle, passphraseBy } = this.#people.get(actor.person)
    if (passphraseBy === 'another') throw firstPassphrase(handle)
  }

  /**
   * Seals the key of who is signed in with another passphrase, and ends their sessions elsewhere: whoever opened one may have known the old
   * one. Throws `wrong-passphrase`, `too-many-attempts`, `invalid-request` where the two are one.
   */
  async changePassphrase(clientKey: string, passphrase: string, newPassphrase: string): Promise<void> {
    const { person } = this.actor(clientKey)
    await this.#inTurn(this.#people.get(person).handle, async () => {
      const credentials = this.#people.credentialsOf(person)
      if (!credentials) throw new RequestError('not-permitted', 'This account was deactivated.')
      const key = await this.#unseal(credentials, passphrase, 'The present passphrase is wrong. Try again.')
      if (passphrase.normalize('NFC') === newPassphrase.normalize('NFC')) {
        throw new RequestError('invalid-request', 'The new passphrase is the present one. Choose another.')
      }
      const sealed = await sealKey(key, newPassphrase, person, this.#people.scrypt)
      this.#ledger.commit((tx) => {
        tx.append(this.#signer(person, key), { action: 'person.passphrase.changed', subject: [], detail: { person } })
        this.#people.reseal(person, credentials.sealedKey, sealed)
      })
    })
    this.#endAll(person, clientKey)
  }

  /**
   * Makes a new key for who is signed in, which the same passphrase opens: the session goes on with it, those elsewhere end. Throws
   * `wrong-passphrase`, `too-many-attempts`.
   */
  async rotateKey(clientKey: string, passphrase: string): Promise<void> {
    const { person } = this.actor(clientKey)
    const { signer } = await this.#inTurn(this.#people.get(person).handle, async () => {
      const credentials = this.#people.credentialsOf(person)
      if (!credentials) throw new RequestError('not-permitted', 'This account was deactivated.')
      const old = this.#signer(person, await this.#unseal(credentials, passphrase, 'The passphrase is wrong. Try again.'))
      const key = await this.#people.makeKey(person, passphrase)
      this.#ledger.commit((tx) => {
        tx.append(old, { action: 'person.key.rotated', subject: [], detail: { person, key: key.text } }, [key.signer])
        this.#people.replaceKey(person, credentials.sealedKey, key)
      })
      return key
    })
    this.#endAll(person, clientKey)
    const open = this.#open.get(clientKey)
    if (open) this.#open.set(clientKey, { ...open, actor: { ...open.actor, signer } })
  }

  /**
   * Makes a new key for somebody who lost theirs, under a passphrase that they are told and then change; all their sessions end.
   *
   * @param signer an administrator's, made from the passphrase that they just gave.
   */
  async recover(signer: Signer, person: PersonId, newPassphrase: string, reason: string): Promise<void> {
    const { handle } = this.#people.active(person)
    if (signer.name === personName(this.#ledger.origin, person)) throw new RequestError('conflict', 'Nobody recovers their own key. Ask another administrator, or rotate it.')
    await this.#inTurn(handle, async () => {
      const key = await this.#people.makeKey(person, newPassphrase)
      this.#ledger.commit((tx) => {
        tx.append(signer, { action: 'person.key.recovered', subject: [], detail: { person, key: key.text, reason } }, [key.signer])
        this.#people.replaceKey(person, undefined, key)
      })
    })
    this.#endAll(person)
  }

  /** Ends a session, if there is one: its key leaves memory whatever happens. Never throws because the end cannot be recorded. */
  close(clientKey: string): void {
    const open = this.#open.get(clientKey)
    if (!open) return
    this.#open.delete(clientKey)
    const { person, signer } = open.actor
    // A key that was ended or replaced signs nothing any more.
    if (this.#ledger.currentKey(signer.name)?.keyId !== signer.keyId) return
    try {
      this.#ledger.commit((tx) => tx.append(signer, { action: 'session.closed', subject: [], detail: { person } }))
    } catch (thrown) {
      if (!(thrown instanceof StorageError)) throw thrown
    }
  }

  #signer(person: Actor['person'], key: KeyObject): Signer {
    return signerFromKey(personName(this.#ledger.origin, person), key)
  }

  /** A key that was sealed at less than the present cost is sealed anew, now that its passphrase is at hand. */
  async #strengthen({ person, sealedKey }: Credentials, key: KeyObject, passphrase: string): Promise<void> {
    const { scrypt } = this.#people
    if (costOf(sealedKey) >= scrypt.cost) return
    this.#people.reseal(person.id, sealedKey, await sealKey(key, passphrase, person.id, scrypt))
  }

  async #unseal({ person, sealedKey, failedAttempts, lockedUntil }: Credentials, passphrase: string, refusal: string): Promise<KeyObject> {
    const now = this.#clock()
    if (lockedUntil > now) {
      // Nobody waits longer than the wait was: the clock was set back meanwhile, and the wait begins anew.
      const wait = waitAfter(failedAttempts)
      if (lockedUntil - now > wait) this.#people.noteAttempt(person.id, failedAttempts, now + wait)
      const seconds = Math.ceil(Math.min(lockedUntil - now, wait) / 1000)
      throw new RequestError('too-many-attempts', describeWait(seconds))
    }
    try {
      const key = await unsealKey(sealedKey, passphrase, person.id)
      if (failedAttempts > 0) this.#people.noteAttempt(person.id, 0, 0)
      return key
    } catch (error) {
      if (!(error instanceof WrongPassphrase)) throw error
      this.#noteFailure(person.id, failedAttempts + 1, now)
      throw new RequestError('wrong-passphrase', refusal)
    }
  }

  #noteFailure(person: Actor['person'], attempts: number, now: number): void {
    const wait = waitAfter(attempts)
    // A ledger that waits to be continued records nothing; the attempt counts all the same.
    if (this.#ledger.isShort) return this.#people.noteAttempt(person, attempts, wait === 0 ? 0 : now + wait)
    this.#ledger.commit((tx) => {
      tx.append(this.#orchestrator, { action: 'session.refused', subject: [], detail: { person, attempts } })
      this.#people.noteAttempt(person, attempts, wait === 0 ? 0 : now + wait)
    })
  }

  #current(clientKey: string): OpenSession | undefined {
    const open = this.#open.get(clientKey)
    if (!open) return undefined
    const { time, elapsed } = this.#now()
    const isIdle = Math.max(time - open.lastActed.time, elapsed - open.lastActed.elapsed) > IDLE_LIMIT_MS
    const { active } = this.#people.get(open.actor.person)
    if (!isIdle && active) return open
    this.#end(clientKey, active ? 'idle' : 'deactivated')
    return undefined
  }

  /** Every session of the person, but for one. */
  #endAll(person: PersonId, except?: string): void {
    for (const [clientKey, { actor }] of [...this.#open]) if (actor.person === person && clientKey !== except) this.#end(clientKey, 'credentials-changed')
  }

  #end(clientKey: string, why: SessionEnd): void {
    this.close(clientKey)
    this.#ends.set(clientKey, why)
    this.#onEnded(clientKey)
  }

  #now(): OpenSession['lastActed'] {
    return { time: this.#clock(), elapsed: this.#elapsed() }
  }

  #describe(clientKey: string): Session | null {
    const open = this.#current(clientKey)
    if (!open) return null
    const person = this.#people.get(open.actor.person)
    return { person, holdings: this.#people.authority.at().holdings(person.id), openedAt: open.openedAt }
  }

  async #inTurn<T>(handle: string, work: () => Promise<T>): Promise<T> {
    const before = this.#attempts.get(handle) ?? Promise.resolve()
    const mine = before.then(work, work)
    const settled = mine.catch(() => undefined)
    this.#attempts.set(handle, settled)
    try {
      return await mine
    } finally {
      if (this.#attempts.get(handle) === settled) this.#attempts.delete(handle)
    }
  }
}

/** Milliseconds to wait after so many wrong passphrases in a row. */
function waitAfter(attempts: number): number {
  const over = attempts - FREE_ATTEMPTS
  return over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** over, LONGEST_WAIT_MS)
}

/** What somebody is told who would sign under a passphrase that another person chose. */
export function firstPassphrase(handle: string): RequestError {
  return new RequestError('first-passphrase', `Somebody else chose the passphrase of ${handle} and could sign this in the same name. Choose your own first: 'strongroom --as ${handle} passphrase'.`)
}
