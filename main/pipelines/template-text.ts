import type { Variable } from './variables.ts'
import type { LocatedScalar } from './yaml-source.ts'

/** How a map becomes options of a command: the section `parsing` of DVC's configuration. */
export interface ParsingOptions {
  /** `--flag` for what is true and nothing for what is false, or `--no-flag` for that. */
  readonly bool: 'store_true' | 'boolean_optional'
  /** `--key 1 2`, or `--key 1 --key 2`. */
  readonly list: 'nargs' | 'append'
}

export const DEFAULT_PARSING: ParsingOptions = { bool: 'store_true', list: 'nargs' }

/** A value as text within other text: as Python writes it, which is what DVC does, but true and false in lower case. */
export function scalarText(scalar: LocatedScalar): string {
  return typeof scalar.value === 'boolean' ? String(scalar.value) : pythonText(scalar)
}

/**
 * A map as options of a command, `--lr 0.1 --model.depth 3`: names of nested maps with dots, texts quoted for a POSIX shell. Returns the
 * name of a list within a list instead, which no option can say.
 */
export function commandOptions(map: Extract<Variable, { kind: 'map' }>, parsing: ParsingOptions): { readonly text: string } | { readonly nested: string } {
  const words: string[] = []
  for (const [name, value] of flatten(map)) {
    const option = `--${name}`
    if (value.kind === 'list') {
      const items: string[] = []
      for (const item of value.items) {
        if (item.kind !== 'scalar') return { nested: name }
        items.push(argumentText(item.scalar))
      }
      if (parsing.list === 'append') words.push(...items.flatMap((item) => [option, item]))
      else if (items.length > 0) words.push(option, ...items)
    } else if (typeof value.scalar.value === 'boolean') {
      if (value.scalar.value) words.push(option)
      else if (parsing.bool === 'boolean_optional') words.push(`--no-${name}`)
    } else {
      words.push(option, argumentText(value.scalar))
    }
  }
  return { text: words.join(' ') }
}

function* flatten(map: Extract<Variable, { kind: 'map' }>, prefix = ''): Generator<[string, Exclude<Variable, { kind: 'map' }>]> {
  for (const [key, value] of map.entries) {
    if (value.kind === 'map') yield* flatten(value, `${prefix}${key}.`)
    else yield [`${prefix}${key}`, value]
  }
}

function argumentText(scalar: LocatedScalar): string {
  return typeof scalar.value === 'string' ? shellQuote(scalar.value) : pythonText(scalar)
}

/** A word of a POSIX shell that stands for the text, as Python's `shlex.quote` writes it. */
export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

/** What Python's `str` makes of the value: `None`, `True`, `1.0`, `1e-05`. */
function pythonText({ value, source }: LocatedScalar): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  if (/^[-+]?\d+$/.test(source)) return BigInt(source.replace('+', '')).toString()
  if (/^0[xo]/i.test(source)) return String(value)
  return pythonFloat(value)
}

/** The shortest digits that read back as the same double, which both languages take, in Python's form: exponents from 1e16 and below 1e-4. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return Number.isInteger(value) ? `${text}.0` : text
}
