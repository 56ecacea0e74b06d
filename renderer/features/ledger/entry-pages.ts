import type { ActionName, DamagedEntry, LedgerEntry, ResultOf } from '../../../shared/contract/index.ts'
import type { SeqRange } from './time-buckets.ts'

/** Entries that are asked for at a time. */
export const PAGE = 200

export const NO_SESSIONS = 'no-sessions'

/** What narrows the list besides time. */
export interface EntryFilter {
  readonly text: string
  /** One action, or all but those of sessions. */
  readonly action: ActionName | typeof NO_SESSIONS | null
  readonly person: string | null
}

export const NO_FILTER: EntryFilter = { text: '', action: null, person: null }

/** What a reader begins with, said by the choice of actions above the list: each command signs in and out, and buries the rest. */
export const FIRST_FILTER: EntryFilter = { ...NO_FILTER, action: NO_SESSIONS }

/** Without a filter every number of a range is a row; with one, the first answer says how many there are. */
export function isContiguous({ text, action, person }: EntryFilter): boolean {
  return text.trim() === '' && action === null && person === null
}

/** A row of the list: an entry, or what is wrong with one that cannot be read. */
export type EntryRow = LedgerEntry | DamagedEntry

export function isDamaged(row: EntryRow): row is DamagedEntry {
  return 'kind' in row
}

/** The rows of an answer, newest first. */
export function rowsOf({ entries, damaged }: Pick<ResultOf<'ledger.entries'>, 'entries' | 'damaged'>): EntryRow[] {
  return [...entries, ...damaged].sort((one, other) => other.seq - one.seq)
}

/** What is known of a list, newest first: its pages by number, and how many rows a filtered one has, once its first page came. */
export interface EntryPages {
  readonly pages: ReadonlyMap<number, readonly EntryRow[]>
  readonly total: number | null
}

export const NO_PAGES: EntryPages = { pages: new Map(), total: null }

/** The pages with one more. `total`: of a filtered list, where it was counted with that page. */
export function withPage({ pages, total: known }: EntryPages, page: number, entries: readonly EntryRow[], total: number | null = null): EntryPages {
  return { pages: new Map(pages).set(page, entries), total: total ?? known }
}

/** Pages that are kept on either side of the one in sight: any can be asked for again. */
const KEPT = 25

/** Only the pages around one, so that whoever scrolls through a million entries does not hold them all. */
export function nearby({ pages, total }: EntryPages, page: number): EntryPages {
  return { pages: new Map([...pages].filter(([each]) => Math.abs(each - page) <= KEPT)), total }
}

/** How many rows to show: of a filtered list, as many as a page has, until they were counted. */
export function rowCount({ total }: EntryPages, range: SeqRange, isWhole: boolean): number {
  const numbers = Math.max(0, range.until - range.from)
  return isWhole ? numbers : (total ?? Math.min(PAGE, numbers))
}

export function rowAt({ pages }: EntryPages, index: number): EntryRow | undefined {
  return pages.get(Math.floor(index / PAGE))?.[index % PAGE]
}

/** The row of an entry, or null when it is not in the list as far as that is known. */
export function rowOf({ pages }: EntryPages, seq: number, range: SeqRange, isWhole: boolean): number | null {
  if (isWhole) return seq >= range.from && seq < range.until ? range.until - 1 - seq : null
  for (const [page, entries] of pages) {
    const at = entries.findIndex((entry) => entry.seq === seq)
    if (at >= 0) return page * PAGE + at
  }
  return null
}

/** Whether a page can be asked for: there are rows of it, as far as is known. */
export function isAskable(known: EntryPages, page: number, range: SeqRange, isWhole: boolean): boolean {
  return page * PAGE < rowCount(known, range, isWhole)
}

/** The pages that rows `first` to `last` need and that are not there. */
export function pagesNeeded({ pages }: EntryPages, first: number, last: number): number[] {
  const needed: number[] = []
  for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) if (!pages.has(page)) needed.push(page)
  return needed
}
