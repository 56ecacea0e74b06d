import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { PersonId, RequestError, RoleName, type Person } from '../../shared/contract/index.ts'
import { administers, personName, signerFromKey, verifierKeyText, type Ledger, type LedgerTransaction, type Signer } from '../ledger/index.ts'
import { transact, type Database } from '../storage/index.ts'
import { Authority } from './authority.ts'
import { Names } from './names.ts'
import { DEFAULT_COST, sealKey, type ScryptCost } from './sealed-key.ts'

export interface PeopleDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  /** The folder of the keys that seal names, outside the database. */
  readonly personKeys: string
  /** What keys are sealed with from now on. */
  readonly scrypt?: ScryptCost
}

/** Someone who acts: who they are, and the key that signs what they do. Exists only while a session holds the unsealed key. What they may do is asked anew each time. */
export interface Actor {
  readonly person: PersonId
  readonly displayName: string
  readonly signer: Signer
}

export interface NewPerson {
  readonly handle: string
  readonly displayName: string
  readonly passphrase: string
  readonly roles: readonly string[]
}

/** A fresh key of a person. */
export interface NewKey {
  readonly signer: Signer
  /** The verifier key. */
  readonly text: string
  readonly sealed: string
}

interface PersonRow {
  id: string
  roles: string
  active: number
  verifier_key: string
  sealed_key: string
  enrolled_entry: number
  failed_attempts: number
  locked_until: number
  erased_entry: number | null
}

/** What sign-in needs beside the person. */
export interface Credentials {
  readonly person: Person
  readonly sealedKey: string
  readonly failedAttempts: number
  /** Milliseconds since the epoch; 0 when not locked. */
  readonly lockedUntil: number
}

/** The people of the workplace. Every change is a ledger entry signed by who made it; names stay out of the ledger, behind commitments, and in the database stand sealed. */
export class People {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #names: Names
  readonly scrypt: ScryptCost
  /** What people may do, by the entries. */
  readonly authority: Authority

  constructor({ db, ledger, orchestrator, personKeys, scrypt = DEFAULT_COST }: PeopleDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#names = new Names(db, personKeys)
    this.scrypt = scrypt
    this.authority = new Authority(ledger)
  }

  /** Reads the names; answers how many stood in plain text and were sealed now. Throws StorageError. */
  loadNames(): number {
    return this.#names.load()
  }

  list(): Person[] {
    return this.#db.prepare<[], PersonRow>('SELECT * FROM people ORDER BY enrolled_entry').all().map((row) => this.#person(row))
  }

  get(id: PersonId): Person {
    const row = this.#db.prepare<[string], PersonRow>('SELECT * FROM people WHERE id = ?').get(id)
    if (!row) throw new RequestError('not-found', `There is no person ${id} in this workplace.`)
    return this.#person(row)
  }

  /** The display name, or the id of somebody whose name was erased. */
  nameOf(id: string): string {
    return this.#names.of(id)?.displayName ?? id
  }

  credentials(handle: string): Credentials | undefined {
    const id = this.#names.idOf(handle)
    return id === undefined ? undefined : this.#credentials(id)
  }

  credentialsOf(id: PersonId): Credentials | undefined {
    return this.#credentials(id)
  }

  /** The salt and value that open the commitment to a person's display name in their enrolment entry; undefined where it was erased. */
  disclosure(id: PersonId): { entry: number; field: 'name'; salt: string; value: string } | undefined {
    const names = this.#names.of(id)
    return names && { entry: this.get(id).enrolledEntry, field: 'name', salt: names.salt, value: names.displayName }
  }

  /**
   * Enrols the first administrator; the orchestrator signs, as nobody else can yet. `before` and `after` are of the same commit: a workplace that
   * was begun and is not whole, with nobody who could ever sign in, must not come to be.
   */
  async enrolFirst(newPerson: Omit<NewPerson, 'roles'>, before?: (tx: LedgerTransaction) => void, after?: (tx: LedgerTransaction) => void): Promise<Person> {
    return this.#enrol(this.#orchestrator, { ...newPerson, roles: ['administrator'] }, before, after)
  }

