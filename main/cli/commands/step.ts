import type { Command } from 'commander'

/** `strongroom step NAME`: an ordinary command, for stages of any pipeline; it needs no orchestrator and no account. */
export async function addStepCommands(program: Command): Promise<void> {
  const step = program.command('step').description('built-in steps, for the commands of a pipeline')
  const { optionName, steps } = await import('../../steps/index.ts')
  for (const builtIn of Object.values(steps)) {
    const command = step.command(builtIn.name).description(builtIn.summary)
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
}
