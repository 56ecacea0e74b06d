import { stretches } from '../../main/orchestrator/stretches.ts'
import { openLarge } from '../window/large-folder.ts'

const ROUNDS = 5
/** Entries of a page of the window. */
const PAGE = 100

/** What is searched for: common words, rare ones, a run, the beginning of a digest, a letter, and what no entry has. */
const TEXTS = ['succeeded', 'run.finished', 'person.enrolled', 'run 62500', 'train model', 'a1b2c', 's', 'words that no entry has']

/** As much as one search can ask for: each letter is the beginning of many words. */
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'].join(' ')

/**
 * `search`: ms until the newest hundred entries that have the words are read and all are counted, median, in a data folder whose orchestrator is
 * stopped; how long others wait while every letter is searched for; and the bytes that the index takes of the file.
 */
export async function measureSearch(print: (line: string) => void, root: string): Promise<void> {
  const { db, ledger, close } = openLarge(root)
  for (const text of TEXTS) {
    const times = Array.from({ length: ROUNDS }, () => {
      const began = performance.now()
      const found = ledger.entries({ text, limit: PAGE, descending: true, from: ledger.size - 1 })
      const matching = ledger.count({ text })
      return { ms: performance.now() - began, found: found.length, matching }
    }).sort((a, b) => a.ms - b.ms)
    const { ms, found, matching } = times[ROUNDS >> 1] ?? { ms: Number.NaN, found: 0, matching: 0 }
    print(`search '${text}': ${ms.toFixed(1)} ms (${found} of ${matching} entries, of ${ledger.size})`)
  }
  const waits: number[] = []
  for await (const [from, to] of stretches(0, ledger.size - 1, { signal: new AbortController().signal })) {
    const began = performance.now()
    ledger.count({ text: LETTERS, from, to })
    waits.push(performance.now() - began)
  }
  print(`search for every letter: others wait ${Math.max(...waits).toFixed(0)} ms at most, ${waits.reduce((sum, ms) => sum + ms, 0).toFixed(0)} ms in all`)
  const bytes = db.prepare<[], number>(`SELECT sum(pgsize) FROM dbstat WHERE name = 'ledger_terms'`).pluck().get() ?? 0
  const all = db.prepare<[], number>('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size').pluck().get() ?? 0
  print(`search index: ${(bytes / 1e6).toFixed(0)} MB of ${(all / 1e6).toFixed(0)} MB`)
  close()
}
