import { createPublicKey, generateKeyPairSync, hash, randomBytes } from 'node:crypto'
import { DEFAULT_POLICY, mayDo, RequestError, rolesWith, type LedgerLoss, type OrchestratorEvent } from '../../shared/contract/index.ts'
import { AUTHORITY_ACTIONS, calibrateCost, DEFAULT_COST, type ScryptCost } from '../identity/index.ts'
import { FileCrew } from '../content/index.ts'
import { endRestoration, readRestoration } from '../backup/index.ts'
import { isKeyName, keyReference, Ledger, LedgerError, openCatalogueFile, openHighWater, orchestratorName, personName, readOrigin, signerFromKey, verifierKeyText, type HighWater, type LedgerOptions, type LedgerTransaction, type Signer } from '../ledger/index.ts'
import { BlobStore, openDatabase, storageErrorFrom, type Database } from '../storage/index.ts'
import { composeServices } from './compose.ts'
import { chooseAnchor, continuedOrigin } from './continuation.ts'
import { type DataFolder, type Installation, createDataFolder } from '../client/index.ts'
import { guardEntries } from './entry-guard.ts'
import { createKeys, readKeys, ReplaceableSigner, settleKey, stagedKey, stageKey, type KeyRole } from './keys.ts'
import { RegistryKeyFile } from './registry-key.ts'
import type { Services } from './services.ts'
import { finderOf } from './targets.ts'

export interface WorkplaceOptions {
  readonly folder: DataFolder
  readonly installation: Installation
  readonly software: string
  readonly clock: () => number
  readonly emit: (event: OrchestratorEvent) => void
  readonly emitTo: (clientKey: string, event: OrchestratorEvent) => void
  readonly onFault: (error: unknown) => void
  /** Lower in tests only. */
  readonly scrypt?: ScryptCost
  /** Opens it although more was signed than its ledger has: all that it then answers is `continueLedger`. */
  readonly evenShort?: boolean
}

/** Who lets the ledger go on, why, and what shows that entries are missing. */
export interface ContinuationWish {
  readonly handle: string
  readonly passphrase: string
  readonly reason: string
  /** Checkpoints that were kept elsewhere, as notes. */
  readonly anchors: readonly string[]
  /** Takes one that no known key signed, where none is signed by one and the ledger is short by its own mark. */
  readonly unproved: boolean
  /** Lets the orchestrator sign with a new key, where the one that the ledger knows is lost. */
  readonly newOrchestratorKey: boolean
}

export interface SetUp {
  readonly organisation: string
  readonly origin?: string | undefined
  readonly administrator: { readonly handle: string; readonly displayName: string; readonly passphrase: string }
}

/** A key of the data folder that signs; `staged` where it was made for a rotation. */
interface KeptSigner {
  readonly signer: Signer
  readonly staged: boolean
}

interface WorkplaceRow {
  readonly organisation: string
  readonly origin: string
  /** What keys are sealed with: measured at set-up. */
  readonly scrypt_cost: number
}

const LONGEST_ORIGIN = 200
/** How often sessions are looked through for those in which nobody acts any more. */
const IDLE_CHECK_MS = 15_000

/** One data folder, open: before its set-up only that can be done, after it `services` answers. */
export class Workplace {
  readonly folder: DataFolder
  readonly installation: Installation
  readonly software: string
  readonly emit: (event: OrchestratorEvent) => void
  /** A fault that no request waits for. */
  readonly onFault: (error: unknown) => void
  readonly emitTo: (clientKey: string, event: OrchestratorEvent) => void
  readonly #options: WorkplaceOptions
  readonly #db: Database
  readonly #crew: FileCrew
  readonly #blobs: BlobStore
  readonly #highWater: HighWater
  #services: Services | null = null
  #signers: Record<KeyRole, ReplaceableSigner> | null = null
  #settingUp = false
  /** Whether the ledger says that this orchestrator works in it: it set the workplace up, or recorded its start. */
  #isStarted = false
  readonly #idleCheck = setInterval(() => this.#services?.sessions.endIdle(), IDLE_CHECK_MS).unref()

