/**
 * Commits to the ledger in a folder, one entry or a few at a time, until it is killed: `writer.js FOLDER [PAGES]`, with the number of pages after which SQLite
 * moves its log into the database. After each commit it says on standard output
 * how many entries there are and the hash of the last: what it has said must never be lost. It begins when it is given a byte, since it is started while
 * the one before it is still at work.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase, type Database } from '../../storage/index.ts'
import { openHighWater } from '../high-water.ts'
import { orchestratorName } from '../keyring.ts'
import { signerFromKey, verifierKeyText } from '../keys.ts'
import { LedgerError } from '../ledger-error.ts'
import { Ledger, type LedgerOptions } from '../ledger.ts'

const ORIGIN = 'kills.example/ledger'
const MOST_IN_ONE = 7

const folder = process.argv[2] ?? '.'
// Nobody is there any more.
if (readSync(0, Buffer.alloc(1)) === 0) process.exit()
const readKey = (name: string) => createPrivateKey(readFileSync(join(folder, `${name}.pem`)))
const [logKey, orchestratorKey] = [readKey('log'), readKey('orchestrator')]
const orchestrator = signerFromKey(orchestratorName(ORIGIN), orchestratorKey)
const db = openDatabase(join(folder, 'ledger.db'))
if (process.argv[3] !== undefined) db.pragma(`wal_autocheckpoint = ${Number(process.argv[3])}`)
const ledger = openLedger(db, {
  origin: ORIGIN,
  logSigner: signerFromKey(ORIGIN, logKey),
  clock: () => new Date(),
  guard: () => undefined,
  highWater: openHighWater(join(folder, 'high-water'), 5),
})

for (let round = 0; ; round++) {
  const appended = ledger.commit((tx) => {
    let last = tx.append(orchestrator, fact(round))
    for (let more = Math.floor(Math.random() * MOST_IN_ONE); more > 0; more--) last = tx.append(orchestrator, fact(round))
    return last
  })
  // Not by way of a stream: what is not written when the process is killed was not said.
  writeSync(1, `${ledger.size} ${appended.leafHash.toString('hex')}\n`)
}

function fact(round: number) {
  return { action: 'dataset.snapshot', subject: [{ name: 'data.csv', digest: { sha256: 'a'.repeat(64) } }], detail: { round } }
}

/** Killed before its first commit, a ledger is not there yet. */
function openLedger(at: Database, options: LedgerOptions): Ledger {
  try {
    return Ledger.open(at, options)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError) || thrown.code !== 'not-created') throw thrown
  }
  const created = Ledger.create(at, options)
  const detail = { logKey: verifierKeyText(ORIGIN, createPublicKey(logKey)), orchestratorKey: verifierKeyText(orchestrator.name, createPublicKey(orchestratorKey)) }
  created.commit((tx) => tx.append(orchestrator, { action: 'ledger.created', subject: [], detail }))
  return created
}
