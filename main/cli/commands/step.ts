import { Command } from 'commander'
import { optionName, steps } from '../../steps/index.ts'

/**
 * `strongroom step NAME`: an ordinary command for stages of any pipeline; it needs no orchestrator and no account. A program of its own,
 * as its options (`--data`) mean something else than those of the rest.
 */
export function stepProgram(): Command {
  const program = new Command('strongroom step').description('built-in steps, for the commands of a pipeline').showHelpAfterError('See --help.')
  for (const builtIn of Object.values(steps)) {
    const command = program.command(builtIn.name).description(builtIn.summary)
    for (const { flag, description, required = false, repeat = false } of builtIn.options) {
      const option = command.createOption(flag, required ? `${description} (required)` : description)
      if (repeat) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
      // The step names its options by their flag; commander would turn dashes into capitals.
      option.attributeName = () => optionName({ flag, description })
      command.addOption(option)
    }
    command.action(async (own: Record<string, string | string[] | undefined>) => {
      process.exitCode = await builtIn.run(own, { cwd: process.cwd(), stdout: (line) => console.log(line) })
    })
  }
  return program
}