  async enrol(actor: Actor, newPerson: NewPerson): Promise<Person> {
    this.#requireRoles(newPerson.roles)
    return this.#enrol(actor.signer, newPerson)
  }

  setRoles(actor: Actor, id: PersonId, roles: readonly string[]): Person {
    const person = this.active(id)
    if (administers(person.roles) && !administers(roles)) this.#refuseLastAdministrator(id)
    this.#ledger.commit((tx) => {
      this.#requireRoles(roles)
      tx.append(actor.signer, { action: 'person.roles.changed', subject: [], detail: { person: id, roles: [...roles] } })
      this.#db.prepare('UPDATE people SET roles = ? WHERE id = ?').run(JSON.stringify(roles), id)
    })
    return this.get(id)
  }

  deactivate(actor: Actor, id: PersonId): Person {
    if (administers(this.active(id).roles)) this.#refuseLastAdministrator(id)
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, { action: 'person.deactivated', subject: [], detail: { person: id } })
      this.#db.prepare('UPDATE people SET active = 0 WHERE id = ?').run(id)
    })
    return this.get(id)
  }

  /**
   * Destroys the key of a person's names, so that nothing here, in copies of the database neither, says them any more; from now on they go by
   * their id. The id, the key and what they signed stay, as do packs that were written. Throws `conflict` for an active account.
   *
   * @param signer an administrator's, made from the passphrase that they just gave.
   */
  erase(signer: Signer, id: PersonId): Person {
    const person = this.get(id)
    if (person.active) throw new RequestError('conflict', `The account ${person.handle} is active. Deactivate it first; whoever signs must have a name.`)
    if (person.erased) throw new RequestError('conflict', `The names of ${id} were erased already.`)
    const entry = this.#ledger.commit((tx) => {
      const { seq } = tx.append(signer, { action: 'person.erased', subject: [], detail: { person: id } })
      this.#db.prepare("UPDATE people SET names = '', erased_entry = ? WHERE id = ?").run(seq, id)
      return seq
    })
    this.#names.erase(id, entry)
    return this.get(id)
  }

  /** Notes the outcome of a sign-in attempt, which is not a ledger fact by itself. */
  noteAttempt(id: PersonId, failedAttempts: number, lockedUntil: number): void {
    transact(this.#db, () => this.#db.prepare('UPDATE people SET failed_attempts = ?, locked_until = ? WHERE id = ?').run(failedAttempts, lockedUntil, id))
  }

  /**
   * Puts the same key, sealed anew by its owner, in the place of what it was sealed in before. Throws `conflict` where that is no longer
   * what stands there: opening and sealing takes time.
   */
  reseal(id: PersonId, before: string, sealed: string): void {
    const replace = this.#db.prepare('UPDATE people SET sealed_key = ? WHERE id = ? AND sealed_key = ?')
    const { changes } = transact(this.#db, () => replace.run(sealed, id, before))
    if (changes === 0) throw new RequestError('conflict', 'The key was replaced meanwhile. Sign in again.')
  }

  /**
   * Puts a new key in the place of a person's own, in the commit whose entry says so. `before` is what the old one is sealed in, which must
   * still stand there; of a key that somebody else recovers it does not matter. Throws `conflict`.
   */
  replaceKey(id: PersonId, before: string | undefined, key: NewKey): void {
    const { person, sealedKey } = this.credentialsOf(id) ?? {}
    if (person === undefined || (before !== undefined && before !== sealedKey)) throw new RequestError('conflict', 'The key was replaced meanwhile. Sign in again.')
    this.#db
      .prepare('UPDATE people SET verifier_key = ?, sealed_key = ?, failed_attempts = 0, locked_until = 0 WHERE id = ?')
      .run(key.text, key.sealed, id)
  }

  /** A key for that person, sealed with the passphrase; in use once an entry has introduced it. */
  async makeKey(id: PersonId, passphrase: string): Promise<NewKey> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const name = personName(this.#ledger.origin, id)
    return { signer: signerFromKey(name, privateKey), text: verifierKeyText(name, publicKey), sealed: await sealKey(privateKey, passphrase, id, this.scrypt) }
  }

  async #enrol(signer: Signer, { handle, displayName, passphrase, roles }: NewPerson, before?: (tx: LedgerTransaction) => void, after?: (tx: LedgerTransaction) => void): Promise<Person> {
    this.#refuseTaken(handle, displayName)
    const id = PersonId.parse(`p-${randomBytes(4).toString('hex')}`)
    const { text: key, sealed } = await this.makeKey(id, passphrase)
    const salt = randomBytes(16)
    const name = createHash('sha256').update(salt).update(displayName, 'utf8').digest('hex')
    const names = { handle, displayName, salt: salt.toString('hex') }
    this.#ledger.commit((tx) => {
      before?.(tx)
      // Asked again inside the transaction: sealing took time, and somebody may have taken the name, or removed a role: who is given one that is not there would hold whatever it is defined as next.
      this.#refuseTaken(handle, displayName)
      this.#requireRoles(roles)
      const { seq } = tx.append(signer, {
        action: 'person.enrolled',
        subject: [],
        detail: { person: id, roles: [...roles], key },
        commitments: { name },
      })
      this.#db
        .prepare("INSERT INTO people (id, handle, display_name, name_salt, names, roles, active, verifier_key, sealed_key, enrolled_entry) VALUES (?, ?, '', '', ?, ?, 1, ?, ?, ?)")
        .run(id, id, this.#names.seal(id, names), JSON.stringify(roles), key, sealed, seq)
      after?.(tx)
    })
    this.#names.remember(id, names)
    return this.get(id)
  }

  /** Somebody who can still act. Throws `conflict`: what was ended is not changed any more. */
  active(id: PersonId): Person {
    const person = this.get(id)
    if (person.active) return person
    throw new RequestError('conflict', `The account ${person.handle} was deactivated, which nothing takes back. Where only a key was lost, recover it instead of deactivating; a second account of the same person would make four eyes of two.`)
  }

  #requireRoles(roles: readonly string[]): void {
    const standing = this.authority.at()
    for (const role of roles) standing.requireRole(role)
  }

  #refuseTaken(handle: string, displayName: string): void {
    if (this.list().some((person) => person.handle === handle)) {
      throw new RequestError('already-exists', `The sign-in name ${handle} is taken. Choose another one.`)
    }
    const namesake = this.list().find((person) => !person.erased && sameName(person.displayName, displayName))
    if (namesake === undefined) return
    if (namesake.active) throw new RequestError('already-exists', `Somebody is called ${displayName} already. Add what tells the two apart: decisions are read by name.`)
    throw new RequestError(
      'already-exists',
      `${displayName} is the name of ${namesake.handle}, whose account was deactivated. Nobody gets a second account: they could decide on what they made with the first. Of somebody else, add what tells the two apart.`,
    )
  }

  #person(row: PersonRow): Person {
    const names = this.#names.of(row.id)
    return {
      id: PersonId.parse(row.id),
      handle: names?.handle ?? row.id,
      displayName: names?.displayName ?? row.id,
      roles: RoleName.array().parse(JSON.parse(row.roles)),
      grants: [...this.authority.at().grants(PersonId.parse(row.id))],
      active: row.active === 1,
      keyId: row.verifier_key.split('+').slice(0, 2).join('+'),
      enrolledEntry: row.enrolled_entry,
      passphraseBy: this.authority.at().passphraseBy(PersonId.parse(row.id)),
      erased: row.erased_entry !== null || this.#names.isErased(row.id),
    }
  }

  #credentials(id: string): Credentials | undefined {
    const row = this.#db.prepare<[string], PersonRow>('SELECT * FROM people WHERE id = ? AND active = 1').get(id)
    return row && { person: this.#person(row), sealedKey: row.sealed_key, failedAttempts: row.failed_attempts, lockedUntil: row.locked_until }
  }

  #refuseLastAdministrator(id: PersonId): void {
    const others = this.list().some((person) => person.id !== id && person.active && administers(person.roles))
    if (!others) throw new RequestError('conflict', 'This is the last administrator. Give the role to somebody else first.')
  }
}

/** Whether two names read the same: compatibility forms (NFKC) and case make no difference. */
function sameName(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' '))
  return a === b
}
