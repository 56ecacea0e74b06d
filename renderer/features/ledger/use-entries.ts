import { useCallback, useEffect, useRef, useState } from 'react'
import { PersonId, toRequestError, type ParamsOf, type RequestError } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'
import { isAskable, isContiguous, nearby, NO_PAGES, NO_SESSIONS, PAGE, pagesNeeded, rowAt, rowCount, rowOf, rowsOf, withPage, type EntryFilter, type EntryRow } from './entry-pages.ts'
import type { SeqRange } from './time-buckets.ts'

/** Pages that are asked for at a time. */
const AT_ONCE = 2

export interface EntryList {
  readonly count: number
  /** Whether `count` is known to be that of the list. */
  readonly isCounted: boolean
  readonly isEmpty: boolean
  readonly error: RequestError | null
  readonly rowAt: (index: number) => EntryRow | undefined
  readonly rowOf: (seq: number) => number | null
  /** Tells which rows are in sight, so that their pages are read. */
  readonly show: (first: number, last: number) => void
  readonly retry: () => void
}

/**
 * The entries of a range of numbers that match a filter, newest first, read page by page as they come in sight. Give the component that
 * uses it a key of range and filter: another list starts from nothing.
 */
export function useEntries(filter: EntryFilter, range: SeqRange): EntryList {
  const api = useApi()
  const [pages, setPages] = useState(NO_PAGES)
  const [error, setError] = useState<RequestError | null>(null)
  const [sight, setSight] = useState({ first: 0, last: 0 })
  const asked = useRef(new Set<number>())
  const over = useAbort()
  const isWhole = isContiguous(filter)
  const { first, last } = sight

  useEffect(() => {
    if (error) return
    for (const page of pagesNeeded(pages, first, last)) {
      // What a drag passes by is not asked for: only what is in sight when an answer comes.
      if (!isAskable(pages, page, range, isWhole) || asked.current.has(page) || asked.current.size >= AT_ONCE) continue
      asked.current.add(page)
      api
        .call('ledger.entries', request(filter, range, page, !isWhole && pages.total === null), { signal: over })
        .finally(() => asked.current.delete(page))
        .then(
          (answer) => setPages((known) => withPage(nearby(known, page), page, rowsOf(answer), answer.matching)),
          (thrown: unknown) => {
            if (!over.aborted) setError(toRequestError(thrown))
          },
        )
    }
  }, [api, error, filter, first, isWhole, last, over, pages, range])

  const show = useCallback((from: number, to: number) => {
    setSight((before) => (before.first === from && before.last === to ? before : { first: from, last: to }))
  }, [])
  const count = rowCount(pages, range, isWhole)
  return {
    count,
    isCounted: isWhole || pages.total !== null,
    isEmpty: isWhole ? count === 0 : pages.total === 0,
    error,
    rowAt: (index) => rowAt(pages, index),
    rowOf: (seq) => rowOf(pages, seq, range, isWhole),
    show,
    retry: () => setError(null),
  }
}

/** A signal that is given when the component goes: what it still asks for is of no use to anybody. */
function useAbort(): AbortSignal {
  const [controller] = useState(() => new AbortController())
  useEffect(() => () => controller.abort(), [controller])
  return controller.signal
}

function request({ text, action, person }: EntryFilter, { from, until }: SeqRange, page: number, counted: boolean): ParamsOf<'ledger.entries'> {
  return {
    from,
    until,
    skip: page * PAGE,
    limit: PAGE,
    counted,
    ...(text.trim() === '' ? {} : { text: text.trim() }),
    ...(action === null ? {} : action === NO_SESSIONS ? { sessions: false } : { action }),
    ...(person === null ? {} : { person: person === 'orchestrator' ? person : PersonId.parse(person) }),
  }
}
