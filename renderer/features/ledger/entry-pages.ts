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

/** Without a filter every number of a range is a row, so any page can be asked for at once; with one, pages follow each other. */
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

/** What is known of a list, newest first: its pages by number, and whether there are more behind the last one of a filtered list. */
export interface EntryPages {
  readonly pages: ReadonlyMap<number, readonly EntryRow[]>
  readonly isComplete: boolean
}

export const NO_PAGES: EntryPages = { pages: new Map(), isComplete: false }

/** The pages with one more. A page that is not full ends a filtered list. */
export function withPage({ pages }: EntryPages, page: number, entries: readonly EntryRow[]): EntryPages {
  return { pages: new Map(pages).set(page, entries), isComplete: entries.length < PAGE }
}

/** Pages of a list without a filter that are kept on either side of the one in sight: any can be asked for again. */
const KEPT = 25

/** Only the pages around one, so that whoever scrolls through a million entries does not hold them all. */
export function nearby({ pages, isComplete }: EntryPages, page: number): EntryPages {
  return { pages: new Map([...pages].filter(([each]) => Math.abs(each - page) <= KEPT)), isComplete }
}

/** How many rows to show: for a filtered list that goes on, a page more than is known, so that scrolling asks for it. */
export function rowCount({ pages, isComplete }: EntryPages, range: SeqRange, isWhole: boolean): number {
  if (isWhole) return Math.max(0, range.until - range.from)
  const known = knownRows(pages)
  return isComplete ? known : known + Math.min(PAGE, Math.max(0, range.until - range.from - known))
}

/** Rows of a filtered list that are known. */
export function knownRows(pages: EntryPages['pages']): number {
  let known = 0
  for (const entries of pages.values()) known += entries.length
  return known
}

export function rowAt({ pages }: EntryPages, index: number): EntryRow | undefined {
  return pages.get(Math.floor(index / PAGE))?.[index % PAGE]
}

/** The row of an entry, or null when it is not in the list as far as it is known. */
export function rowOf({ pages }: EntryPages, seq: number, range: SeqRange, isWhole: boolean): number | null {
  if (isWhole) return seq >= range.from && seq < range.until ? range.until - 1 - seq : null
  for (const [page, entries] of pages) {
    const at = entries.findIndex((entry) => entry.seq === seq)
    if (at >= 0) return page * PAGE + at
  }
  return null
}

/** The `before` that asks for a page, or null when it cannot be asked for: the page before it is not there yet, or there is none. */
export function cursorOf({ pages, isComplete }: EntryPages, page: number, range: SeqRange, isWhole: boolean): number | null {
  if (isWhole) {
    const before = range.until - page * PAGE
    return before > range.from ? before : null
  }
  if (page === 0) return range.until
  const above = pages.get(page - 1)
  const last = above?.[above.length - 1]
  return isComplete || last === undefined ? null : last.seq
}

/** The pages that rows `first` to `last` need and that are not there. */
export function pagesNeeded({ pages }: EntryPages, first: number, last: number): number[] {
  const needed: number[] = []
  for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) if (!pages.has(page)) needed.push(page)
  return needed
}