  private constructor(options: WorkplaceOptions, db: Database, crew: FileCrew, blobs: BlobStore, highWater: HighWater) {
    this.folder = options.folder
    this.installation = options.installation
    this.software = options.software
    this.emit = options.emit
    this.onFault = options.onFault
    this.emitTo = options.emitTo
    this.#options = options
    this.#db = db
    this.#crew = crew
    this.#blobs = blobs
    this.#highWater = highWater
  }

  /** Opens the data folder, creating it if need be. Throws StorageError or LedgerError when what is there cannot be trusted. */
  static async open(options: WorkplaceOptions): Promise<Workplace> {
    createDataFolder(options.folder)
    const db = openDatabase(options.folder.database)
    try {
      const crew = new FileCrew(options.installation.fileThread)
      const blobs = new BlobStore(options.folder.root, { crew })
      await blobs.open()
      const highWater = openHighWater(options.folder.highWater)
      const workplace = new Workplace(options, db, crew, blobs, highWater)
      const row = db.prepare<[], WorkplaceRow>('SELECT organisation, origin, scrypt_cost FROM workplace').get()
      if (row) workplace.#open(row)
      else if (highWater.read() !== undefined) throw new LedgerError('ledger-gone', describeLostLedger(options.folder))
      return workplace
    } catch (error) {
      db.close()
      const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : options.folder.root
      throw storageErrorFrom(error, path)
    }
  }

  /** Null before the set-up, and while the ledger waits to be continued: then nothing else is done. */
  get services(): Services | null {
    return this.isShort ? null : this.#services
  }

  /** Whether more was signed than the ledger has, and nobody has let it go on yet. */
  get isShort(): boolean {
    return this.#services?.ledger.isShort ?? false
  }

  /** The services. Throws `not-set-up` before the first run's set-up; `ledger-short`. */
  ready(): Services {
    const services = this.#composed()
    if (!this.isShort) return services
    throw new RequestError('ledger-short', "More was signed than this ledger has, or something else, and nothing is done before an administrator lets it go on: 'strongroom --as NAME ledger continue'.")
  }

  #composed(): Services {
    if (!this.#services) throw new RequestError('not-set-up', 'This workplace is not set up yet. Name the organisation and its administrator first.')
    return this.#services
  }

