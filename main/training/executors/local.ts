import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { messageConnection } from '../../wire/index.ts'
import { AttemptResult, AttemptState, attemptFolder, readJson, takeClaim } from '../runner/attempt-folder.ts'
import { CancelRequest, Ended, InputRequest, OutputHint, ResizeRequest } from '../runner/control.ts'
import { platform } from '../runner/platform/index.ts'
import { inheritedEnvironment } from '../stage-environment.ts'
import type { Attached, AttachEvents, Executor, Inspection } from './executor.ts'

/** How long a runner may take from its start to its first sign of life. */
const START_TIMEOUT = 30_000
const START_POLL = 20

/** Runs attempts as processes of this machine that outlive their starter. */
export class LocalExecutor implements Executor {
  readonly #nodePath: string
  readonly #runnerPath: string

  constructor(options: { nodePath: string; runnerPath: string }) {
    this.#nodePath = options.nodePath
    this.#runnerPath = options.runnerPath
  }

  /** Starts a runner on a folder with `spec.json` and waits until it is there. Throws an Error that says why it is not. */
  async start(folder: string): Promise<void> {
    const log = openSync(join(folder, 'runner.log'), 'a', 0o600)
    const failures: string[] = []
    try {
      const runner = spawn(this.#nodePath, [this.#runnerPath, folder], {
        cwd: folder, detached: true, stdio: ['ignore', log, log], env: inheritedEnvironment(process.env), windowsHide: true,
      })
      runner.on('error', (error) => failures.push(error.message))
      runner.on('exit', (code, signal) => failures.push(`it ended at once (${signal ?? `exit code ${code}`}); see runner.log in ${folder}`))
      runner.unref()
    } finally {
      closeSync(log)
    }
    const files = attemptFolder(folder)
    for (const end = Date.now() + START_TIMEOUT; Date.now() < end; ) {
      if (existsSync(files.state) || existsSync(files.result)) return
      if (failures.length > 0) throw new Error(`The runner could not be started: ${failures.join('; ')}.`)
      await new Promise((resolve) => setTimeout(resolve, START_POLL))
    }
    throw new Error(`The runner gave no sign of life within ${START_TIMEOUT / 1000} s.`)
  }

  /** What became of an attempt, whoever started it. An attempt that never began is claimed here, so that it never will. */
  inspect(folder: string): Inspection {
    try {
      return this.#inspect(folder)
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
      return { state: 'lost', reason: `What its process wrote in ${folder} is damaged.` }
    }
  }

  #inspect(folder: string): Inspection {
    const files = attemptFolder(folder)
    const result = readJson(files.result, AttemptResult)
    if (result) return { state: 'ended', result }
    const state = readJson(files.state, AttemptState)
    if (state) {
      if (platform.startTime(state.runnerPid) === state.runnerStartTime) return { state: 'running' }
      // It may have ended between the two looks.
      const late = readJson(files.result, AttemptResult)
      if (late) return { state: 'ended', result: late }
      return { state: 'lost', reason: `Its process ${state.runnerPid} is gone and left no result.` }
    }
    if (!existsSync(folder)) return { state: 'lost', reason: 'Its folder is gone.' }
    if (takeClaim(files)) return { state: 'lost', reason: 'It was never started.' }
    const starting = Date.now() - statSync(files.claim).mtimeMs < START_TIMEOUT
    return starting ? { state: 'running' } : { state: 'lost', reason: 'Its process ended before it began.' }
  }

  /** Ends what a lost runner has left running: nobody records it any more, and it must not go on writing into the project. */
  endOrphans(folder: string): void {
    const child = readState(folder)?.child
    if (child && platform.startTime(child.pid) === child.startTime) platform.signalGroup(child.pid, 'SIGKILL')
  }

  /** Connects to a running attempt. Throws where nobody listens. */
  async attach(folder: string, events: AttachEvents): Promise<Attached> {
    const state = readJson(attemptFolder(folder).state, AttemptState)
    if (!state) throw new Error(`There is no runner in ${folder} yet.`)
    const socket = createConnection(state.socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    const connection = messageConnection(socket)
    let attached = true
    const detach = (): void => {
      if (!attached) return
      attached = false
      connection.dispose()
      socket.destroy()
    }
    const closed = (): void => {
      if (!attached) return
      detach()
      events.onClosed()
    }
    connection.onNotification(OutputHint, ({ size }) => events.onOutput(size))
    connection.onNotification(Ended, closed)
    connection.onError(closed)
    connection.onClose(closed)
    socket.on('error', closed)
    socket.on('close', closed)
    connection.listen()
    return {
      cancel: async (graceMs) => void (await connection.sendRequest(CancelRequest, { graceMs })),
      resize: async (columns, rows) => void (await connection.sendRequest(ResizeRequest, { columns, rows })),
      input: async (text) => (await connection.sendRequest(InputRequest, { text })).taken,
      detach,
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Asks an attempt to end where no line to it can be had: SIGTERM to its runner, which does the same as `cancel`. */
  signalCancel(folder: string): void {
    const state = readState(folder)
    if (state && platform.startTime(state.runnerPid) === state.runnerStartTime) process.kill(state.runnerPid, 'SIGTERM')
  }
}

/** Null where it is not there, or damaged. */
function readState(folder: string): AttemptState | null {
  try {
    return readJson(attemptFolder(folder).state, AttemptState)
  } catch {
    return null
  }
}
