import type { Assessment } from './claims.ts'
import type { EvidenceFact } from './fact.ts'

/** The rows that are not fully supported and may apply, one line each. */
export function writeGaps(assessed: readonly Assessment[]): string {
  const gaps = assessed.filter(({ claim }) => claim.status !== 'supported' && claim.status !== 'not-applicable')
  return table(
    ['framework', 'obligation', 'citation', 'title', 'status', 'missing', 'applies from', 'explanation'],
    gaps.map(({ row, claim }) => [
      claim.framework, row.id, row.citation, row.title, claim.status, claim.missing.join(' '), claim.appliesFrom ?? '', claim.text,
    ]),
  )
}

/** Every claim with every fact that it rests on, one line for each pair; a claim without facts has one line. */
export function writeTraceability(assessed: readonly Assessment[], facts: readonly EvidenceFact[]): string {
  const byId = new Map(facts.map((fact) => [fact.id, fact]))
  return table(
    ['framework', 'obligation', 'citation', 'status', 'fact', 'entry', 'document', 'pointer', 'value', 'text'],
    assessed.flatMap(({ row, claim }) => {
      const head = [claim.framework, row.id, row.citation, claim.status]
      if (claim.facts.length === 0) return [[...head, '', '', '', '', '', '']]
      return claim.facts.map((id) => {
        const fact = byId.get(id)
        return fact ? [...head, id, String(fact.entry), fact.document ?? '', fact.pointer, String(fact.value), fact.text] : [...head, id]
      })
    }),
  )
}

/** A table as RFC 4180 has it, that a spreadsheet reads as text alone. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((cells) => `${cells.map(writeCell).join(',')}\r\n`).join('')
}

/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe before it, as spreadsheets themselves mark text; numbers do not.
 * docs/pack-format.md has these rules: the verifiers write the tables again and compare.
 */
function writeCell(value: string): string {
  const isFormula = /^[ \t\n\v\f\r]*[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value)
  const safe = isFormula ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
}