  /** First run: makes the keys, creates the ledger with its first entry, enrols the administrator. */
  async setUp({ organisation, origin = defaultOrigin(organisation), administrator }: SetUp): Promise<Services> {
    if (this.#services || this.#settingUp) throw new RequestError('already-set-up', 'This workplace is set up already. Sign in instead.')
    if (!isKeyName(origin) || origin.length > LONGEST_ORIGIN || origin.includes('/continued/')) {
      throw new RequestError('invalid-request', `The origin '${origin}' cannot name a log: use no spaces, no + and no control characters, not '/continued/', at most ${LONGEST_ORIGIN} characters.`)
    }
    this.#settingUp = true
    try {
      const keys = createKeys(this.folder.keys)
      const signers = { log: signerFromKey(origin, keys.log), orchestrator: signerFromKey(orchestratorName(origin), keys.orchestrator) }
      const { cost } = this.#options.scrypt ?? (await calibrateCost())
      const services = this.#start({ organisation, origin, scrypt_cost: cost }, signers, () => Ledger.create(this.#db, this.#ledgerOptions(origin, signers.log)))
      const begin = (tx: LedgerTransaction): void => {
        tx.append(services.orchestrator, {
          action: 'ledger.created',
          subject: [],
          detail: {
            logKey: verifierKeyText(origin, createPublicKey(keys.log)),
            orchestratorKey: verifierKeyText(orchestratorName(origin), createPublicKey(keys.orchestrator)),
            software: this.software,
          },
        })
        this.#db.prepare('INSERT INTO workplace (only, organisation, origin, scrypt_cost) VALUES (1, ?, ?, ?)').run(organisation, origin, cost)
      }
      await services.people.enrolFirst(administrator, begin, (tx) => appendPolicy(tx, services))
      this.#isStarted = true
      return services
    } catch (error) {
      this.#services = null
      throw error
    } finally {
      this.#settingUp = false
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#idleCheck)
    await this.#services?.backups.close()
    await this.#services?.training.close()
    await this.#services?.signatures.close()
    this.#services?.memory?.close()
    await this.#crew.close()
    this.#services?.ledger.keepCatalogue()
    try {
      this.#highWater.close()
    } finally {
      this.#db.close()
    }
  }

  /**
   * Makes a new key for the log or the orchestrator. It is durable before the entry names it, and the old one stays until the entry stands:
   * whenever this is cut off, the folder has the key that its ledger knows.
   *
   * @param signer an administrator's, made from the passphrase that they just gave.
   */
  rotateKey(role: KeyRole, signer: Signer): { key: string; entry: number } {
    const { ledger } = this.ready()
    const present = this.#signers?.[role]
    if (present === undefined) throw new Error('a workplace that is set up has its keys')
    this.#settle(role, present)
    const key = stageKey(this.folder.keys, role)
    const next = signerFromKey(present.name, key)
    const text = verifierKeyText(present.name, createPublicKey(key))
    const action = role === 'log' ? 'ledger.key.rotated' : 'orchestrator.key.rotated'
    const { seq } = ledger.commit((tx) => tx.append(signer, { action, subject: [], detail: { key: text } }, [present, next]))
    present.replace(next)
    this.#settleStanding(role, next)
    return { key: text, entry: seq }
  }

  /**
   * Lets the ledger go on under another origin, since more was signed than it has: an administrator says so in an entry, the first of that origin, after which
   * the log has another key, and the orchestrator where its own is lost. Nothing is recorded before it. Throws `wrong-passphrase`, `too-many-attempts`, `not-permitted`;
   * `conflict` where nothing is missing; LedgerError, StorageError.
   */
  async continueLedger({ handle, passphrase, reason, anchors, unproved, newOrchestratorKey }: ContinuationWish): Promise<LedgerLoss & { key: string }> {
    const { ledger, sessions, people } = this.#composed()
    const signer = await sessions.signOnce(handle, passphrase)
    const holdings = people.authority.at().holdings(signer.name.slice(personName(ledger.origin, '').length))
    if (!mayDo(holdings, 'keys.manage')) throw new RequestError('not-permitted', `This needs ${rolesWith('keys.manage')}. Ask somebody who holds it.`)
    const mark = ledger.isShort ? this.#highWater.read() : undefined
    const { note, checkpoint, isProved } = chooseAnchor(ledger, { mark, anchors, unproved })
    this.#checkOrchestratorWish(ledger, newOrchestratorKey)
    // Not before: whoever asks and may not leaves no key behind.
    const log = this.#freshSigner('log', continuedOrigin(ledger.origin))
    const orchestrator = newOrchestratorKey ? this.#freshSigner('orchestrator', orchestratorName(ledger.origin)) : null
    const predecessor = ledger.presentOrigin
    const brings = orchestrator && { orchestratorKey: orchestrator.text }
    const { seq } = ledger.commit((tx) => {
      const subject = [{ name: `checkpoint of ${checkpoint.size} entries`, digest: { sha256: hash('sha256', note) } }]
      return tx.append(signer, { action: 'ledger.continued', subject, detail: { key: log.text, predecessor, size: ledger.size, anchor: note, reason, ...brings } }, [log.signer, ...(orchestrator ? [orchestrator.signer] : [])])
    })
    this.#signers?.log.replace(log.signer)
    this.#settleStanding('log', log.signer)
    if (orchestrator) {
      this.#signers?.orchestrator.replace(orchestrator.signer)
      this.#settleStanding('orchestrator', orchestrator.signer)
    }
    if (!this.#isStarted) {
      this.#begin()
      this.recordStart()
    }
    const orchestratorKey = orchestrator && keyReference(orchestrator.signer)
    return { entry: seq, predecessor, origin: log.signer.name, signed: checkpoint.size, isProved, by: signer.name, orchestratorKey, reason, key: log.text }
  }

  /** Adopts the stages that ran on without an orchestrator, and records that there is one. Not where the ledger waits to be continued, which does it then. */
  recordStart(): void {
    if (!this.services) return
    const { training, ledger, orchestrator } = this.services
    const adopted = training.adopt()
    ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.started', subject: [], detail: { software: this.software, adopted } }))
    this.#isStarted = true
  }

  #open(row: WorkplaceRow): void {
    const { origin } = row
    const { ledger, log } = this.#openLedger(origin, this.#keptSigners('log', readOrigin(this.#db) ?? origin))
    const orchestrator = this.#knownOrchestrator(ledger)
    if (!orchestrator && !ledger.isShort) throw new RequestError('storage-damaged', `The orchestrator's key in ${this.folder.keys} is not the one that the ledger knows. Restore it from the backup of this data folder that the database is of.`)
    // Where another is to come, there is none that signs until then.
    const signers = { log: log.signer, orchestrator: orchestrator?.signer ?? signerFromKey(orchestratorName(origin), generateKeyPairSync('ed25519').privateKey) }
    this.#start(row, signers, () => ledger)
    // Of one that is short the newer database may still be found: its keys stay as they are until it goes on.
    if (ledger.isShort || !orchestrator) return
    settleKey(this.folder.keys, 'log', log)
    settleKey(this.folder.keys, 'orchestrator', orchestrator)
    this.#begin()
  }

  /** What comes before anything else that is recorded, in a ledger that is opened or goes on. */
  #begin(): void {
    new RegistryKeyFile(this.folder.keys).settle(this.ready().ledger)
    this.#recordRestoration()
    this.#recordPolicy()
  }

