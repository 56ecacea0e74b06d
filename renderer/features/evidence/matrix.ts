import type { ClaimStatus, Coverage, ObligationRow } from '../../../shared/contract/index.ts'

export const STATUSES: readonly ClaimStatus[] = ['supported', 'partial', 'missing', 'not-applicable', 'not-yet']

export type Counts = Readonly<Record<ClaimStatus, number>>

export interface MatrixChapter {
  readonly chapter: string
  readonly counts: Counts
  readonly total: number
  /** The earliest date `YYYY-MM-DD` from which a row applies; null where nothing is law. */
  readonly appliesFrom: string | null
}

export interface MatrixFramework {
  readonly id: string
  readonly title: string
  readonly counts: Counts
  readonly total: number
  readonly chapters: readonly MatrixChapter[]
}

/** Which obligations are listed: those of a cell or a whole row or column of the matrix, or those that lack a kind of evidence. */
export type RowFilter =
  | { readonly by: 'cell'; readonly framework: string; readonly chapter: string | null; readonly status: ClaimStatus | null }
  | { readonly by: 'gap'; readonly kind: string }

/** The coverage counted by framework and chapter, in the order of the rows; every row is in exactly one cell. */
export function buildMatrix({ frameworks, rows }: Coverage): MatrixFramework[] {
  return frameworks.map(({ id, title }) => {
    const own = rows.filter(({ framework }) => framework === id)
    const chapters = [...Map.groupBy(own, ({ chapter }) => chapter)].map(([chapter, members]) => ({
      chapter,
      counts: countStatuses(members),
      total: members.length,
      appliesFrom: earliest(members),
    }))
    return { id, title, counts: countStatuses(own), total: own.length, chapters }
  })
}

export function countStatuses(rows: readonly Pick<ObligationRow, 'status'>[]): Counts {
  const counts = { supported: 0, partial: 0, missing: 0, 'not-applicable': 0, 'not-yet': 0 }
  for (const { status } of rows) counts[status]++
  return counts
}

function earliest(rows: readonly Pick<ObligationRow, 'appliesFrom'>[]): string | null {
  const dates = rows.flatMap(({ appliesFrom }) => (appliesFrom === null ? [] : [appliesFrom]))
  return dates.sort()[0] ?? null
}

export function isInFilter(row: ObligationRow, filter: RowFilter): boolean {
  if (filter.by === 'gap') return isGap(row) && row.missing.includes(filter.kind)
  return (
    row.framework === filter.framework &&
    (filter.chapter === null || row.chapter === filter.chapter) &&
    (filter.status === null || row.status === filter.status)
  )
}

/** What is missing counts as a gap only where the row applies and something could be recorded by now. */
function isGap({ status }: Pick<ObligationRow, 'status'>): boolean {
  return status === 'missing' || status === 'partial'
}

/** The order in which rows ask for attention: what is missing first. */
const ATTENTION: Readonly<Record<ClaimStatus, number>> = { missing: 0, partial: 1, 'not-yet': 2, supported: 3, 'not-applicable': 4 }

/** The rows that a filter and words leave, what is missing first, otherwise in their own order. Words: citation, title, requirement. */
export function listRows(rows: readonly ObligationRow[], filter: RowFilter | null, text: string): ObligationRow[] {
  const wanted = text.trim().toLowerCase()
  return rows
    .filter((row) => filter === null || isInFilter(row, filter))
    .filter(({ citation, title, requirement }) => wanted === '' || `${citation} ${title} ${requirement}`.toLowerCase().includes(wanted))
    .sort((a, b) => ATTENTION[a.status] - ATTENTION[b.status])
}

export interface Gap {
  /** A kind of evidence. */
  readonly kind: string
  readonly rows: readonly ObligationRow[]
}

/** What is not recorded, by kind of evidence: what would help most rows comes first. */
export function groupGaps(rows: readonly ObligationRow[]): Gap[] {
  const byKind = new Map<string, ObligationRow[]>()
  for (const row of rows.filter(isGap)) {
    for (const kind of row.missing) byKind.set(kind, [...(byKind.get(kind) ?? []), row])
  }
  return [...byKind]
    .map(([kind, members]) => ({ kind, rows: members }))
    .sort((a, b) => b.rows.length - a.rows.length || a.kind.localeCompare(b.kind))
}
