import type { Stage } from '../../../shared/graph/pipeline.ts'

export interface ParameterRow {
  readonly name: string
  /** Null: the run did not record it. */
  readonly value: string | null
}

/**
 * The parameters that a stage reads, with the values of a run. A key may name a whole branch (`train` for `train.rate`); a file without
 * keys stands for all that the run recorded.
 */
export function parameterRows(stage: Pick<Stage, 'params'>, recorded: Readonly<Record<string, string>>): ParameterRow[] {
  const names = Object.keys(recorded)
  const rows = new Map<string, ParameterRow>()
  for (const { file, keys } of stage.params) {
    const wanted = keys.length === 0 ? [''] : keys
    for (const key of wanted) {
      const found = names.filter((name) => key === '' || name === key || name.startsWith(`${key}.`) || name === `${file}:${key}` || name.startsWith(`${file}:${key}.`))
      for (const name of found) rows.set(name, { name, value: recorded[name] ?? null })
      if (found.length === 0) rows.set(key === '' ? file : key, { name: key === '' ? file : key, value: null })
    }
  }
  return [...rows.values()]
}
