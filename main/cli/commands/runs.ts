import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { NO_REPOSITORY, Priority, RequestError, RunId, type Client, type CodeVersion, type MetricProof, type RunDetail } from '../../../shared/contract/index.ts'
import { shortenDecimal } from '../../../shared/graph/decimal.ts'
import { complain, duration, facts, print, say, table } from '../output.ts'
import { TerminalText } from '../printable.ts'
import { chooseProject } from '../project-choice.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { followRun } from '../follow-run.ts'
import { describeStatus } from '../stage-status.ts'

interface MetricsOptions {
  readonly stage?: string
  readonly limit: string
  readonly prove?: string
  readonly attempt?: string
  readonly to?: string
}

export function addRunCommands(program: Command): void {
  const run = program.command('run').description('runs of a pipeline')
  run
    .command('start')
    .description('run the pipeline; it goes on when this command ends')
    .option('--project <id>')
    .option('--target <stage...>', 'only these stages and what they need')
    .option('--force', 'run also what nothing has changed for since an earlier run')
    .option('--priority <number>', 'its class in the queue, -10 to 10; above 0 for who may manage the machine', '0')
    .option('--follow', 'wait for the end, with progress')
    .action(async (own: { project?: string; target?: string[]; force?: boolean; priority: string; follow?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        const started = await client.call('runs.start', { project: id, force: own.force === true, priority: parsePriority(own.priority), ...(own.target ? { targets: own.target } : {}) })
        const { code } = await client.call('runs.get', { run: started.id })
        if (!own.follow) {
          print(started, options.json, () => `Run ${started.id} started: ${started.stagesTotal} stages. It goes on without this terminal; follow it with 'strongroom run follow ${started.id}'.\nCode: ${describeCode(code)}`)
          return
        }
        if (!options.json) say(`Code: ${describeCode(code)}`)
        await followToEnd(client, started.id, options.json)
      })
    })
  run
    .command('status')
    .description('what each stage would do if the pipeline ran now, and why')
    .option('--project <id>')
    .option('--target <stage...>', 'only these stages and what they need')
    .action(async (own: { project?: string; target?: string[] }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const { id } = await chooseProject(client, own.project)
        print(await client.call('runs.status', { project: id, ...(own.target ? { targets: own.target } : {}) }), options.json, describeStatus)
      })
    })
  run
    .command('follow <run>')
    .description('wait for the end of a run, with progress')
    .action(async (text: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, ({ client }) => followToEnd(client, parseRun(text), options.json))
    })
  run
    .command('list', { isDefault: true })
    .description('runs with their state, newest first')
    .option('--project <id>')
    .action(async (own: { project?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const project = own.project === undefined ? {} : { project: (await chooseProject(client, own.project)).id }
        print(await client.call('runs.list', project), options.json, (runs) =>
          table(['RUN', 'PROJECT', 'STATE', 'STAGES', 'STARTED', 'BY'], runs.map(({ id, project, state, stagesDone, stagesTotal, startedAt, startedBy }) => [id, project, state, `${stagesDone} of ${stagesTotal}`, startedAt, startedBy])),
        )
      })
    })
  run
    .command('show <run>')
    .description('a run, stage by stage')
    .action(async (text: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('runs.get', { run: parseRun(text) }), options.json, describeRun))
    })
  run
    .command('metrics <run>')
    .description('what stages reported while they ran, oldest first; each record can be proved')
    .option('--stage <stage>', 'only of this stage')
    .option('--limit <count>', 'at most so many, up to 20000', '40')
    .option('--prove <record>', "the proof of this record of --stage, which 'strongroom ledger verify-record' checks without the ledger")
    .option('--attempt <attempt>', 'of the stage, for --prove (default: the latest)')
    .option('--to <file>', 'write the proof there instead of printing it')
    .action(async (text: string, own: MetricsOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const id = parseRun(text)
        if (own.prove !== undefined) return printProof(await client.call('runs.proveMetric', readProofWish(id, own.prove, own)), own.to, options.json)
        const points = await client.call('runs.metrics', { run: id, limit: parseNumber(own.limit, 'count') })
        const shown = points.filter(({ stage }) => own.stage === undefined || stage === own.stage)
        print(shown, options.json, () => table(['RECORD', 'STAGE', 'ATTEMPT', 'NAME', 'STEP', 'VALUE', 'TIME'], shown.map(({ record, stage, attempt, name, step, value, time }) => [record, stage, attempt, name, step, String(value), time])))
      })
    })
  run
    .command('prioritise <run> <priority>')
    .description('change the class of a run in the queue, -10 to 10')
    .action(async (text: string, priority: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const changed = await client.call('runs.prioritise', { run: parseRun(text), priority: parsePriority(priority) })
        print(changed, options.json, () => `Run ${changed.id} has priority ${changed.priority}.`)
      })
    })
  run
    .command('cancel <run>')
    .description('stop a run: SIGTERM to its stages, SIGKILL after the grace period')
    .action(async (text: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const cancelled = await client.call('runs.cancel', { run: parseRun(text) })
        print(cancelled, options.json, () => `Run ${cancelled.id} is ${cancelled.state === 'running' ? 'being cancelled' : cancelled.state}.`)
      })
    })
  run
    .command('log <run> <stage>')
    .description('what a stage wrote to its terminal')
    .option('--attempt <number>', 'which attempt (default: the last)')
    .action(async (text: string, stage: string, own: { attempt?: string }, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        const id = parseRun(text)
        const found = (await client.call('runs.get', { run: id })).stages.find((each) => each.stage === stage)
        if (!found || found.attempt === 0) throw new RequestError('not-found', `Stage ${stage} of run ${id} has not run.`)
        const attempt = own.attempt === undefined ? found.attempt : Number(own.attempt)
        // Into a file or a pipe it goes as it was written.
        const terminal = process.stdout.isTTY ? new TerminalText() : null
        for (let offset = 0; ; ) {
          const chunk = await client.call('runs.terminal', { run: id, stage, attempt, offset })
          for (const [, code, data] of chunk.events) if (code === 'o') process.stdout.write(terminal?.pass(data) ?? data)
          if (chunk.nextOffset >= chunk.size || chunk.nextOffset === offset) return
          offset = chunk.nextOffset
        }
      })
    })
}

