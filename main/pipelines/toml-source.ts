import { parse, TomlDate, TomlError } from 'smol-toml'
import type { TomlValue } from 'smol-toml'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { YAML_LIMITS, type Located } from './yaml-source.ts'

/**
 * Reads a TOML 1.0 document (https://toml.io/en/v1.0.0) under the depth of `YAML_LIMITS`. Faults have their line and column; the values do not, and
 * all stand at the start of the file. Dates and times are texts.
 */
export function readToml(text: string, file: string): Outcome<Located> {
  const problems = new ProblemList(file)
  try {
    const value = locate(parse(text, { maxDepth: YAML_LIMITS.depth, integersAsBigInt: true }), 0)
    if (value) return { ok: true, value }
    problems.add('yaml-limit', FILE_START, `Values are nested deeper than ${YAML_LIMITS.depth} levels; flatten them.`)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [what = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    problems.add('file-syntax', { line: error.line, column: error.column }, `This is no TOML: ${what}.`)
  }
  return { ok: false, problems: problems.sorted() }
}

/** Null where it is too deep. */
function locate(value: TomlValue, depth: number): Located | null {
  const at = FILE_START
  if (depth > YAML_LIMITS.depth) return null
  switch (typeof value) {
    case 'string':
      return { kind: 'scalar', value, source: value, plain: false, at }
    case 'boolean':
    case 'number':
      return { kind: 'scalar', value, source: typeof value === 'number' ? floatSource(value) : String(value), plain: true, at }
    case 'bigint':
      return { kind: 'scalar', value: Number(value), source: String(value), plain: true, at }
    default:
  }
  if (value instanceof TomlDate) return { kind: 'scalar', value: value.toISOString(), source: value.toISOString(), plain: false, at }
  if (Array.isArray(value)) {
    const items = value.map((item) => locate(item, depth + 1))
    return items.every((item) => item !== null) ? { kind: 'list', items, at } : null
  }
  const entries = Object.entries(value).map(([key, member]) => ({ key, keyAt: at, value: locate(member, depth + 1) }))
  return entries.every((entry): entry is typeof entry & { value: Located } => entry.value !== null) ? { kind: 'map', entries, at } : null
}

/** A float as text that is none of an integer: 2.0 is not 2 for whoever reads the type as well. */
function floatSource(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value)
}
