import { Option, type Command } from 'commander'
import { ExecutorConfig, ExecutorName, RequestError, SshHost, type Executor } from '../../../shared/contract/index.ts'
import { print, table } from '../output.ts'
import { withSession, type GlobalOptions } from '../session.ts'

const STAGING = ['copy', 'shared'] as const

/** What `executor set` takes. */
export interface SetOptions {
  readonly ssh?: string
  readonly slurm?: boolean
  readonly login?: string
  readonly user?: string
  readonly port?: string
  readonly folder: string
  readonly staging?: (typeof STAGING)[number]
  readonly partition?: string
  readonly account?: string
  readonly qos?: string
  readonly constraint?: string
}

export function addExecutorCommands(program: Command): void {
  const executor = program.command('executor').description('where stages run beside this machine: hosts reached by SSH, Slurm clusters')
  executor
    .command('list', { isDefault: true })
    .description('the executors, by the name that meta.strongroom.executor calls them by')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('executors.list', {}), options.json, describeExecutors))
    })
  executor
    .command('set <name>')
    .description('add one, or change it while nothing runs there')
    .option('--ssh <host>', 'a host by SSH: an alias of your ~/.ssh/config, or a name')
    .option('--slurm', 'a Slurm cluster, by its commands on this machine or on --login')
    .option('--login <host>', 'with --slurm: the host that has its commands')
    .option('--user <name>', 'who to be on that host, where the SSH configuration does not say')
    .option('--port <number>', 'its port, where the SSH configuration does not say')
    .requiredOption('--folder <path>', 'a folder there, of Strongroom’s own, for what runs')
    .addOption(new Option('--staging <how>', 'copy: what a stage reads is sent there, what it leaves comes back; shared: the project’s folder is there too, by the same path (default: copy for --ssh, shared for --slurm)').choices(STAGING))
    .option('--partition <name>', 'with --slurm')
    .option('--account <name>', 'with --slurm')
    .option('--qos <name>', 'with --slurm')
    .option('--constraint <features>', 'with --slurm')
    .action(async (name: string, own: SetOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const config = executorConfig(own)
      const wanted = parseName(name)
      await withSession(options, async ({ client }) => {
        const set = await client.call('executors.set', { name: wanted, config })
        print(set, options.json, () => `Executor ${set.name} is ${placeOf(set.config)}, entry ${set.entry}. A stage runs there that has executor: ${set.name} under meta.strongroom.`)
      })
    })
  executor
    .command('check <name>')
    .description('reach one, as a stage would, and say what was found; begins nothing there')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const check = await client.call('executors.check', { name: parseName(name) })
        if (!check.ok) process.exitCode = 1
        print(check, options.json, ({ lines }) => table(['', 'WHAT', 'FOUND'], lines.map(({ ok, what, found }) => [ok ? 'ok' : 'NO', what, found])))
      })
    })
  executor
    .command('remove <name>')
    .description('remove one on which nothing runs; stages that name it are refused from then on')
    .requiredOption('--reason <text>', 'why, in a line; it enters the ledger')
    .action(async (name: string, own: { reason: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const removed = await client.call('executors.remove', { name: parseName(name), reason: own.reason })
        print(removed, options.json, () => `Executor ${removed.name} is removed, entry ${removed.entry}.`)
      })
    })
}

function parseName(text: string): ExecutorName {
  const name = ExecutorName.safeParse(text)
  if (!name.success) throw new RequestError('invalid-request', `'${text}' is no name of an executor: ${name.error.issues[0]?.message ?? ''}.`)
  return name.data
}

/** Throws `invalid-request` that names the option. */
export function executorConfig(own: SetOptions): ExecutorConfig {
  if ((own.ssh === undefined) === (own.slurm !== true)) throw new RequestError('invalid-request', "Say which it is: 'strongroom executor set NAME --ssh HOST ...' or 'strongroom executor set NAME --slurm ...'.")
  const slurmOnly = (['login', 'partition', 'account', 'qos', 'constraint'] as const).filter((option) => own[option] !== undefined)
  if (own.ssh !== undefined && slurmOnly.length > 0) throw new RequestError('invalid-request', `--${slurmOnly.join(' and --')} ${slurmOnly.length === 1 ? 'belongs' : 'belong'} to --slurm: leave it out, or give --slurm in the place of --ssh.`)
  if (own.ssh === undefined && own.login === undefined && (own.user ?? own.port) !== undefined) throw new RequestError('invalid-request', '--user and --port are of the host that --login names: name it, or leave them out.')
  const common = { folder: own.folder, staging: { by: own.staging ?? (own.ssh === undefined ? 'shared' : 'copy') } }
  const host = hostOf(own.ssh ?? own.login, own)
  const wanted = own.ssh === undefined ? { kind: 'slurm', login: host, partition: own.partition, account: own.account, qos: own.qos, constraint: own.constraint, ...common } : { kind: 'ssh', ...host, ...common }
  const config = ExecutorConfig.safeParse(withoutAbsent(wanted))
  if (config.success) return config.data
  const [issue] = config.error.issues
  throw new RequestError('invalid-request', `The ${String(issue?.path.at(-1) ?? 'configuration')} ${issue?.message ?? 'is not understood'}.`)
}

/** Undefined where no host is named. */
function hostOf(host: string | undefined, { user, port }: Pick<SetOptions, 'user' | 'port'>): SshHost | undefined {
  if (host === undefined) return undefined
  const parsed = SshHost.safeParse(withoutAbsent({ host, user, port: port === undefined ? undefined : Number(port) }))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RequestError('invalid-request', `The ${String(issue?.path[0] ?? 'host')} ${issue?.message ?? 'is not understood'}.`)
}

function withoutAbsent(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

function describeExecutors(executors: readonly Executor[]): string {
  if (executors.length === 0) return "All stages run on this machine. Add another with 'strongroom executor set NAME --ssh HOST --folder PATH'."
  return table(['NAME', 'WHERE', 'FOLDER', 'STAGING', 'SET BY', 'ENTRY'], executors.map(({ name, config, addedBy, entry }) => [name, placeOf(config), config.folder, config.staging.by, addedBy, entry]))
}

function placeOf(config: ExecutorConfig): string {
  if (config.kind === 'ssh') return `${addressOf(config)} by SSH`
  return config.login === undefined ? 'Slurm' : `Slurm by ${addressOf(config.login)}`
}

function addressOf({ host, user, port }: SshHost): string {
  return `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`
}
