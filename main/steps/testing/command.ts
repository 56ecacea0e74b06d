/** `strongroom step NAME --option value ...` for tests that run a pipeline's own commands: the steps, without the program around them. */
import { optionName, steps } from '../index.ts'

const [word, name = '', ...args] = process.argv.slice(2)
const step = word === 'step' ? steps[name] : undefined
if (step === undefined) throw new Error(`no step "${name}"`)
const options: Record<string, string | string[]> = {}
for (let at = 0; at < args.length; at += 2) {
  const key = (args[at] ?? '').replace(/^--/, '')
  const value = args[at + 1] ?? ''
  const repeat = step.options.find((option) => optionName(option) === key)?.repeat === true
  options[key] = repeat ? [...(options[key] ?? []), value] : value
}
process.exitCode = await step.run(options, { cwd: process.cwd(), stdout: (line) => process.stdout.write(`${line}\n`) })
