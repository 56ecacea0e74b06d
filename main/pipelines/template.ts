/**
 * The text of a template as DVC 3 reads it: `${a.b[0]}` stands for a value, `\${` for the characters themselves, and a `${` without its
 * brace is text. https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
 */

/** What stands between `${` and `}`: keys and indices, outermost first. `written` has the braces. */
export interface Reference {
  readonly kind: 'reference'
  readonly written: string
  readonly path: readonly string[]
}

/** A part of a template that is no expression. */
interface Malformed {
  readonly kind: 'malformed'
  readonly written: string
}

export type Expression = Reference | Malformed

const EXPRESSION = /(?<!\\)\$\{(.*?)\}/g

/** Words apart by dots, or in brackets. */
const PATH = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*$/

/** The parts of a text, in order; texts without their escapes. A text without expressions is one part, or none where it is empty. */
export function parseTemplate(text: string): (string | Expression)[] {
  if (!text.includes('${')) return text === '' ? [] : [text]
  const parts: (string | Expression)[] = []
  let end = 0
  for (const match of text.matchAll(EXPRESSION)) {
    if (match.index > end) parts.push(unescape(text.slice(end, match.index)))
    parts.push(expression(match[0], match[1] ?? ''))
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push(unescape(text.slice(end)))
  return parts
}

/** Whether a text has an expression in it. */
export function isTemplate(text: string): boolean {
  return text.includes('${') && text.search(EXPRESSION) !== -1
}

function expression(written: string, inner: string): Expression {
  if (!PATH.test(inner.trim())) return { kind: 'malformed', written }
  const path = inner.trim().replaceAll('[', '.').replaceAll(']', '').split('.').map((word) => word.trim())
  return path.includes('') ? { kind: 'malformed', written } : { kind: 'reference', written, path }
}

function unescape(text: string): string {
  return text.replaceAll('\\${', '${')
}
