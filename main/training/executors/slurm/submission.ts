import { memoryBytes, type Resources } from '../../../../shared/graph/pipeline.ts'
import type { ExecutorConfig } from '../../../../shared/contract/index.ts'
import type { AttemptSpec } from '../../runner/attempt-folder.ts'

export type SlurmConfig = Extract<ExecutorConfig, { kind: 'slurm' }>

/** An attempt to submit. `index`: of its task in an array; null for a job of its own. */
export interface Submitted {
  readonly folder: string
  readonly spec: AttemptSpec
  readonly index: number | null
}

/** Beyond the grace, for what Slurm itself takes to tell a job that its time is over, seconds. */
const SIGNAL_MARGIN = 15

/** How long before its time limit Slurm asks a job to end, seconds. */
export function warningSeconds({ graceMs }: Pick<AttemptSpec, 'graceMs'>): number {
  return Math.ceil(graceMs / 1000) + SIGNAL_MARGIN
}

/** Why Slurm cannot be asked for this, in a sentence; null where it can. */
export function unsupported(resources: Resources | undefined): string | null {
  if (resources?.gpu_memory === undefined) return null
  return 'Slurm does not choose GPUs by their memory. Take resources.gpu_memory out of the stage, and name a resources.gpu_model, or give the executor a partition or constraint that has such GPUs.'
}

/**
 * What attempts have in common that can be tasks of one array: stages of one `foreach` or `matrix` of a run (`train@a`, `train@b`), asking for the same.
 * Null for one that has to be a job of its own.
 */
export function arrayKey({ run, stage, resources, graceMs, timeLimitMs }: AttemptSpec): string | null {
  const at = stage.lastIndexOf('@')
  return at < 1 ? null : JSON.stringify([run, stage.slice(0, at), resources ?? {}, graceMs, timeLimitMs])
}

/** A name that no other job has: `token` is random. */
export function jobName({ run, stage, attempt }: AttemptSpec, token: string): string {
  return `${stage.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 40)}-${run}.${attempt}-${token}`
}

/**
 * The arguments of `sbatch` for attempts that ask for the same. Slurm never queues a job again by itself (`--no-requeue`): it would run the same attempt, which has
 * ended; another attempt follows as after any interruption, and the ledger has both.
 */
export function sbatchArguments(config: SlurmConfig, name: string, group: readonly [Submitted, ...Submitted[]]): string[] {
  const [{ spec, folder, index }] = group
  const { resources } = spec
  return [
    '--parsable', '--no-requeue', '--nodes=1', '--ntasks=1',
    `--job-name=${name}`,
    // The folder's name is the user's: Slurm replaces what follows a `%`.
    `--output=${folder.replaceAll('%', '%%')}/${index === null ? 'slurm.log' : 'slurm-task-%a.log'}`, '--open-mode=append', `--chdir=${folder}`,
    `--cpus-per-task=${resources?.cpus ?? 1}`,
    ...(resources?.memory === undefined ? [] : [`--mem=${Math.ceil(memoryBytes(resources.memory) / 1024)}K`]),
    ...gresOf(resources),
    ...timeOf(spec),
    `--signal=B:TERM@${warningSeconds(spec)}`,
    ...siteOptions(config),
    ...(index === null ? [] : [`--array=${group.map((task) => task.index).join(',')}`]),
  ]
}

/** What every job of an executor asks for. */
export function siteOptions(config: SlurmConfig): string[] {
  return (['partition', 'account', 'qos', 'constraint'] as const).flatMap((option) => (config[option] === undefined ? [] : [`--${option}=${config[option]}`]))
}

/** A model as Slurm's configuration writes one: `rtx_a5000`. */
function gresOf(resources: Resources | undefined): string[] {
  const { gpus = 0, gpu_model: model } = resources ?? {}
  if (gpus === 0) return []
  return [model === undefined ? `--gres=gpu:${gpus}` : `--gres=gpu:${model.trim().toLowerCase().replace(/[^a-z0-9_.-]+/g, '_')}:${gpus}`]
}

/** The runner ends the stage at its limit, and says so; Slurm's own is for where the runner cannot. Slurm counts in minutes. */
function timeOf({ timeLimitMs, graceMs }: AttemptSpec): string[] {
  return timeLimitMs === null ? [] : [`--time=${Math.ceil((timeLimitMs + graceMs) / 60_000) + 2}`]
}

/**
 * What the job runs on its node: the runner, in the place of the shell, so that a signal to the batch script is one to the runner. What is missing there
 * is said in `slurm.log`.
 */
export function batchScript(programs: { node: string; runner: string }, group: readonly Submitted[]): string {
  const [node, runner] = [quote(programs.node), quote(programs.runner)]
  const cases = group.map(({ folder, index }) => `  ${index === null ? "''" : index}) folder=${quote(folder)} ;;`)
  const asksForGpus = group.some(({ spec }) => (spec.resources?.gpus ?? 0) > 0)
  return [
    '#!/bin/sh',
    'case "${SLURM_ARRAY_TASK_ID-}" in',
    ...cases,
    '  *) echo "This job has no task ${SLURM_ARRAY_TASK_ID}."; exit 90 ;;',
    'esac',
    'exec >> "$folder/slurm.log" 2>&1',
    `if [ ! -x ${node} ]; then echo "There is no "${node}" on $(hostname): the node needs the Node that Strongroom brings, under the same path."; exit 90; fi`,
    `if [ ! -r ${runner} ]; then echo "There is no "${runner}" on $(hostname): the node needs Strongroom's runner, under the same path."; exit 90; fi`,
    // Unset, they would show a stage that asked for no GPU all that the node has.
    ...(asksForGpus ? [] : ['export CUDA_VISIBLE_DEVICES= ROCR_VISIBLE_DEVICES=']),
    `exec ${node} ${runner} "$folder"`,
    '',
  ].join('\n')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
