import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger, openHighWater, orchestratorName, signerFromKey, verifierKeyText, type Fact, type Signer } from '../main/ledger/index.ts'
import { openDatabase, transact } from '../main/storage/index.ts'
import { measureProof } from './ledger/proof.ts'
import { measureSearch } from './ledger/search.ts'
import { measureVerification } from './ledger/verification.ts'
import { measureWindow } from './window/browsing.ts'
import { makeLargeFolder } from './window/large-folder.ts'

const ORIGIN = 'bench.example/ledger'
/** Odd, so that there is a middle one. */
const ROUNDS = 41
/** Rounds before those, in which the code is still being compiled. */
const WARM_UP = 4
const SINGLES = 100
const BATCH = 1_000

/** An append of ours or of the bare loop: `count` signed rows in one transaction. */
type Append = (count: number) => void

/**
 * `append-single`, `append-batched`: durable signed appends a second, ours against the bare loop 'sign Ed25519 + insert one row,
 * synchronous=FULL', on files side by side.
 * The two take turns in short rounds and the ratio is the median of the rounds' ratios, so that a noisy machine disturbs both alike.
 * The bare loop signs and stores as many bytes as ours does at the time, and not as its first entry did: entries grow with the digits of
 * their position, and a few bytes decide whether four rows or five fit on a page.
 *
 * `proof`, `verify`: of a large ledger, `search`: of one such as runs make (bench/ledger/). `open`, `browse`: of the window on a data folder with one (bench/window/). Arguments:
 * which lines (all unless named), and how many entries that ledger has (1,000,000 unless given).
 */
export async function run(print: (line: string) => void, args: readonly string[]): Promise<void> {
  const size = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 1_000_000)
  const names = args.filter((arg) => !/^\d+$/.test(arg))
  const isWanted = (name: string): boolean => names.length === 0 || names.includes(name)
  const folder = mkdtempSync(join(tmpdir(), 'bench-ledger-'))
  try {
    if (isWanted('append-single') || isWanted('append-batched')) measureAppends(print, folder, isWanted)
    if (isWanted('proof') || isWanted('verify')) await measureLargeLedger(print, folder, size, isWanted)
    if (isWanted('search')) await searchLargeFolder(print, join(folder, 'searched'), size)
    if (isWanted('open') || isWanted('browse')) await measureWindow(print, folder, size, isWanted)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function measureAppends(print: (line: string) => void, folder: string, isWanted: (name: string) => boolean): void {
  const ours = openOurs(folder)
  const bare = openBare(folder)
  const measure = (commits: number, count: number): Figure => compare(ours.append, () => bare.appender(ours.leafBytes()), commits, count)
  if (isWanted('append-single')) report(print, 'append-single', measure(SINGLES, 1))
  if (isWanted('append-batched')) report(print, 'append-batched', measure(1, BATCH))
  ours.close()
  bare.close()
}

async function measureLargeLedger(print: (line: string) => void, folder: string, size: number, isWanted: (name: string) => boolean): Promise<void> {
  const large = join(folder, 'large')
  mkdirSync(large)
  const ours = openOurs(large)
  const began = performance.now()
  for (let at = ours.ledger.size; at < size; at = ours.ledger.size) ours.append(Math.min(BATCH, size - at))
  print(`built: ${size} entries in commits of ${BATCH}, ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  if (isWanted('proof')) measureProof(print, ours.ledger)
  if (isWanted('verify')) await measureVerification(print, ours.path, ours.ledger.checkpoint())
  ours.close()
}

async function searchLargeFolder(print: (line: string) => void, root: string, size: number): Promise<void> {
  makeLargeFolder(root, size)
  await measureSearch(print, root)
}

function openOurs(folder: string): { path: string; ledger: Ledger; append: Append; close: () => void; leafBytes: () => number } {
  const path = join(folder, 'ours.db')
  const db = openDatabase(path)
  const log = generateKeyPairSync('ed25519')
  const orchestrator = generateKeyPairSync('ed25519')
  const signer = signerFromKey(orchestratorName(ORIGIN), orchestrator.privateKey)
  const highWater = openHighWater(join(folder, 'high-water'))
  const ledger = Ledger.create(db, {
    origin: ORIGIN,
    logSigner: signerFromKey(ORIGIN, log.privateKey),
    clock: () => new Date(),
    guard: () => undefined,
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
  return { path, ledger, append, close, leafBytes: () => ledger.entry(ledger.size - 1).envelope.length }
}

function openBare(folder: string): { appender: (leafBytes: number) => Append; close: () => void } {
  const db = openDatabase(join(folder, 'bare.db'))
  db.exec('CREATE TABLE bare (seq INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT')
  const insert = db.prepare<[Buffer]>('INSERT INTO bare (data) VALUES (?)')
  const signer: Signer = signerFromKey('bare', generateKeyPairSync('ed25519').privateKey)
  const appender = (leafBytes: number): Append => {
    const message = Buffer.alloc(leafBytes - 64, 'x')
    return (count) => {
      transact(db, () => {
        for (let i = 0; i < count; i++) insert.run(Buffer.concat([message, signer.sign(message)]))
      })
    }
  }
  return { appender, close: () => db.close() }
}

/** A fact of the usual size. */
function fact(i: number): Fact {
  return {
    action: 'dataset.snapshot',
    subject: [{ name: `data/part-${i}.csv`, digest: { sha256: i.toString(16).padStart(64, '0') } }],
    detail: { bytes: 1_000 + i, files: 1, project: 'credit-risk' },
  }
}

/** Median rate of ours, in appends a second, and median ratio to the bare loop, which is made anew for each round. */
interface Figure {
  readonly rate: number
  readonly ratio: number
}

function compare(ours: Append, bareNow: () => Append, commits: number, count: number): Figure {
  const rates: number[] = []
  const ratios: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const bare = bareNow()
    const oursFirst = round % 2 === 0
    const first = time(oursFirst ? ours : bare, commits, count)
    const second = time(oursFirst ? bare : ours, commits, count)
    if (round < 0) continue
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

function report(print: (line: string) => void, name: string, { rate, ratio }: Figure): void {
  print(`${name}: ${Math.round(rate)} appends/s (ratio ${ratio.toFixed(2)})`)
}
