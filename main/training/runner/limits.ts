import type { AttemptResult, AttemptSpec } from './attempt-folder.ts'
import { Cgroup, ENTER_GROUP, type Limits } from './cgroup.ts'

/**
 * How a stage is held to its limits. By a control group where one can be had: memory, CPUs and number of processes, all of the stage's processes
 * together. Else memory alone, by RLIMIT_DATA, which is each process's for itself, and by a look each second at what they hold together. RLIMIT_AS
 * would count the address space too that CUDA, Go and Java reserve and never touch, and end programs that use a tenth of it; RLIMIT_DATA counts what
 * is private and writable (setrlimit(2), since Linux 4.7). CPUs and processes have no such limit: affinity would set stages on the same cores, and
 * RLIMIT_NPROC counts all that a person runs. On Windows and macOS nothing holds a stage but that look: job objects are not made.
 */
export interface Hold {
  readonly group: Cgroup | null
  /** What is enforced, as the result says it. */
  readonly limits: NonNullable<AttemptResult['limits']>
  /** What the stage may hold of memory, by the look each second; null where the kernel sees to it, or nothing limits it. */
  readonly watchedBytes: number | null
  /** The shell's arguments for a command, as node-pty takes them. */
  wrap(shell: { file: string; args: string[] | string }): { file: string; args: string[] | string }
}

const NONE: Limits = { memoryBytes: null, cpus: null, processes: null }

export function holdTo(spec: AttemptSpec['limits']): Hold {
  const asked = spec ?? NONE
  const group = process.platform === 'linux' ? Cgroup.create(asked) : null
  const byGroup = group?.enforced ?? NONE
  const dataBytes = process.platform === 'linux' && byGroup.memoryBytes === null ? asked.memoryBytes : null
  const limits = { ...byGroup, memoryBytes: byGroup.memoryBytes ?? dataBytes }
  const byKernel = Object.values(byGroup).some((limit) => limit !== null)
  return {
    group,
    limits: { by: byKernel ? 'cgroup' : dataBytes === null ? 'none' : 'rlimit', ...limits },
    watchedBytes: byGroup.memoryBytes === null ? asked.memoryBytes : null,
    wrap: ({ file, args }) => {
      if ((group === null && dataBytes === null) || typeof args === 'string') return { file, args }
      const steps = [...(group ? [ENTER_GROUP] : []), ...(dataBytes === null ? [] : ['ulimit -d "$2" || exit 126']), 'shift 2; exec "$@"']
      // In a shell that becomes the command's: the same process, in its group before it begins.
      return { file: '/bin/sh', args: ['-c', steps.join('; '), 'sh', group?.path ?? '', String(Math.ceil((dataBytes ?? 0) / 1024)), file, ...args] }
    },
  }
}
