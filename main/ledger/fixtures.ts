import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, type Database } from '../storage/index.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { openHighWater, type HighWater } from './high-water.ts'
import { orchestratorName, personName } from './keyring.ts'
import { signerFromKey, verifierKeyText, type Signer } from './keys.ts'
import type { Fact } from './appender.ts'
import { Ledger, type LedgerOptions } from './ledger.ts'

/** What the tests of this folder start from: a real ledger in a real file. */
export interface LedgerFixture {
  folder: string
  databasePath: string
  db: Database
  highWater: HighWater
  options: LedgerOptions
  ledger: Ledger
  logKeys: { privateKey: KeyObject; publicKey: KeyObject }
  orchestrator: Signer
}

export const origin = 'hospital.example/strongroom'

/** A ledger with its first entry only. */
export function createLedger(): LedgerFixture {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
  const databasePath = join(folder, 'strongroom.db')
  const db = openDatabase(databasePath)
  const logKeys = generateKeyPairSync('ed25519')
  const orchestratorKeys = generateKeyPairSync('ed25519')
  const orchestrator = signerFromKey(orchestratorName(origin), orchestratorKeys.privateKey)
  const highWater = openHighWater(join(folder, 'high-water'), 0)
  let ticks = 0
  const options: LedgerOptions = {
    origin,
    logSigner: signerFromKey(origin, logKeys.privateKey),
    clock: () => new Date(Date.UTC(2026, 10, 23, 9, 0, 0, ticks++)),
    guard: ({ action }) => {
      if (action === 'no.such.action') throw new TypeError(`unknown action ${action}`)
    },
    highWater,
  }
  const ledger = Ledger.create(db, options)
  const detail = {
    logKey: verifierKeyText(origin, logKeys.publicKey),
    orchestratorKey: verifierKeyText(orchestrator.name, orchestratorKeys.publicKey),
  }
  ledger.commit((tx) => tx.append(orchestrator, { action: 'ledger.created', subject: [], detail }))
  return { folder, databasePath, db, highWater, options, ledger, logKeys, orchestrator }
}

/** A ledger of `size` entries, one commit each. */
export function createLedgerOf(size: number): LedgerFixture {
  const fixture = createLedger()
  for (let i = 1; i < size; i++) fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, snapshotFact(i)))
  return fixture
}

export function snapshotFact(i: number): Fact {
  return {
    action: 'dataset.snapshot',
    subject: [{ name: `data/part-${i}.csv`, digest: { sha256: hash('sha256', String(i)) } }],
    detail: { bytes: i, note: `part ${i} — ünïcode` },
  }
}

/** An administrator's fresh key, or that of somebody with other roles: the signer, the fact that enrols them and those that put it in the place of another, which it signs too. */
export function createPerson(person: string, roles = ['administrator']): { signer: Signer; enrolled: Fact; rotated: Fact; recovered: Fact } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = signerFromKey(personName(origin, person), privateKey)
  const key = verifierKeyText(signer.name, publicKey)
  return {
    signer,
    enrolled: { action: 'person.enrolled', subject: [], detail: { person, roles, key } },
    rotated: { action: 'person.key.rotated', subject: [], detail: { person, key } },
    recovered: { action: 'person.key.recovered', subject: [], detail: { person, key, reason: 'lost' } },
  }
}

/** A fresh key of that name, with the fact by which it takes the place of the present one: the log's or the orchestrator's. */
export function createKey(name: string): { signer: Signer; rotated: Fact } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const action = name === origin ? 'ledger.key.rotated' : 'orchestrator.key.rotated'
  return { signer: signerFromKey(name, privateKey), rotated: { action, subject: [], detail: { key: verifierKeyText(name, publicKey) } } }
}

/** A ledger that lost its last entries. */
export interface ShortLedger {
  readonly db: Database
  readonly databasePath: string
  /** Of a copy that has `left` entries and knows of no more: its mark is the checkpoint of all that were signed. */
  readonly options: LedgerOptions
  readonly orchestrator: Signer
  readonly logSigner: Signer
  /** An administrator. */
  readonly ada: Signer
  /** Somebody who is none. */
  readonly eve: Signer
  /** The ledger that has all entries. */
  readonly whole: Ledger
  /** The checkpoints of what is left, and of all that was signed. */
  readonly before: string
  readonly anchor: string
}

/** A ledger with `signed` entries, and a copy of its file from when it had `left`: at least 4. */
export function createShortLedger(left = 6, signed = 9): ShortLedger {
  const { ledger, db, options, orchestrator, folder } = createLedger()
  const [ada, eve] = [createPerson('ada'), createPerson('eve', ['engineer'])]
  ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
  ledger.commit((tx) => tx.append(ada.signer, eve.enrolled))
  while (ledger.size < left) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(ledger.size)))
  const before = ledger.checkpoint()
  const databasePath = join(folder, 'copy.db')
  db.prepare('VACUUM INTO ?').run(databasePath)
  while (ledger.size < signed) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(ledger.size)))
  const anchor = ledger.checkpoint()
  let mark = anchor
  const highWater: HighWater = { read: () => mark, record: (newest) => (mark = newest()), raise: (note) => (mark = note), failure: () => undefined, close: () => undefined }
  return { db: openDatabase(databasePath), databasePath, options: { ...options, highWater }, orchestrator, logSigner: options.logSigner, ada: ada.signer, eve: eve.signer, whole: ledger, before, anchor }
}

/** The fact by which a ledger goes on under another origin, with the log key that it brings; `detail` says otherwise. */
export function createContinuation({ before, anchor }: Pick<ShortLedger, 'before' | 'anchor'>, detail: Fact['detail'] = {}, name = `${origin}/continued/1a2b3c4d`): { signer: Signer; continued: Fact } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const left = parseCheckpoint(before)
  const said = { key: verifierKeyText(name, publicKey), predecessor: left.origin, size: left.size, anchor, reason: 'the disk broke' }
  return { signer: signerFromKey(name, privateKey), continued: { action: 'ledger.continued', subject: [], detail: { ...said, ...detail } } }
}

/** The short ledger, once ada has let it go on. */
export function continueShort(short: ShortLedger): { ledger: Ledger; logSigner: Signer; options: LedgerOptions } {
  const { signer, continued } = createContinuation(short)
  const options = { ...short.options, logSigner: signer }
  const ledger = Ledger.openShort(short.db, options)
  ledger.commit((tx) => tx.append(short.ada, continued, [signer]))
  return { ledger, logSigner: signer, options }
}

/** Takes away the triggers of the ledger, as an attacker with the file would. */
export function dropGuards(db: Database): void {
  const names = db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all()
  for (const name of names) db.exec(`DROP TRIGGER ${name}`)
}
