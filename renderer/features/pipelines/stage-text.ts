/** Lines of a file, `from` and `to` counted from 1, both included. */
export interface Excerpt {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The lines around a line, `reach` on each side. */
export function excerptAround(text: string, line: number, reach = 3): Excerpt {
  const lines = linesOf(text)
  const from = Math.max(1, line - reach)
  const to = Math.min(lines.length, line + reach)
  return { from, to, lines: lines.slice(from - 1, to) }
}

/**
 * The lines of a stage in dvc.yaml: from its key to the next line that stands no deeper. An expanded stage (`name@key`) has those of the
 * one it comes from. Null if they are not found, as in a file of flow style.
 */
export function stageExcerpt(text: string, stage: string): Excerpt | null {
  const lines = linesOf(text)
  const name = stage.split('@')[0] ?? stage
  const isKey = new RegExp(`^(\\s+)(["']?)${escapePattern(name)}\\2\\s*:`, 'u')
  const head = lines.findIndex((line) => /^["']?stages["']?\s*:/.test(line))
  const start = head < 0 ? -1 : lines.findIndex((line, index) => index > head && isKey.test(line))
  const first = lines[start]
  if (start < 0 || first === undefined) return null
  const depth = indentOf(first)
  const next = lines.findIndex((line, index) => index > start && line.trim() !== '' && indentOf(line) <= depth)
  let end = next < 0 ? lines.length : next
  while (lines[end - 1]?.trim() === '') end--
  return { from: start + 1, to: end, lines: lines.slice(start, end) }
}

const indentOf = (line: string) => line.length - line.trimStart().length
const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')
