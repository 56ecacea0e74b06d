import { Command, CommanderError } from 'commander'
import { type ErrorCode } from '../../shared/contract/index.ts'
import { SOFTWARE } from '../client/index.ts'
import { addBackupCommands } from './commands/backup.ts'
import { addDatasetCommands } from './commands/datasets.ts'
import { addEvidenceCommands } from './commands/evidence.ts'
import { addExecutorCommands } from './commands/executors.ts'
import { addInstallationCommands } from './commands/installation.ts'
import { addLedgerCommands } from './commands/ledger.ts'
import { addModelCommands } from './commands/models.ts'
import { addPeopleCommands } from './commands/people.ts'
import { addPipelineCommands } from './commands/pipelines.ts'
import { addProjectCommands } from './commands/projects.ts'
import { addRoleCommands } from './commands/roles.ts'
import { addQueueCommands } from './commands/queue.ts'
import { addRunCommands } from './commands/runs.ts'
import { addSampleCommands } from './commands/samples.ts'
import { addServeCommands } from './commands/serve.ts'
import { stepProgram } from './commands/step.ts'
import { addWitnessCommands } from './commands/witness.ts'
import { complain } from './output.ts'
import { printable, printableJson } from './printable.ts'
import type { GlobalOptions } from './session.ts'
import { asFailedRequest } from './system-error.ts'
import { asUsageError, requireOptionsAtOnce } from './usage.ts'

async function main(argv: readonly string[]): Promise<void> {
  if (argv[2] === 'step') {
    await stepProgram().parseAsync(argv.slice(3), { from: 'user' })
    return
  }
  const program = new Command('strongroom')
    .description('Train models on your own hardware; prove what was done.')
    .version(SOFTWARE)
    .option('--data <folder>', 'data folder (default: STRONGROOM_DATA, or the platform’s place for application data)')
    .option('--json', 'print results as JSON')
    .option('--as <handle>', 'act as this person for one command')
    .option('--passphrase-file <file>', 'read the passphrase of who acts from a file; - is standard input')
    .configureHelp({ showGlobalOptions: true })
    // What is wrong is said below, as of any other command that failed.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
  addPeopleCommands(program)
  addRoleCommands(program)
  addProjectCommands(program)
  addSampleCommands(program)
  addDatasetCommands(program)
  addPipelineCommands(program)
  addRunCommands(program)
  addQueueCommands(program)
  addExecutorCommands(program)
  addModelCommands(program)
  addEvidenceCommands(program)
  addLedgerCommands(program)
  addWitnessCommands(program)
  addBackupCommands(program)
  addServeCommands(program)
  addInstallationCommands(program)
  refuseUnknownCommands(program)
  requireOptionsAtOnce(program)
  program.command('step').description('built-in steps, for the commands of a pipeline; see strongroom step --help')
  try {
    await program.parseAsync(argv)
  } catch (error) {
    const failure = error instanceof CommanderError ? asUsageError(error) : error
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1
    if (failure !== null) report(failure, program.opts<GlobalOptions>().json ?? false)
  }
}

/** What to do next in this program; the orchestrator, which says what went wrong, knows no command. */
const NEXT: Partial<Record<ErrorCode, string>> = {
  'not-signed-in': "Use 'strongroom login NAME', or put --as NAME before the command.",
  'already-set-up': "Sign in with 'strongroom login NAME'.",
}

/** A group that lists by default would take a slip in the command's name for an argument of its list. */
function refuseUnknownCommands(program: Command): void {
  for (const group of program.commands) refuseUnknownIn(program, group, group.name())
}

function refuseUnknownIn(program: Command, group: Command, path: string): void {
  for (const command of group.commands) {
    if (command.commands.length > 0) refuseUnknownIn(program, command, `${path} ${command.name()}`)
    else if (command.registeredArguments.length === 0) {
      command.allowExcessArguments().hook('preAction', () => {
        const [word] = command.args
        if (word === undefined) return
        if (group.args[0] === command.name()) program.error(`error: 'strongroom ${path} ${command.name()}' takes no '${printable(word)}'`)
        const names = group.commands.map((each) => each.name()).join(', ')
        program.error(`error: '${printable(word)}' is no command of 'strongroom ${path}', which has: ${names}`)
      })
    }
  }
}

/** An expected failure in a sentence, with every problem on a line; the rest is a bug and shows where. */
function report(error: unknown, json: boolean): void {
  const failed = asFailedRequest(error)
  if (failed === null) return complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const { code, problems } = failed
  const message = [failed.message, NEXT[code]].filter((part) => part !== undefined).join(' ')
  if (json) console.error(printableJson({ error: { code, message, problems } }))
  else {
    complain(`strongroom: ${message}`)
    if (problems.length > 1) for (const { file, line, column, message: text } of problems) complain(file === null ? `  ${text}` : `  ${file}:${line}:${column}: ${text}`)
  }
}

// A reader that went away (`strongroom ledger list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

await main(process.argv)
