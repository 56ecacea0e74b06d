import { execFile } from 'node:child_process'
import { inheritedEnvironment } from '../../stage-environment.ts'

/** `absent`: no such program. `refused`: Slurm answered no, with its words. `no-answer`: nobody can know whether it did what it was asked. */
export type CommandResult =
  | { readonly state: 'ok'; readonly stdout: string }
  | { readonly state: 'absent' | 'refused' | 'no-answer'; readonly message: string }

/** Runs one of Slurm's commands, by its name and arguments, never through a shell; `input` goes to its standard input. Never throws. */
export type RunCommand = (command: string, args: readonly string[], input?: string) => Promise<CommandResult>

/** Slurm's own tries to reach its controller end after `MessageTimeout`, 10 s unless a site says otherwise, twice. */
const TIMEOUT = 60_000

/** What Slurm's commands say where the controller, or the service that vouches for the caller, could not be asked. */
const UNREACHABLE = /unable to contact slurm controller|socket timed out|connection (refused|timed out)|zero bytes were transmitted|communication (shutdown|connection) failure|protocol authentication error|munge|temporarily unable|slurm_init|could not establish a configuration source/i

/** Slurm's commands on this machine. */
export const localCommands: RunCommand = (command, args, input = '') =>
  new Promise((resolve) => {
    const child = execFile(command, [...args], { env: submitEnvironment(), timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve({ state: 'ok', stdout })
      if (error.code === 'ENOENT') return resolve({ state: 'absent', message: `there is no ${command} on this machine; install Slurm's commands (Debian: slurm-client)` })
      const said = sentenceOf(stderr) || sentenceOf(stdout)
      if (error.killed || typeof error.code !== 'number') return resolve({ state: 'no-answer', message: said || `${command} gave no answer within ${TIMEOUT / 1000} s` })
      resolve({ state: UNREACHABLE.test(stderr) ? 'no-answer' : 'refused', message: said || `${command} ended with exit code ${error.code}` })
    })
    // A command that ends before it has read its input closes the pipe; how it ended is what counts.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })

/**
 * What goes into a job's environment, and is kept by Slurm's controller for as long as it knows the job: what stages may see anyway. The
 * devices are those of the node, not those that this machine was confined to.
 */
function submitEnvironment(): Record<string, string> {
  const { SLURM_CONF } = process.env
  const environment = inheritedEnvironment(process.env)
  for (const name of ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES']) delete environment[name]
  return SLURM_CONF === undefined ? environment : { ...environment, SLURM_CONF }
}

/** The lines of an error, without the program's name before each: `sbatch: error: ...`. */
function sentenceOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim().replace(/^\w+: (error: |fatal: )?/, ''))
  return [...new Set(lines.filter((line) => line !== ''))].join('; ').slice(0, 500)
}
