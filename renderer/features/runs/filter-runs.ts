import type { RunSummary } from '../../../shared/contract/index.ts'
import { stateWords } from '../../../shared/messages/runs.ts'

/** The runs that every word of the filter fits: a number, the start of a state, or a part of the name of who started it. */
export function filterRuns(runs: readonly RunSummary[], filter: string, nameOf: (person: string) => string): readonly RunSummary[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter((word) => word !== '')
  if (wanted.length === 0) return runs
  return runs.filter((run) => wanted.every((word) => fits(run, word, nameOf)))
}

function fits(run: RunSummary, word: string, nameOf: (person: string) => string): boolean {
  return String(run.id) === word || stateWords[run.state].startsWith(word) || nameOf(run.startedBy).toLowerCase().includes(word)
}