async function followToEnd(client: Client, run: RunId, json: boolean | undefined): Promise<void> {
  const ended = await followRun(client, run, json ? () => undefined : say)
  if (json) print(ended, true, describeRun)
  if (ended.state === 'succeeded') return
  const failed = ended.stages.find(({ state }) => state === 'failed')
  if (!json) complain(`strongroom: Run ${run} ended ${ended.state}.${failed ? ` Stage ${failed.stage}: ${failed.reason ?? ''} See 'strongroom run log ${run} ${failed.stage}'.` : ''}`)
  process.exitCode = 1
}

function parseRun(text: string): RunId {
  const run = RunId.safeParse(Number(text))
  if (!run.success) throw new RequestError('invalid-request', `'${text}' is not a run's number.`)
  return run.data
}

/** Which code a run executes and, where that is not known, why. */
function describeCode({ commit, dirty, reason }: CodeVersion): string {
  if (commit === 'unknown') return reason === NO_REPOSITORY ? 'not under version control: no repository' : `version not known${reason === undefined ? '' : `: ${reason}`}`
  if (dirty === 'unknown') return `${commit}; whether it was changed since is not known${reason === undefined ? '' : `: ${reason}`}`
  return `${commit}${dirty === 'yes' ? ' with uncommitted changes' : ''}`
}

export function readProofWish(run: RunId, record: string, { stage, attempt }: MetricsOptions): { run: RunId; stage: string; record: number; attempt?: number } {
  if (stage === undefined) throw new RequestError('invalid-request', 'Name the stage of the record that is to be proved: --stage STAGE.')
  return { run, stage, record: parseNumber(record, 'record'), ...(attempt === undefined ? {} : { attempt: parseNumber(attempt, 'attempt') }) }
}

function printProof(proof: MetricProof, to: string | undefined, json: boolean | undefined): void {
  if (to === undefined && !json) return void process.stdout.write(`${proof.file}\n`)
  if (to !== undefined) writeFileSync(to, `${proof.file}\n`)
  print({ ...proof, ...(to === undefined ? {} : { written: to }) }, json, ({ record, entry, sealed }) => `${to ?? ''}: the record ${record}, one of the ${sealed} that entry ${entry} seals. Check it with 'strongroom ledger verify-record'.`)
}

function parsePriority(text: string): number {
  const priority = Priority.safeParse(/^-?\d{1,2}$/.test(text) ? Number(text) : undefined)
  if (priority.success) return priority.data
  throw new RequestError('invalid-request', `'${text}' is not a priority: a whole number from -10 to 10.`)
}

function parseNumber(text: string, what: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new RequestError('invalid-request', `'${text}' is not the number of a ${what}.`)
}

function describeRun(run: RunDetail): string {
  const head = facts([
    ['Run', run.id],
    ['Project', run.project],
    ['State', run.state],
    ['Started', `${run.startedAt} by ${run.startedBy}`],
    ['Code', describeCode(run.code)],
    ['Entry', run.startedEntry ?? ''],
  ])
  const stages = run.stages.map(({ stage, state, attempt, startedAt, endedAt, reason, metrics, cached }) => [
    stage,
    state,
    cached ? `run ${cached.run}` : attempt,
    startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '',
    reason ?? Object.entries(metrics).slice(0, 4).map(([name, value]) => `${name}=${shortenDecimal(value)}`).join(' '),
  ])
  return `${head}\n\n${table(['STAGE', 'STATE', 'ATTEMPT', 'TIME', ''], stages)}`
}
