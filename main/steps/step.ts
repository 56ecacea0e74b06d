/** A built-in step: an ordinary command of the `strongroom` program that a stage of any pipeline may call. */

export interface StepOption {
  /** As written on the command line: `--data <file>`. */
  readonly flag: string
  readonly description: string
  readonly required?: boolean
  /** May be given more than once; its value then is a list. */
  readonly repeat?: boolean
}

/** Values by the option's name without dashes; a repeated option gives a list. */
export type StepOptions = Readonly<Record<string, string | readonly string[] | undefined>>

export interface StepIo {
  /** The folder that relative paths start from. */
  readonly cwd: string
  stdout(line: string): void
}

export interface Step {
  readonly name: string
  readonly summary: string
  readonly options: readonly StepOption[]
  /** Exit code: 0 all well; 1 the check failed, its report is written; 2 bad input, nothing is written and the reason is printed. */
  run(options: StepOptions, io: StepIo): Promise<number>
}

export type StepInputCode =
  | 'option-missing'
  | 'option-invalid'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'csv-malformed'
  | 'column-missing'
  | 'value-invalid'
  | 'expectations-invalid'
  | 'model-invalid'
  | 'check-mismatch'

/** Bad input to a step. The message says what is wrong, in which input, and what to do. */
export class StepInputError extends Error {
  readonly code: StepInputCode

  constructor(code: StepInputCode, message: string) {
    super(message)
    this.name = 'StepInputError'
    this.code = code
  }
}

interface StepParts {
  readonly name: string
  readonly summary: string
  readonly options: readonly StepOption[]
  /** Throws StepInputError for bad input; answers whether the check held. */
  readonly check: (options: StepOptions, io: StepIo) => Promise<boolean>
}

/** A step from its check: bad input becomes exit code 2 and a message, anything unforeseen is thrown on. */
export function defineStep({ name, summary, options, check }: StepParts): Step {
  return {
    name,
    summary,
    options,
    async run(values, io) {
      try {
        refuseUnknown(name, options, values)
        return (await check(values, io)) ? 0 : 1
      } catch (error) {
        if (!(error instanceof StepInputError)) throw error
        io.stdout(`strongroom step ${name}: ${error.message}`)
        return 2
      }
    },
  }
}

function refuseUnknown(step: string, options: readonly StepOption[], values: StepOptions): void {
  const known = new Set(options.map((option) => optionName(option)))
  for (const name of Object.keys(values)) {
    if (!known.has(name)) {
      const taken = [...known].map((option) => `--${option}`).join(', ')
      throw new StepInputError('option-invalid', `--${name} is no option of "${step}". It takes ${taken}.`)
    }
  }
}

/** The option's name without dashes: `data` for `--data <file>`. */
export function optionName(option: StepOption): string {
  return option.flag.replace(/^--/, '').split(' ', 1)[0] ?? ''
}

/** The value of an option that must be there, once. */
export function requiredText(options: StepOptions, name: string): string {
  const value = optionalText(options, name)
  if (value === undefined) throw new StepInputError('option-missing', `--${name} is missing. Give it a value.`)
  return value
}

/** The value of an option that may be absent. */
export function optionalText(options: StepOptions, name: string): string | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw new StepInputError('option-invalid', `--${name} may be given only once.`)
  if (value === '') throw new StepInputError('option-invalid', `--${name} is empty. Give it a value.`)
  return value
}

/** The values of a repeatable option that must be there at least once. */
export function requiredList(options: StepOptions, name: string): readonly string[] {
  const value = options[name]
  const list = typeof value === 'string' ? [value] : (value ?? [])
  if (list.length === 0) throw new StepInputError('option-missing', `--${name} is missing. Give it at least once.`)
  const twice = list.find((item, index) => list.indexOf(item) !== index)
  if (twice !== undefined) throw new StepInputError('option-invalid', `--${name} ${twice} is given twice. Give it once.`)
  return list
}
