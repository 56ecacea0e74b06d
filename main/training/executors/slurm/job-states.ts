/** What Slurm says of a job, by `squeue` or `sacct`. */
export interface JobView {
  /** As Slurm writes it: `12`, or `12_3` for a task of an array. */
  readonly id: string
  readonly name: string
  /** Of a task of an array; null for a job of its own, and for what stands for all tasks that are not listed one by one. */
  readonly index: number | null
  /** `PENDING`, `RUNNING`, ...: squeue(1), "Job state codes". */
  readonly state: string
  /** `Resources`, `Priority`, ...: squeue(1), "Job reason codes"; empty for none. */
  readonly reason: string
  /** Null where Slurm does not say, or has no limit. */
  readonly usedSeconds: number | null
  readonly limitSeconds: number | null
}

export type JobPhase = 'waiting' | 'running' | 'ended'

const PHASES: Readonly<Record<string, JobPhase>> = {
  PENDING: 'waiting', REQUEUED: 'waiting', REQUEUE_FED: 'waiting', REQUEUE_HOLD: 'waiting', RESV_DEL_HOLD: 'waiting', SPECIAL_EXIT: 'waiting',
  BOOT_FAIL: 'ended', CANCELLED: 'ended', COMPLETED: 'ended', DEADLINE: 'ended', FAILED: 'ended', NODE_FAIL: 'ended', OUT_OF_MEMORY: 'ended', PREEMPTED: 'ended', REVOKED: 'ended', TIMEOUT: 'ended',
}

/** A state that a later Slurm has and this table has not is one of a job that is there: that it is over would be the dearer mistake. */
export function phaseOf(state: string): JobPhase {
  return PHASES[state] ?? 'running'
}

/** One line a job, one a task of an array, all states; the name last, for it is the only field that may hold the separator. Text, whose fields have stayed the same where those of `--json` change by version. */
export const SQUEUE = ['--me', '--noheader', '--array', '--states=all', '--format=%i|%T|%M|%l|%r|%j'] as const

export function parseSqueue(text: string): JobView[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state, used = '', limit = '', reason = '', ...name] = line.split('|')
    if (state === undefined || name.length === 0) return []
    return [{ id, name: name.join('|').trim(), index: indexOf(id), state, reason: reason === 'None' ? '' : reason.replaceAll('_', ' '), usedSeconds: secondsOf(used), limitSeconds: secondsOf(limit) }]
  })
}

/** Of jobs that the controller has forgotten, where there is accounting. */
export const SACCT = ['--allocations', '--noheader', '--parsable2', '--format=JobID,State,Elapsed,Timelimit,JobName'] as const

export function parseSacct(text: string): JobView[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state, used = '', limit = '', ...name] = line.split('|')
    if (state === undefined) return []
    // `CANCELLED by 1000`
    return [{ id, name: name.join('|'), index: indexOf(id), state: state.split(' ')[0] ?? '', reason: '', usedSeconds: secondsOf(used), limitSeconds: secondsOf(limit) }]
  })
}

function indexOf(id: string): number | null {
  const index = /^\d+_(\d+)$/.exec(id)?.[1]
  return index === undefined ? null : Number(index)
}

/** `days-hours:minutes:seconds`, of which the first parts may be left out. */
function secondsOf(text: string): number | null {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/.exec(text)
  if (!match) return null
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)
}

/**
 * The job of a name. There can be two of one: where the first was sent and nobody could tell, and came late. Only one of them runs the attempt
 * (the claim in its folder), so one that has not ended speaks for both.
 */
export function jobOf(views: readonly JobView[], name: string, index: number | null): JobView | undefined {
  const named = views.filter((view) => view.name === name)
  const own = named.filter((view) => view.index === index)
  // Tasks that never ran are not listed one by one once they are over.
  const found = own.length > 0 ? own : named.filter((view) => view.index === null)
  return found.find(({ state }) => phaseOf(state) !== 'ended') ?? found.at(-1)
}

/** Why a job does not run yet; undefined where it does. */
export function noteOf({ id, state, reason }: JobView): string | undefined {
  if (phaseOf(state) === 'waiting') return reason === '' ? `Job ${id} waits in Slurm.` : `Job ${id} waits in Slurm: ${reason}.`
  if (state === 'CONFIGURING') return `The nodes of job ${id} are being started by Slurm.`
  if (state === 'SUSPENDED' || state === 'STOPPED') return `Job ${id} is held by Slurm (${state}).`
  return undefined
}

