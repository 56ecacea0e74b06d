import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger, openHighWater, orchestratorName, signerFromKey, verifierKeyText, type Fact, type Signer } from '../main/ledger/index.ts'
import { openDatabase, transact } from '../main/storage/index.ts'

const ORIGIN = 'bench.example/ledger'
const ROUNDS = 15
const SINGLES = 200
const BATCH = 1_000

/** An append of ours or of the bare loop: `count` signed rows in one transaction. */
type Append = (count: number) => void

/**
 * Durable signed appends a second: ours against the bare loop 'sign Ed25519 + insert one row, synchronous=FULL', on files side by side.
 * The two take turns in short rounds and the ratio is the median of the rounds' ratios, so that a noisy machine disturbs both alike.
 * The bare loop signs and stores as many bytes as ours does.
 */
export async function run(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ledger-'))
  try {
    const ours = openOurs(folder)
    const bare = openBare(folder, ours.leafBytes)
    report(print, 'append-single', measure(ours.append, bare.append, SINGLES, 1))
    report(print, 'append-batched', measure(ours.append, bare.append, 1, BATCH))
    ours.close()
    bare.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function openOurs(folder: string): { append: Append; close: () => void; leafBytes: number } {
  const db = openDatabase(join(folder, 'ours.db'))
  const log = generateKeyPairSync('ed25519')
  const orchestrator = generateKeyPairSync('ed25519')
  const signer = signerFromKey(orchestratorName(ORIGIN), orchestrator.privateKey)
  const highWater = openHighWater(join(folder, 'high-water'))
  const ledger = Ledger.create(db, {
    origin: ORIGIN,
    logSigner: signerFromKey(ORIGIN, log.privateKey),
    clock: () => new Date(),
    checkDetail: () => undefined,
    highWater,
  })
  const logKey = verifierKeyText(ORIGIN, log.publicKey)
  const orchestratorKey = verifierKeyText(signer.name, orchestrator.publicKey)
  ledger.commit((tx) => tx.append(signer, { action: 'ledger.created', subject: [], detail: { logKey, orchestratorKey } }))
  const append: Append = (count) => {
    ledger.commit((tx) => {
      for (let i = 0; i < count; i++) tx.append(signer, fact(ledger.size + i))
    })
  }
  append(1)
  const close = (): void => {
    highWater.close()
    db.close()
  }
  return { append, close, leafBytes: ledger.entry(1).envelope.length }
}

function openBare(folder: string, leafBytes: number): { append: Append; close: () => void } {
  const db = openDatabase(join(folder, 'bare.db'))
  db.exec('CREATE TABLE bare (seq INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT')
  const insert = db.prepare<[Buffer]>('INSERT INTO bare (data) VALUES (?)')
  const signer: Signer = signerFromKey('bare', generateKeyPairSync('ed25519').privateKey)
  const message = Buffer.alloc(leafBytes - 64, 'x')
  const append: Append = (count) => {
    transact(db, () => {
      for (let i = 0; i < count; i++) insert.run(Buffer.concat([message, signer.sign(message)]))
    })
  }
  return { append, close: () => db.close() }
}

/** A fact of the usual size. */
function fact(i: number): Fact {
  return {
    action: 'dataset.snapshot',
    subject: [{ name: `data/part-${i}.csv`, digest: { sha256: i.toString(16).padStart(64, '0') } }],
    detail: { bytes: 1_000 + i, files: 1, project: 'credit-risk' },
  }
}

function measure(ours: Append, bare: Append, commits: number, count: number): { rate: number; ratio: number } {
  const rates: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const oursFirst = round % 2 === 0
    const first = time(oursFirst ? ours : bare, commits, count)
    const second = time(oursFirst ? bare : ours, commits, count)
    const [mine, theirs] = oursFirst ? [first, second] : [second, first]
    rates.push((commits * count) / mine)
    ratios.push(theirs / mine)
  }
  return { rate: median(rates), ratio: median(ratios) }
}

/** Seconds that the commits take. */
function time(append: Append, commits: number, count: number): number {
  const start = performance.now()
  for (let i = 0; i < commits; i++) append(count)
  return (performance.now() - start) / 1_000
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

function report(print: (line: string) => void, name: string, { rate, ratio }: { rate: number; ratio: number }): void {
  print(`${name}: ${Math.round(rate)} appends/s (ratio ${ratio.toFixed(2)})`)
}
