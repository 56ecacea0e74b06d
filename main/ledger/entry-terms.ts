import type { Entry } from './entry.ts'

/** What to look for; every member that is given must hold. */
export interface EntryFilter {
  readonly action?: string | undefined
  /** Actions that begin with this are left out. */
  readonly without?: string | undefined
  readonly actor?: string | undefined
  /**
   * Each word of it must begin a word of what the entry names: action, subjects and their digests, project, run, model, version, stage, person, and
   * what else its detail names. A short number is whole, and may be that of a run, a version or the entry itself; `run 12` is that run. Upper and lower case are the same.
   */
  readonly text?: string | undefined
}

/** A term, or every term that begins so. */
export interface TermRange {
  readonly term: string
  readonly isPrefix: boolean
}

/** Terms of which an entry must have one. */
export type Condition = readonly TermRange[]

/** A filter by terms: one of each condition, and none of those that are left out. */
export interface TermQuery {
  readonly conditions: readonly Condition[]
  readonly without: Condition
}

/** The term of every entry. */
export const ANY = '*'

/** Characters of a word that count: of a digest as many as nobody finds twice. */
const LONGEST = 32
/** Digits from which on a number may be the beginning of a digest, which is found by that. */
const DIGEST_DIGITS = 8

/** Members of a detail that name something by words, and those that number it. */
const NAMES = ['project', 'model', 'dataset', 'name', 'path', 'stage', 'state', 'from', 'to', 'person', 'author', 'role', 'alias', 'backup', 'pack', 'source', 'licence']
const NUMBERS = ['run', 'version']
/** What a number in a text may be of: besides, of the entry itself. */
const NUMBERED = [...NUMBERS, 'entry']
const POSITION = '#entry '

/**
 * What an entry is found by. The first character tells the kinds apart: `=action` and `@actor` in full, `#run 12`, and words without one.
 */
export function termsOf({ action, actor, subject, detail }: Entry): Set<string> {
  const terms = new Set([ANY, `=${action}`, `@${actor}`])
  const add = (text: string): void => {
    for (const word of knownWordsOf(text)) terms.add(word)
  }
  add(action)
  for (const { name, digest } of subject) {
    add(name)
    // A word as it is.
    terms.add(digest.sha256.slice(0, LONGEST))
  }
  for (const member of NAMES) {
    const value = detail[member]
    if (typeof value === 'string') add(value)
  }
  for (const member of NUMBERS) {
    const value = detail[member]
    if (typeof value === 'number') terms.add(`#${member} ${value}`)
  }
  return terms
}

/** Whether a filter leaves anything out. */
export function narrows(filter: EntryFilter): boolean {
  return Object.values(filter).some((member) => member !== undefined)
}

/** The filter by terms. Text without a word in it is found nowhere. */
export function queryOf({ action, without, actor, text }: EntryFilter): TermQuery {
  const exact = (term: string): Condition => [{ term, isPrefix: false }]
  const conditions: Condition[] = []
  if (action !== undefined) conditions.push(exact(`=${action}`))
  if (actor !== undefined) conditions.push(exact(`@${actor}`))
  if (text !== undefined) conditions.push(...textConditions(wordsOf(text)))
  return { conditions: once(conditions), without: without === undefined ? [] : [{ term: `=${without}`, isPrefix: true }] }
}

/** What is said twice is not looked up twice. */
function once(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((condition) => [JSON.stringify(condition), condition])).values()]
}

/** The position that a term names by itself, which no row of an index needs to say; undefined for any other. */
export function positionOf(term: string): number | undefined {
  return term.startsWith(POSITION) ? Number(term.slice(POSITION.length)) : undefined
}

/** Whether an entry answers a query. */
export function answers(entry: Entry, { conditions, without }: TermQuery): boolean {
  const terms = termsOf(entry).add(`${POSITION}${entry.seq}`)
  const has = ({ term, isPrefix }: TermRange): boolean => terms.has(term) || (isPrefix && [...terms].some((each) => each.startsWith(term)))
  return conditions.every((condition) => condition.some(has)) && !without.some(has)
}

function textConditions(words: readonly string[]): Condition[] {
  if (words.length === 0) return [[]]
  const conditions: Condition[] = []
  for (const [at, word] of words.entries()) {
    const [before, after] = [words[at - 1], words[at + 1]]
    if (NUMBERED.includes(word) && isNumber(after)) continue
    if (!isNumber(word)) conditions.push([{ term: word, isPrefix: true }])
    else if (before !== undefined && NUMBERED.includes(before)) conditions.push([{ term: numberTerm(before, word), isPrefix: false }])
    else conditions.push([{ term: word, isPrefix: false }, ...NUMBERED.map((member) => ({ term: numberTerm(member, word), isPrefix: false }))])
  }
  return conditions
}

/** `007` is 7: a term has the number as it stands in the entry. */
function numberTerm(of: string, digits: string): string {
  return `#${of} ${Number(digits)}`
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && word.length < DIGEST_DIGITS && /^\d+$/.test(word)
}

/** Actions and names recur in nearly every entry: words of texts that were divided before. */
const known = new Map<string, readonly string[]>()
const MOST_KNOWN = 1_000

function knownWordsOf(text: string): readonly string[] {
  const before = known.get(text)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const words = wordsOf(text)
  known.set(text, words)
  return words
}

function wordsOf(text: string): string[] {
  const words = text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return words.map((word) => Array.from(word).slice(0, LONGEST).join(''))
}
