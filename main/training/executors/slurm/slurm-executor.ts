import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'
import { z } from 'zod'
import { AttemptResult, AttemptSpec, attemptFolder, readJson, takeClaim } from '../../runner/attempt-folder.ts'
import type { Attached, AttachEvents, Executor, Inspection } from '../executor.ts'
import { localCommands, type RunCommand } from './commands.ts'
import { lastLogLine, lookAnew, readJobRecord, writeJobRecord, type JobRecord } from './job-record.ts'
import { jobOf, noteOf, parseSacct, parseSqueue, phaseOf, SACCT, SQUEUE, verdictOf, type JobView, type Verdict } from './job-states.ts'
import { arrayKey, batchScript, jobName, sbatchArguments, siteOptions, unsupported, warningSeconds, type SlurmConfig, type Submitted } from './submission.ts'

/** Between two questions to Slurm while there are jobs, milliseconds. */
const POLL = 3000
/** How long the start of one stage waits for others of its `foreach` or `matrix`, milliseconds, and for how many at most. */
const COLLECT = 200
const LARGEST_ARRAY = 500
/** How long a result may take to be seen here after its job has ended, milliseconds: network file systems keep what they have read for a while. */
const RESULT_WAIT = 10_000
/** Beyond the grace, before Slurm ends a job itself which was asked to end and did not, milliseconds. */
const KILL_AFTER = 30_000
const FOLLOW = 250

export interface SlurmOptions {
  readonly name: string
  readonly config: SlurmConfig
  /** The same on the nodes. */
  readonly nodePath: string
  readonly runnerPath: string
  readonly onFault: (error: unknown) => void
  readonly run?: RunCommand
  readonly pollMs?: number
  readonly resultWaitMs?: number
}

/** A job that somebody looks at. */
interface Job {
  readonly folder: string
  record: JobRecord
  note: string | undefined
  /** It is on its way to Slurm, by this process. */
  sending: boolean
  /** When what `record` says of its number became so: an answer of Slurm from before does not count. */
  readonly since: { sent: number }
  /** When it was first seen to have ended. */
  endedSince: number | null
  asked: boolean
}

interface Collected {
  readonly tasks: Submitted[]
  readonly done: Promise<void>
}

/**
 * Runs attempts as jobs of a Slurm cluster whose nodes see the attempt's folder under the path that it has here. What a job is for is told by its name, which
 * stands in the folder before the job is sent: nothing here has to outlive this process, and no attempt is run twice. One `squeue` answers for all jobs.
 */
export class SlurmExecutor implements Executor {
  readonly #options: SlurmOptions
  readonly #run: RunCommand
  readonly #jobs = new Map<string, Job>()
  readonly #collecting = new Map<string, Collected>()
  #timer: NodeJS.Timeout | null = null
  #polling: Promise<void> | null = null
  #pollAgain = false
  #hasAccounting = true
  #closed = false

  constructor(options: SlurmOptions) {
    this.#options = options
    this.#run = options.run ?? localCommands
  }

  /** Sends the attempt of a folder to Slurm. Resolves when Slurm has it, has refused it (`inspect` says why), or does not answer, in which case it is sent later. */
  async start(folder: string): Promise<void> {
    const spec = readJson(attemptFolder(folder).spec, AttemptSpec)
    if (!spec) throw new Error(`There is no spec.json in ${folder}.`)
    const problem = this.#unable(folder) ?? unsupported(spec.resources)
    if (problem !== null) {
      const record = newRecord(jobName(spec, 'unsent'), null)
      writeJobRecord(folder, { ...record, end: { as: 'failed', reason: problem, at: new Date().toISOString() } })
      throw new Error(problem)
    }
    const key = arrayKey(spec)
    if (key === null) return this.#sendNew([{ folder, spec, index: null }])
    const waiting = this.#collecting.get(key) ?? this.#collect(key)
    waiting.tasks.push({ folder, spec, index: null })
    if (waiting.tasks.length >= LARGEST_ARRAY) this.#collecting.delete(key)
    return waiting.done
  }

  /** Asks the cluster whether it would take a job of this executor, and looks at the folder; begins nothing. */
  async check(): Promise<{ ok: boolean; what: string; found: string }[]> {
    const { config } = this.#options
    const problem = this.#unable(config.folder)
    const version = await this.#run('squeue', ['--version'])
    const test = await this.#run('sbatch', ['--test-only', ...siteOptions(config)], '#!/bin/sh\n')
    return [
      { ok: problem === null, what: 'folder', found: problem ?? `${config.folder} is there.` },
      { ok: version.state === 'ok', what: 'commands', found: version.state === 'ok' ? `${version.stdout.trim()}.` : `${version.message}.` },
      { ok: test.state === 'ok', what: 'queue', found: test.state === 'ok' ? 'It would take a job.' : `${test.message}.` },
    ]
  }