/** How an attempt ended that has no result, or none that says it. `lost`: the same attempt might have succeeded elsewhere or later. */
export interface Verdict {
  readonly as: 'failed' | 'out-of-memory' | 'cancelled' | 'lost'
  readonly reason: string
}

/** What is known about an attempt whose job has ended. */
export interface EndedJob {
  readonly id: string
  /** Null: Slurm knows it no more. */
  readonly view: JobView | null
  /** Strongroom asked it to end. */
  readonly cancelled: boolean
  /** A runner began. */
  readonly began: boolean
  /** What its runner said of it; null where it left no result. */
  readonly result: { readonly outcome: 'failed' | 'cancelled'; readonly reason: string } | null
  /** The last line that the job wrote outside the stage's terminal. */
  readonly lastLine: string
  /** The time before its limit at which Slurm asks it to end, seconds. */
  readonly warningSeconds: number
}

/** Slurm looks for jobs that are near their limit once a minute: sbatch(1), `--signal`. */
const SIGNAL_LEEWAY = 65

/** How an attempt ended, by its result and by what Slurm says of its job. */
export function verdictOf({ id, view, cancelled, began, result, lastLine, warningSeconds }: EndedJob): Verdict {
  const state = view?.state ?? 'gone'
  if (state === 'OUT_OF_MEMORY') return { as: 'out-of-memory', reason: `Its job ${id} used more memory than it had asked for, and Slurm ended it (OUT_OF_MEMORY). Ask for more in resources.memory.` }
  if (result?.outcome === 'failed' && (cancelled || !(state in ENDINGS) || state === 'gone')) return { as: 'failed', reason: result.reason }
  if (cancelled) return { as: 'cancelled', reason: result?.reason ?? 'The run was cancelled.' }
  if (state === 'COMPLETED' || state === 'FAILED') {
    if (result) return { as: 'lost', reason: wasNearLimit(view, warningSeconds) ? TIMEOUT(id) : `Its job ${id} was asked to end by somebody else than Strongroom.` }
    if (/bad ?constraints/i.test(view?.reason ?? '')) return { as: 'failed', reason: `Slurm refused its job ${id}: no node has what it asks for.` }
    if (/launch ?fail/i.test(view?.reason ?? '')) return { as: 'lost', reason: `Slurm could not start its job ${id} (${view?.reason}). ${lastLine}`.trim() }
    if (began) return { as: 'lost', reason: `Its job ${id} ended (${state}) and left no result. ${lastLine}`.trim() }
    return { as: 'failed', reason: lastLine === '' ? `Its job ${id} ended before its runner began and wrote nothing. Is the attempt's folder there on the node, under the same path?` : `Its job ${id} ended before its runner began: ${lastLine}` }
  }
  return { as: 'lost', reason: ENDINGS[state]?.(id) ?? `Its job ${id} ended in Slurm: ${state}.` }
}

const TIMEOUT = (id: string): string => `Its job ${id} reached the time limit that Slurm has for it (TIMEOUT). Say how long the stage takes in resources.time, or ask for a partition that allows more.`

const ENDINGS: Readonly<Record<string, (id: string) => string>> = {
  gone: (id) => `Slurm knows its job ${id} no more, and it left no result.`,
  CANCELLED: (id) => `Its job ${id} was cancelled in Slurm by somebody else than Strongroom (CANCELLED).`,
  TIMEOUT,
  NODE_FAIL: (id) => `The node of its job ${id} failed (NODE_FAIL).`,
  BOOT_FAIL: (id) => `The node of its job ${id} could not be started (BOOT_FAIL).`,
  PREEMPTED: (id) => `Its job ${id} had to make room for another of a higher priority (PREEMPTED).`,
  DEADLINE: (id) => `Its job ${id} reached its deadline in Slurm (DEADLINE).`,
  REVOKED: (id) => `Its job ${id} was taken over by another cluster of the federation (REVOKED).`,
}

function wasNearLimit(view: JobView | null, warningSeconds: number): boolean {
  if (view === null || view.limitSeconds === null || view.usedSeconds === null) return false
  return view.limitSeconds - view.usedSeconds <= warningSeconds + SIGNAL_LEEWAY
}