  #keptSigners(role: KeyRole, name: string): KeptSigner[] {
    return readKeys(this.folder.keys, role).map(({ key, staged }) => ({ staged, signer: signerFromKey(name, key) }))
  }

  /** That of the orchestrator which the ledger knows, where the folder has it. */
  #knownOrchestrator(ledger: Ledger): KeptSigner | undefined {
    const name = orchestratorName(ledger.origin)
    const known = ledger.currentKey(name)
    return this.#keptSigners('orchestrator', name).find(({ signer }) => signer.keyId === known?.keyId)
  }

  /** Gives the key that signs its place, where a rotation was cut off or could not move the file. Throws StorageError. */
  #settle(role: KeyRole, { name, keyId }: Signer): void {
    const staged = stagedKey(this.folder.keys, role)
    if (staged) settleKey(this.folder.keys, role, { staged: signerFromKey(name, staged).keyId === keyId })
  }

  /** The same once the entry stands: that the file cannot be moved takes nothing from it, and the next start or rotation moves it. */
  #settleStanding(role: KeyRole, signer: Signer): void {
    try {
      this.#settle(role, signer)
    } catch (error) {
      this.onFault(error)
    }
  }

  /** A key that nothing was signed with: one that is left of a rotation which was cut off may have signed what is lost. Throws StorageError. */
  #freshSigner(role: KeyRole, name: string): { signer: Signer; text: string } {
    const present = this.#signers?.[role]
    // One that signs already and could not be moved takes its place first: nothing may come of what goes on now.
    if (present) this.#settle(role, present)
    const key = stageKey(this.folder.keys, role)
    return { signer: signerFromKey(name, key), text: verifierKeyText(name, createPublicKey(key)) }
  }

  /** Nobody attests a key of the orchestrator in the place of one that can sign itself, nor without saying so. */
  #checkOrchestratorWish(ledger: Ledger, isWished: boolean): void {
    const isKnown = this.#knownOrchestrator(ledger) !== undefined
    if (isKnown !== isWished) return
    const next = isKnown
      ? "is the one that the ledger knows: leave --new-orchestrator-key out. 'strongroom key rotate --orchestrator' replaces it afterwards, with its own signature."
      : 'is not the one that the ledger knows, as far as that is left: the entry with which it was replaced is lost, or the keys are of another time than the database. Where a copy of the folder has the key, restore it. Where none has, give --new-orchestrator-key: the ledger then says for ever that the orchestrator signs with a new key on your word alone.'
    throw new RequestError('conflict', `The orchestrator's key in ${this.folder.keys} ${next}`)
  }

  /** A folder that was restored says so before anything else is recorded in it. */
  #recordRestoration(): void {
    const { root } = this.folder
    const restoration = readRestoration(root)
    if (restoration === null) return
    const { ledger, orchestrator } = this.ready()
    const { manifest, backup, size, root: treeRoot, reason } = restoration
    // Where more was signed than was restored, that is said before.
    const at = ledger.size > size && ledger.entry(size).entry.action === 'ledger.continued' ? size + 1 : size
    if (ledger.size === at) {
      const subject = [{ name: `backup ${backup}`, digest: { sha256: manifest } }]
      ledger.commit((tx) => tx.append(orchestrator, { action: 'ledger.restored', subject, detail: { backup, size, root: treeRoot, reason } }))
    }
    // It was recorded already where the last process was cut off between the two.
    if (ledger.entry(at).entry.action !== 'ledger.restored') throw new RequestError('storage-damaged', `${root} was written to after it was restored and before that was recorded. Restore the backup again into an empty folder.`)
    endRestoration(root)
  }

  /** What is kept apart is judged by entries alone: a workplace of an earlier version, which has none about it, gets one from here on. */
  #recordPolicy(): void {
    const services = this.ready()
    // Where an entry is not what was recorded, it may be that one.
    if (services.ledger.fault === undefined && services.roles.policy().entry === null) services.ledger.commit((tx) => appendPolicy(tx, services))
  }

  /** Where a rotation was cut off there are two log keys: the ledger says which is in use. */
  #openLedger(origin: string, [log, staged]: readonly KeptSigner[]): { ledger: Ledger; log: KeptSigner } {
    if (log === undefined) throw new Error('a role has a key')
    const open = ({ signer }: KeptSigner): Ledger => Ledger[this.#options.evenShort === true ? 'openShort' : 'open'](this.#db, this.#ledgerOptions(origin, signer))
    try {
      return { ledger: open(log), log }
    } catch (error) {
      if (staged === undefined || !(error instanceof LedgerError && error.code === 'wrong-log-key')) throw error
      return { ledger: open(staged), log: staged }
    }
  }

  #ledgerOptions(origin: string, logSigner: Signer): LedgerOptions {
    return {
      origin,
      logSigner,
      clock: () => new Date(this.#options.clock()),
      guard: guardEntries(origin, () => this.#services?.people, () => finderOf(this.ready())),
      highWater: this.#announcing(this.#highWater),
      catalogue: openCatalogueFile(this.folder.catalogue),
      deciding: AUTHORITY_ACTIONS,
    }
  }

  #start({ organisation, scrypt_cost: cost }: WorkplaceRow, { log, orchestrator }: Record<KeyRole, Signer>, open: () => Ledger): Services {
    const ledger = open()
    const signers = { log: new ReplaceableSigner(log), orchestrator: new ReplaceableSigner(orchestrator) }
    this.#signers = signers
    this.#services = composeServices({
      folder: this.folder,
      installation: this.installation,
      software: this.software,
      organisation,
      db: this.#db,
      crew: this.#crew,
      blobs: this.#blobs,
      ledger,
      orchestrator: signers.orchestrator,
      clock: this.#options.clock,
      emit: this.emit,
      emitTo: this.emitTo,
      onFault: this.onFault,
      scrypt: this.#options.scrypt ?? { ...DEFAULT_COST, cost },
    })
    return this.#services
  }

  /** Every commit passes the high-water mark, so this is where clients learn that the ledger grew: at most once in a turn of the loop. */
  #announcing(highWater: HighWater): HighWater {
    let announced = false
    return {
      read: () => highWater.read(),
      raise: (note) => highWater.raise(note),
      failure: () => highWater.failure(),
      close: () => highWater.close(),
      record: (note) => {
        highWater.record(note)
        if (announced) return
        announced = true
        setImmediate(() => {
          announced = false
          if (this.#services) this.emit({ type: 'ledger.grew', size: this.#services.ledger.size })
        })
      },
    }
  }
}

/** A log's name must be its own for ever: the organisation's name, readable, and eight random digits. */
function defaultOrigin(organisation: string): string {
  const slug = organisation
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return `strongroom.local/${slug === '' ? 'workplace' : slug}/${randomBytes(4).toString('hex')}`
}

/** A database that was copied without its write-ahead log is empty, and looks like that of a workplace which nobody has set up yet. */
function describeLostLedger({ root, highWater }: DataFolder): string {
  return `A ledger was kept in ${root}, as ${highWater} shows, and strongroom.db does not hold it. Restore the whole folder, strongroom.db-wal with it.`
}

function appendPolicy(tx: LedgerTransaction, { orchestrator }: Pick<Services, 'orchestrator'>): void {
  tx.append(orchestrator, { action: 'policy.changed', subject: [], detail: { ...DEFAULT_POLICY } })
}