  inspect(folder: string): Inspection {
    try {
      return this.#inspect(folder)
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
      return { state: 'lost', reason: `What its job wrote in ${folder} is damaged.` }
    }
  }

  /** Follows the recording, which grows here as it does on the node. There is no line to type into. */
  attach(folder: string, events: AttachEvents): Promise<Attached> {
    const files = attemptFolder(folder)
    if (!existsSync(files.recording)) return Promise.reject(new Error(`Nothing is recorded in ${folder} yet.`))
    const timer = setInterval(() => {
      const size = statSync(files.recording, { throwIfNoEntry: false })?.size ?? 0
      events.onOutput(size)
      if (!existsSync(files.result)) return
      clearInterval(timer)
      events.onClosed()
    }, FOLLOW)
    return Promise.resolve({
      cancel: () => Promise.resolve(this.signalCancel(folder)),
      resize: () => Promise.resolve(),
      input: () => Promise.resolve(0),
      detach: () => clearInterval(timer),
    })
  }

  /** Asks for the end of an attempt: a job that waits is taken out of the queue, one that runs gets SIGTERM for its runner, which keeps the grace. */
  signalCancel(folder: string): void {
    const record = this.#jobs.get(folder)?.record ?? recordOf(folder)
    if (!record || record.end || record.cancelledAt !== null) return
    const job = this.#track(folder, record)
    this.#save(job, { cancelledAt: new Date().toISOString() })
    this.#pollSoon()
  }

  endOrphans(folder: string): void {
    const job = recordOf(folder)?.job ?? null
    // It has ended, or Slurm has forgotten it, unless what it wrote is damaged.
    if (job !== null) void this.#run('scancel', ['--quiet', job])
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#polling
  }

  #inspect(folder: string): Inspection {
    const files = attemptFolder(folder)
    lookAnew(folder)
    const known = this.#jobs.get(folder)?.record ?? readJobRecord(folder)
    if (known?.end) {
      this.#jobs.delete(folder)
      return inspectionOf(folder, known.end)
    }
    const result = readJson(files.result, AttemptResult)
    if (result && !(known && needsSlurm(result, known))) {
      this.#jobs.delete(folder)
      return { state: 'ended', result }
    }
    if (!known) return this.#unsent(folder)
    return { state: 'running', ...noteMember(this.#track(folder, known).note) }
  }

  #unsent(folder: string): Inspection {
    if (!existsSync(folder)) return { state: 'lost', reason: 'Its folder is gone.' }
    if ([...this.#collecting.values()].some(({ tasks }) => tasks.some((task) => task.folder === folder))) return { state: 'running' }
    return takeClaim(attemptFolder(folder)) ? { state: 'lost', reason: 'It was never sent to Slurm.' } : { state: 'lost', reason: 'It ended before it began.' }
  }

  /** Why nothing can run there, in a sentence; null where that is not known. */
  #unable(folder: string): string | null {
    const { name, config } = this.#options
    if (config.login !== undefined) return `Executor '${name}' names a login host, and Slurm is spoken to by its commands on this machine only. Leave 'login' out.`
    if (config.staging.by === 'copy') return `Executor '${name}' copies what stages read, which is not done for Slurm. Keep the project and Strongroom's data folder in a file system that the nodes share, and set its staging to 'shared'.`
    const [shared, real] = [realFolder(config.folder), realFolder(folder)]
    if (shared === null) return `Executor '${name}' names the folder '${config.folder}', which is not there.`
    if (real === shared || real?.startsWith(`${shared}${sep}`) === true) return null
    return `'${real ?? folder}' is not in '${config.folder}', which executor '${name}' says the nodes share. Keep the data folder there, or make its folder 'runs' a link to one there.`
  }

  #collect(key: string): Collected {
    const tasks: Submitted[] = []
    const done = new Promise<void>((resolve) => setTimeout(resolve, COLLECT)).then(async () => {
      if (this.#collecting.get(key)?.tasks === tasks) this.#collecting.delete(key)
      await this.#sendNew(tasks.length > 1 ? tasks.map((task, index) => ({ ...task, index })) : tasks)
    })
    const collected = { tasks, done }
    this.#collecting.set(key, collected)
    return collected
  }

  async #sendNew(tasks: readonly Submitted[]): Promise<void> {
    const [first] = tasks
    if (!first) return
    const name = jobName(first.spec, randomBytes(6).toString('hex'))
    // Before anything is sent: what cannot be written here could not be found again.
    for (const { folder, index } of tasks) writeJobRecord(folder, newRecord(name, index))
    await this.#send(name, tasks.map(({ folder, index }) => this.#track(folder, newRecord(name, index))))
  }

