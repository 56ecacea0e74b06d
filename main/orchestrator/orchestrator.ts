import { rmSync, writeFileSync } from 'node:fs'
import { RequestError } from '../../shared/contract/index.ts'
import type { ScryptCost } from '../identity/index.ts'
import { acquireLock, StorageError, storageErrorFrom } from '../storage/index.ts'
import { answerAll } from './answers.ts'
import { type Installation, createDataFolder, dataFolder, readHolder, refuseForeignFolder } from '../client/index.ts'
import { openLog } from './log.ts'
import { Machine } from './machine.ts'
import { Router } from './router.ts'
import { OrchestratorServer } from './server.ts'
import { finderOf } from './targets.ts'
import { Workplace } from './workplace.ts'

export interface OrchestratorOptions {
  readonly dataFolder: string
  readonly installation: Installation
  readonly software: string
  readonly clock?: () => number
  readonly scrypt?: ScryptCost
  /** Starts although more was signed than the ledger has, for an administrator to let it go on. */
  readonly evenShort?: boolean
}

export interface Orchestrator {
  readonly socket: string
  /** Resolves once it has stopped, whoever asked. */
  readonly stopped: Promise<void>
  stop(reason: string): Promise<void>
  /** Stops where nobody is there to let its ledger go on, and it takes nothing else: an ordinary start then says so. */
  readonly leave: () => void
}

/**
 * Starts the orchestrator of a data folder: lock, database, ledger, services, socket, in this order; then adopts the stages that ran on
 * without it. Throws `conflict` when another orchestrator holds the folder, StorageError or LedgerError when its content cannot be trusted.
 */
export async function startOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  const { installation, software, clock = Date.now, scrypt, evenShort = false } = options
  const folder = dataFolder(options.dataFolder)
  try {
    refuseForeignFolder(folder)
    createDataFolder(folder)
  } catch (error) {
    throw storageErrorFrom(error, folder.root)
  }
  const lock = acquireLock(folder.lock)
  if (!lock) {
    const holder = readHolder(folder)
    const who = holder ? ` (process ${holder.pid}, since ${holder.startedAt})` : ''
    throw new RequestError('conflict', `Another orchestrator uses ${folder.root}${who}. Stop it with 'strongroom stop', or use another data folder. Where it does not answer, it may still be opening a large ledger after an upgrade: wait, its log says when it listens.`)
  }
  const log = openLog(folder.logs)
  let workplace: Workplace | null = null
  try {
    writeHolder(folder.holder, software)
    log.info('opening the data folder', { pid: process.pid, software })
    const opened: Workplace = await Workplace.open({
      folder,
      installation,
      software,
      clock,
      evenShort,
      emit: (event) => server.broadcast(event),
      emitTo: (clientKey, event) => server.tellClient(clientKey, event),
      onFault: (error) => log.error('a fault outside any request', error),
      ...(scrypt ? { scrypt } : {}),
    })
    workplace = opened
    let finished: () => void = () => undefined
    const stopped = new Promise<void>((resolve) => (finished = resolve))
    let stopping: Promise<void> | null = null
    const stop = (reason: string): Promise<void> => {
      stopping ??= (async () => {
        log.info('stopping', { reason })
        server.refuse()
        // Whoever asks for an end gets it. That a full disk kept the entry out shows in the ledger: as a start without an end before it.
        const notDone = (error: unknown) => log.error('stopping was not recorded', error)
        try {
          recordStop(opened, reason)
        } catch (error) {
          notDone(error)
        }
        await opened.close().catch(notDone)
        rmSync(folder.holder, { force: true })
        lock.release()
        server.endConnections()
        finished()
      })()
      return stopping
    }
    const answers = answerAll(opened, new Machine(folder.root), (reason) => void stop(reason))
    const leave = (): void => {
      if (opened.isShort && server.isAlone) void stop('nobody let the ledger go on')
    }
    const server: OrchestratorServer = new OrchestratorServer({
      router: new Router(() => answers, () => finderOf(opened.ready()), log),
      finder: () => finderOf(opened.ready()),
      sessions: () => opened.services?.sessions ?? null,
      onAlone: leave,
    })
    opened.recordStart()
    await server.listen(folder.socket)
    log.info('listening', { pid: process.pid, socket: folder.socket })
    return { socket: folder.socket, stopped, stop, leave }
  } catch (error) {
    log.error('not started', error)
    await workplace?.close().catch(() => undefined)
    rmSync(folder.holder, { force: true })
    lock.release()
    throw error
  }
}

/** For messages only: that it does not fit on a full disk is no reason not to start. */
function writeHolder(path: string, software: string): void {
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString(), software }), { mode: 0o600 })
  } catch (error) {
    if (!(storageErrorFrom(error, path) instanceof StorageError)) throw error
  }
}

function recordStop({ services }: Workplace, reason: string): void {
  services?.ledger.commit((tx) => tx.append(services.orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason } }))
}
