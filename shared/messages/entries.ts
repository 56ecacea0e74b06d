import type { LedgerEntry } from '../contract/index.ts'

/** What an entry is about, in a line. */
export interface EntrySubject {
  /** `Run 3, train`, `Run 3: succeeded`, `credit-risk 2 to staging`, a person, a project; else the first file that it names. */
  readonly name: string
  /** The content that it names besides: `data/train.csv and 11 more`; empty where that says nothing further. */
  readonly content: string
}

/** Says of an entry what it is about: the same for the ledger, for the overview and on the command line. */
export function describeSubject({ about, subject }: Pick<LedgerEntry, 'about' | 'subject'>): EntrySubject {
  const [first, ...more] = subject
  const content = first === undefined ? '' : more.length === 0 ? first.name : `${first.name} and ${more.length} more`
  const name = nameOf(about)
  if (name === '') return { name: content, content: '' }
  return { name, content: first !== undefined && name.startsWith(first.name) ? '' : content }
}

function nameOf({ run, stage, state, model, version, to, person, project, name, dataset }: LedgerEntry['about']): string {
  if (model !== undefined && version !== undefined) return `${model} ${version}${to === undefined ? '' : ` to ${to}`}`
  if (run !== undefined) return `Run ${run}${stage === undefined ? '' : `, ${stage}`}${state === undefined ? '' : `: ${state}`}`
  return person ?? dataset ?? name ?? project ?? ''
}