  /** Sends jobs of one name that Slurm does not have: one, or the tasks of an array. */
  async #send(name: string, jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) job.sending = true
    try {
      const [first, ...others] = jobs.map((job): Submitted => {
        const folder = realFolder(job.folder) ?? job.folder
        const spec = readJson(attemptFolder(folder).spec, AttemptSpec)
        if (!spec) throw new Error(`There is no spec.json in ${folder}.`)
        return { folder, spec, index: job.record.index }
      })
      if (!first) return
      const group = [first, ...others] as const
      const { config, nodePath: node, runnerPath: runner } = this.#options
      const sent = await this.#run('sbatch', sbatchArguments(config, name, group), batchScript({ node, runner }, group))
      for (const job of jobs) {
        if (sent.state === 'ok') this.#save(job, { job: numberOf(sent.stdout, job.record.index) })
        else if (sent.state === 'no-answer') job.note = `It waits to be sent to Slurm: ${sent.message}.`
        else this.#conclude(job, { as: 'failed', reason: `Slurm refused its job: ${sent.message}.` })
      }
    } finally {
      for (const job of jobs) {
        job.sending = false
        job.since.sent = performance.now()
      }
    }
  }

  #track(folder: string, record: JobRecord): Job {
    const known = this.#jobs.get(folder)
    if (known) return known
    const job: Job = { folder, record, note: undefined, sending: false, since: { sent: performance.now() }, endedSince: null, asked: false }
    this.#jobs.set(folder, job)
    this.#pollLater()
    return job
  }

  #save(job: Job, change: Partial<JobRecord>): void {
    job.record = { ...job.record, ...change }
    writeJobRecord(job.folder, job.record)
  }

  #conclude(job: Job, { as, reason }: Verdict): void {
    // One that never began never will: a job that comes late finds it taken.
    takeClaim(attemptFolder(job.folder))
    this.#save(job, { end: { as, reason, at: new Date().toISOString() } })
  }

  #pollLater(): void {
    if (this.#closed || this.#timer || this.#polling || this.#jobs.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#pollSoon()
    }, this.#options.pollMs ?? POLL)
  }

  #pollSoon(): void {
    if (this.#closed) return
    if (this.#polling) {
      this.#pollAgain = true
      return
    }
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#pollAgain = false
    this.#polling = this.#poll()
      .catch(this.#options.onFault)
      .then(() => {
        this.#polling = null
        if (this.#pollAgain) this.#pollSoon()
        else this.#pollLater()
      })
  }

  async #poll(): Promise<void> {
    const asked = performance.now()
    const answer = await this.#run('squeue', SQUEUE)
    const looked = [...this.#jobs.values()].filter((job) => !job.sending && !job.record.end && job.since.sent < asked)
    if (answer.state !== 'ok') {
      for (const job of looked) job.note = `Slurm does not answer: ${answer.message}.`
      return
    }
    const views = parseSqueue(answer.stdout)
    const seen = new Map(looked.map((job) => [job, jobOf(views, job.record.name, job.record.index)]))
    const unknown = looked.filter((job) => !seen.get(job))
    const unsent = new Set(unknown.filter((job) => this.#isUnsent(job)))
    await this.#sendAgain([...unsent])
    const past = await this.#account(unknown.flatMap((job) => (unsent.has(job) || job.record.job === null ? [] : [job.record.job])))
    for (const job of looked) {
      const view = seen.get(job)
      if (view) this.#notice(job, view)
      if (view ? phaseOf(view.state) === 'ended' : !unsent.has(job)) this.#ended(job, view ?? past.find(({ id }) => id === job.record.job) ?? null)
    }
    await this.#endCancelled(looked.filter((job) => !job.record.end && job.record.cancelledAt !== null), seen)
  }

  /** It was to be sent, Slurm has none of its name, and nobody has begun it. */
  #isUnsent(job: Job): boolean {
    return job.record.job === null && !existsSync(attemptFolder(job.folder).claim)
  }

  async #sendAgain(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) if (job.record.cancelledAt !== null) this.#conclude(job, { as: 'cancelled', reason: 'The run was cancelled.' })
    const byName = Map.groupBy(jobs.filter((job) => !job.record.end), (job) => job.record.name)
    for (const [name, group] of byName) if (!this.#closed) await this.#send(name, group)
  }

  /** What Slurm's accounting has of jobs that its controller has forgotten; nothing where there is none. */
  async #account(ids: readonly string[]): Promise<JobView[]> {
    if (ids.length === 0 || !this.#hasAccounting) return []
    const answer = await this.#run('sacct', [...SACCT, `--jobs=${ids.join(',')}`])
    if (answer.state === 'ok') return parseSacct(answer.stdout)
    this.#hasAccounting = answer.state === 'no-answer'
    return []
  }

  #notice(job: Job, view: JobView): void {
    if (job.record.job !== view.id && phaseOf(view.state) !== 'ended') this.#save(job, { job: view.id })
    job.note = noteOf(view)
  }

  /** Its job is over: by now its result says how, or never will. */
  #ended(job: Job, view: JobView | null): void {
    job.note = undefined
    job.endedSince ??= performance.now()
    const files = attemptFolder(job.folder)
    lookAnew(job.folder)
    const result = readJson(files.result, AttemptResult)
    if (!result && performance.now() - job.endedSince < (this.#options.resultWaitMs ?? RESULT_WAIT)) return
    if (result && !needsSlurm(result, job.record)) return
    const spec = readJson(files.spec, AttemptSpec)
    this.#conclude(job, verdictOf({
      id: view?.id ?? job.record.job ?? job.record.name, view, cancelled: job.record.cancelledAt !== null, began: existsSync(files.claim),
      result: result === null || result.outcome === 'succeeded' ? null : { outcome: result.outcome, reason: result.reason },
      lastLine: lastLogLine(job.folder), warningSeconds: warningSeconds(spec ?? { graceMs: 0 }),
    }))
  }

  async #endCancelled(jobs: readonly Job[], seen: ReadonlyMap<Job, JobView | undefined>): Promise<void> {
    const ids = (of: readonly Job[]): string[] => of.flatMap((job) => seen.get(job)?.id ?? [])
    const inPhase = (phase: string): Job[] => jobs.filter((job) => phaseOf(seen.get(job)?.state ?? '') === phase && seen.has(job))
    const waiting = ids(inPhase('waiting'))
    if (waiting.length > 0) await this.#run('scancel', ['--quiet', '--state=PENDING', ...waiting])
    const running = inPhase('running').filter((job) => seen.get(job))
    const unasked = running.filter((job) => !job.asked)
    if (unasked.length > 0) {
      const told = await this.#run('scancel', ['--batch', '--signal=TERM', ...ids(unasked)])
      if (told.state === 'ok') for (const job of unasked) job.asked = true
    }
    const overdue = running.filter((job) => job.asked && Date.now() - Date.parse(job.record.cancelledAt ?? '') > graceOf(job.folder) + KILL_AFTER)
    if (overdue.length > 0) await this.#run('scancel', ['--quiet', ...ids(overdue)])
  }
}

