import { parameterFile, parameterName } from '../../../shared/graph/parameter-name.ts'
import type { Stage } from '../../../shared/graph/pipeline.ts'

export interface ParameterRow {
  readonly name: string
  /** Null: the run did not record it. */
  readonly value: string | null
}

/**
 * The parameters that a stage reads, with the values of a run. A key may name a whole branch (`train` for `train.rate`); a file without
 * keys stands for all that the run recorded of it.
 */
export function parameterRows(stage: Pick<Stage, 'params'>, recorded: Readonly<Record<string, string>>): ParameterRow[] {
  const names = Object.keys(recorded)
  const rows = new Map<string, ParameterRow>()
  for (const { file, keys } of stage.params) {
    const wanted = keys.length === 0 ? [''] : keys
    for (const key of wanted) {
      const sought = parameterName(file, key)
      const found = names.filter((name) => (key === '' ? parameterFile(name) === file : name === sought || name.startsWith(`${sought}.`)))
      for (const name of found) rows.set(name, { name, value: recorded[name] ?? null })
      const absent = key === '' ? file : sought
      if (found.length === 0) rows.set(absent, { name: absent, value: null })
    }
  }
  return [...rows.values()]
}
