import { execFileSync } from 'node:child_process'
import { createPrivateKey, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from '../../main/client/index.ts'
import { Ledger, openHighWater, orchestratorName, signerFromKey, type Fact, type Signer } from '../../main/ledger/index.ts'
import { openDatabase, type Database } from '../../main/storage/index.ts'

const strongroom = join(import.meta.dirname, '..', '..', 'build', 'main', 'strongroom.js')
/** Entries of one commit: quick to make, and each still stands under a checkpoint. */
const COMMIT = 1_000
/** A year of work, in ms. */
const SPAN = 365 * 86_400_000

export const ADMIN = { handle: 'admin', passphrase: 'passphrase of the benchmark' } as const

/** A data folder that somebody set up, with a ledger of `size` entries such as runs make, spread over a year; its orchestrator is stopped. */
export function makeLargeFolder(root: string, size: number): void {
  const env = { ...process.env, STRONGROOM_PASSPHRASE: ADMIN.passphrase }
  const strongroomOf = (...args: string[]) => execFileSync(process.execPath, [strongroom, '--data', root, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  strongroomOf('setup', '--organisation', 'Bench', '--admin', ADMIN.handle)
  strongroomOf('--as', ADMIN.handle, 'stop')
  grow(root, size)
}

function grow(root: string, size: number): void {
  const from = Date.now() - SPAN
  const state = { made: 0 }
  const { ledger, orchestrator, close } = openLarge(root, () => new Date(from + (SPAN * state.made) / size))
  while (ledger.size < size) {
    state.made = ledger.size
    ledger.commit((tx) => {
      for (let seq = state.made; seq < Math.min(state.made + COMMIT, size); seq++) tx.append(orchestrator, factOf(seq))
    })
  }
  // The window's filters find their entries indexed, as they do after any start.
  ledger.count({ action: 'run.finished' })
  close()
}

/** The ledger of a data folder whose orchestrator is stopped. */
export function openLarge(root: string, clock = () => new Date()): { db: Database; ledger: Ledger; orchestrator: Signer; close: () => void } {
  const folder = dataFolder(root)
  const db = openDatabase(folder.database)
  const origin = db.prepare<[], string>('SELECT origin FROM workplace').pluck().get() ?? ''
  const key = (name: string) => createPrivateKey(readFileSync(join(folder.keys, `${name}.pem`)))
  const orchestrator = signerFromKey(orchestratorName(origin), key('orchestrator'))
  const highWater = openHighWater(folder.highWater)
  const ledger = Ledger.open(db, { origin, logSigner: signerFromKey(origin, key('log')), clock, guard: () => undefined, highWater })
  const close = (): void => {
    highWater.close()
    db.close()
  }
  return { db, ledger, orchestrator, close }
}

/** What a run of eight entries records, over and over. */
function factOf(seq: number): Fact {
  const run = Math.floor(seq / 8) + 1
  const digest = (what: number) => hash('sha256', String(seq * 31 + what))
  const stageAttempt = { run, stage: seq % 8 < 4 ? 'prepare' : 'train', attempt: 1 }
  switch (seq % 8) {
    case 0:
      return { action: 'run.adopted', subject: [], detail: { run, attempts: [{ stage: 'prepare', attempt: 1 }] } }
    case 7:
      return { action: 'run.finished', subject: [], detail: { run, state: run % 9 === 0 ? 'failed' : 'succeeded' } }
    case 1:
    case 4: {
      const dependencies = [{ path: 'data/applicants.csv', sha256: digest(1), bytes: 81_920 }]
      return { action: 'stage.started', subject: [{ name: 'data/applicants.csv', digest: { sha256: digest(1) } }], detail: { ...stageAttempt, command: digest(2), dependencies } }
    }
    case 2:
    case 5:
      return { action: 'stage.metrics.sealed', subject: [], detail: { ...stageAttempt, records: 1_200, root: digest(3) } }
    default: {
      const outs = [{ path: 'model.onnx', sha256: digest(4), bytes: 204_800, kind: 'out' }]
      const recorded = { environment: digest(5), recording: digest(6), durationMs: 61_250 }
      return { action: 'stage.succeeded', subject: [{ name: 'model.onnx', digest: { sha256: digest(4) } }], detail: { ...stageAttempt, outs, metrics: { auc: '0.8125' }, evidence: [], ...recorded } }
    }
  }
}
