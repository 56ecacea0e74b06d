import type { AttemptResult, OutcomeDetail } from './attempt-folder.ts'
import type { CommandEnd } from './command.ts'

/** What else is known of a command's end. */
export interface Circumstances {
  /** Of the attempt's control group: how many of its processes the kernel ended for want of memory. */
  readonly groupOomKills: number
  /** Of the whole machine, while the attempt ran; null where the system does not say. */
  readonly machineOomKills: number | null
  /** Enforced by the kernel on the group. */
  readonly memoryBytes: number | null
}

export type Failure = Pick<AttemptResult, 'outcome' | 'reason'> & { outcomeDetail: OutcomeDetail }

const SIGKILL = 9
/** A shell gives 128 and the number of the signal that ended what it ran. */
const BY_SIGNAL = 128
const LAST_SIGNAL = 64

/** Says of a command that failed why, by what the kernel counted, its signal and its exit code. */
export function explainEnd(end: CommandEnd, circumstances: Circumstances): Failure {
  const { exitCode } = end
  const signal = end.signal ?? (exitCode > BY_SIGNAL && exitCode <= BY_SIGNAL + LAST_SIGNAL ? exitCode - BY_SIGNAL : null)
  if (circumstances.groupOomKills > 0) return failed('oom', outOfItsMemory(circumstances.memoryBytes))
  if (signal === SIGKILL && (circumstances.machineOomKills ?? 0) > 0) {
    return failed('oom', 'The command was ended by signal 9 (SIGKILL) while the machine was out of memory. Give it less to do at once, or run less beside it.')
  }
  if (signal === SIGKILL) return failed('crash', 'The command was ended by signal 9 (SIGKILL): by somebody, or as the system was out of memory.')
  if (end.signal !== null) return failed('crash', `The command was ended by signal ${end.signal}.`)
  if (signal !== null) return failed('crash', `The command ended with exit code ${exitCode}: what it ran was ended by signal ${signal}.`)
  if (exitCode === 127) return failed('not-found', 'The command was not found (exit code 127). Check its name and that it is installed.')
  return failed('exit', `The command ended with exit code ${exitCode}.`)
}

/** Of a stage that held more memory than it may. */
export function outOfItsMemory(limitBytes: number | null): string {
  const limit = limitBytes === null ? 'its limit' : `its limit of ${(limitBytes / 2 ** 30).toFixed(2)} GiB`
  return `The stage was ended because it took more memory than ${limit} (resources.memory in dvc.yaml). Raise that, or let it hold less at once.`
}

function failed(outcomeDetail: OutcomeDetail, reason: string): Failure {
  return { outcome: 'failed', outcomeDetail, reason }
}
