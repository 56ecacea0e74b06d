import { fairness } from './fairness.ts'
import { register } from './register.ts'
import type { Step } from './step.ts'
import { validate } from './validate.ts'

export { optionName, type Step, type StepIo, type StepOption, type StepOptions } from './step.ts'

/** The built-in steps by name: what `strongroom step NAME` runs. */
export const steps: Readonly<Record<string, Step>> = { validate, fairness, register }
