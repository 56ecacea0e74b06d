import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { describeSubject } from '../../../shared/messages/entries.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'

/** Entries of note, newest first: decisions and results, without sessions, starts of the orchestrator and single stages that went well. */
export function pickOfNote(entries: readonly LedgerEntry[], limit: number): LedgerEntry[] {
  return entries.filter(({ action }) => words.acts[action] !== undefined).slice(0, limit)
}

/** What an entry records, in words, with what it is about. */
export function describeEntry(entry: LedgerEntry): { readonly act: string; readonly about: string } {
  return { act: words.acts[entry.action] ?? entry.action, about: describeSubject(entry).name }
}