const DETAILS = { failed: 'not-started', 'out-of-memory': 'oom', cancelled: 'cancelled' } as const

function newRecord(name: string, index: number | null): JobRecord {
  return { version: 1, name, index, job: null, cancelledAt: null, end: null }
}

/** Null where it is not there, or damaged: `inspect` tells. */
function recordOf(folder: string): JobRecord | null {
  try {
    return readJobRecord(folder)
  } catch {
    return null
  }
}

function noteMember(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note }
}

/** `sbatch --parsable` writes `12`, or `12;cluster`. */
function numberOf(stdout: string, index: number | null): string {
  const number = stdout.trim().split(/[;\n]/)[0] ?? ''
  return index === null ? number : `${number}_${index}`
}

/**
 * Whether a result is whole only with Slurm's word. A runner cannot tell who asked it to end; nor whether its stage failed, or was killed for its memory, or by the
 * signals with which Slurm clears a node, which reach the stage's processes before the runner.
 */
function needsSlurm(result: AttemptResult, record: JobRecord): boolean {
  return result.outcome !== 'succeeded' && record.cancelledAt === null
}

function inspectionOf(folder: string, { as, reason, at }: NonNullable<JobRecord['end']>): Inspection {
  if (as === 'lost') return { state: 'lost', reason }
  const outcome = as === 'cancelled' ? 'cancelled' : 'failed'
  const result = readJson(attemptFolder(folder).result, AttemptResult)
  if (result) return { state: 'ended', result: { ...result, outcome, reason, ...(as === 'out-of-memory' ? { outcomeDetail: 'oom' } : {}) } }
  // What it would have said of itself, had it come to say anything.
  const none = { exitCode: -1, signal: null, startedAt: at, endedAt: at, durationMs: 0, outs: [], evidence: [], recording: null, environment: null, runnerPeakRssBytes: 0 }
  return { state: 'ended', result: { ...none, outcome, outcomeDetail: DETAILS[as], reason } }
}

function graceOf(folder: string): number {
  return readJson(attemptFolder(folder).spec, AttemptSpec)?.graceMs ?? 0
}

function realFolder(folder: string): string | null {
  try {
    return realpathSync(folder)
  } catch {
    return null
  }
}
