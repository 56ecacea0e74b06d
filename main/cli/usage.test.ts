import { Command, CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { asUsageError, requireOptionsAtOnce } from './usage.ts'

/** A program of one command in a group; what it throws where it refuses a command line. */
async function refusalOf(...words: string[]): Promise<unknown> {
  const program = new Command('strongroom').exitOverride().configureOutput({ outputError: () => undefined, writeOut: () => undefined })
  program
    .command('model')
    .command('import <file>')
    .requiredOption('--name <name>', 'what it is called here')
    .requiredOption('--source <text>', 'where it comes from')
    .option('--note <text>', 'more')
    .action(() => undefined)
  requireOptionsAtOnce(program)
  return program.parseAsync(words, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => (error instanceof CommanderError ? asUsageError(error) : error),
  )
}

describe('a command line that is refused', () => {
  it('says every option that it misses, and what each is', async () => {
    expect(await refusalOf('model', 'import', 'x')).toMatchObject({
      code: 'invalid-request',
      message: "'strongroom model import' needs --name <name>, --source <text>. See 'strongroom model import --help'.",
      problems: [{ message: '--name <name>: what it is called here' }, { message: '--source <text>: where it comes from' }],
    })
    expect(await refusalOf('model', 'import', 'x', '--name', 'a')).toMatchObject({ message: "'strongroom model import' needs --source <text> (where it comes from). See 'strongroom model import --help'." })
    expect(await refusalOf('model', 'import', 'x', '--name', 'a', '--source', 'b')).toBeUndefined()
  })

  it('says in a sentence what else is wrong with it, and nothing where help was asked for', async () => {
    expect(await refusalOf('model', 'import')).toMatchObject({ code: 'invalid-request', message: "Missing required argument 'file'. See --help." })
    expect(await refusalOf('model', 'import', 'x', '--nam', 'a')).toMatchObject({ message: "Unknown option '--nam'. (Did you mean --name?) See --help." })
    expect(await refusalOf('model', 'import', '--help')).toBeNull()
  })
})
