import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { QueuePolicy, RequestError, type QueueState } from '../../../shared/contract/index.ts'
import { facts, print, table } from '../output.ts'
import { withSession, type GlobalOptions } from '../session.ts'

interface PolicyOptions {
  readonly set?: string
  readonly reason?: string
}

export function addQueueCommands(program: Command): void {
  const queue = program.command('queue').description('who uses this machine, who waits and why')
  queue
    .command('show', { isDefault: true })
    .description('what runs and what waits, first what goes first; GPUs and who uses them')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('queue.state', {}), options.json, describeQueue))
    })
  queue
    .command('policy')
    .description('by what the queue decides (docs/scheduling.md); --set changes it, for who may manage the machine')
    .option('--set <file>', 'a JSON file with all of it, as --json prints it')
    .option('--reason <text>', 'why it is changed, for the ledger')
    .action(async (own: PolicyOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const state = own.set === undefined ? await client.call('queue.state', {}) : await client.call('queue.setPolicy', { policy: readPolicy(own.set), reason: reasonOf(own) })
        print(options.json ? state.policy : state, options.json, () => `${JSON.stringify(state.policy, null, 2)}\n${state.policyEntry === null ? 'Nobody has changed it.' : `Set by entry ${state.policyEntry}.`}`)
      })
    })
}

function reasonOf({ reason }: PolicyOptions): string {
  if (reason === undefined) throw new RequestError('invalid-request', "Say why the policy is changed: --reason 'TEXT'.")
  return reason
}

function readPolicy(file: string): QueuePolicy {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new RequestError('invalid-request', `${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = QueuePolicy.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RequestError('invalid-request', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a policy'}. 'strongroom queue policy --json' prints one to begin with.`)
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

function describeQueue({ cpus, memoryBytes, gpus, problems, jobs }: QueueState): string {
  const busy = jobs.filter(({ state }) => state !== 'waiting')
  const machine = facts([
    ['CPUs', `${busy.reduce((sum, job) => sum + job.cpus, 0)} of ${cpus} in use`],
    ['Memory', gib(memoryBytes)],
    ...problems.map((problem) => ['GPUs', problem] as [string, string]),
  ])
  const users = new Map(busy.flatMap((job) => job.heldGpus.map((uuid) => [uuid, job.run === null ? 'another project' : `${job.stage} of run ${job.run}`])))
  const cards = gpus.map(({ uuid, model, memoryBytes: memory, foreign }) => [model, gib(memory), uuid, users.get(uuid) ?? (foreign ? 'a process that Strongroom did not start' : 'free')])
  const rows = jobs.map(({ run, stage, project, person, state, priority, cpus: wanted, gpus: wantedGpus, reason }) => [
    run === null ? 'another project' : `${run} ${stage}`, project ?? '', person, state, priority, wanted, wantedGpus, reason ?? '',
  ])
  return [
    machine,
    ...(cards.length > 0 ? [table(['GPU', 'MEMORY', 'UUID', 'USED BY'], cards)] : []),
    rows.length > 0 ? table(['STAGE', 'PROJECT', 'BY', 'STATE', 'PRIORITY', 'CPUS', 'GPUS', 'BECAUSE'], rows) : 'Nothing runs and nothing waits.',
  ].join('\n\n')
}
