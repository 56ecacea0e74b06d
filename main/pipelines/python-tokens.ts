/** Tokens of Python source (docs.python.org, Lexical analysis) as far as assignments of literals need them. */
export interface PythonToken {
  readonly kind: 'name' | 'number' | 'string' | 'operator'
  readonly text: string
  readonly offset: number
}

/** A statement's line or lines. Blocks are told by how far they are indented, in columns. */
export interface LogicalLine {
  readonly indent: number
  readonly tokens: readonly PythonToken[]
}

const BLANK = /[ \t\f]+|\\\r?\n|#[^\n]*/y
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy
const NUMBER = /0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?j?/iy
const STRING_START = /([A-Za-z]{0,2})('''|"""|'|")/y
const OPERATOR = /[=!<>]=|:=|->|\.\.\.|(?:\*\*|\/\/|<<|>>|[-+*/%@&|^])=?|[^]/uy

/**
 * The logical lines of a file (statements apart by `;` are lines of their own), in one pass that takes time in proportion to the text. What
 * is no Python gives tokens as well: whoever reads them passes over it.
 */
export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let tokens: PythonToken[] = []
  let indent = columnsAt(text, 0)
  let depth = 0
  let offset = 0
  const end = (next: number): void => {
    if (tokens.length > 0) lines.push({ indent, tokens })
    tokens = []
    indent = next
  }
  while (offset < text.length) {
    const blank = matchAt(BLANK, text, offset)
    if (blank !== null) {
      offset += blank.length
      continue
    }
    const token = tokenAt(text, offset)
    offset += token.text.length
    if (token.text === '\n' || token.text === '\r') {
      if (depth === 0) end(columnsAt(text, offset))
      continue
    }
    if (token.text === ';' && depth === 0) {
      end(indent)
      continue
    }
    if ('([{'.includes(token.text)) depth += 1
    if (')]}'.includes(token.text)) depth = Math.max(depth - 1, 0)
    tokens.push(token)
  }
  end(0)
  return lines
}

function tokenAt(text: string, offset: number): PythonToken {
  const string = stringAt(text, offset)
  if (string !== null) return { kind: 'string', text: string, offset }
  const name = matchAt(NAME, text, offset)
  if (name !== null) return { kind: 'name', text: name, offset }
  const number = matchAt(NUMBER, text, offset)
  if (number !== null) return { kind: 'number', text: number, offset }
  return { kind: 'operator', text: matchAt(OPERATOR, text, offset) ?? text.charAt(offset), offset }
}

/** A string literal with its prefix and quotes; one that nothing closes ends with its line, or with the file. */
function stringAt(text: string, offset: number): string | null {
  STRING_START.lastIndex = offset
  const start = STRING_START.exec(text)
  const quotes = start?.[2]
  if (!start || quotes === undefined) return null
  let at = offset + start[0].length
  while (at < text.length) {
    if (text.startsWith(quotes, at)) return text.slice(offset, at + quotes.length)
    if (quotes.length === 1 && text[at] === '\n') return text.slice(offset, at)
    at += text[at] === '\\' ? 2 : 1
  }
  return text.slice(offset)
}

function matchAt(pattern: RegExp, text: string, offset: number): string | null {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0] ?? null
}

/** How far the line that starts there is indented; a tab goes on to the next multiple of 8. */
function columnsAt(text: string, offset: number): number {
  let columns = 0
  for (let at = offset; text[at] === ' ' || text[at] === '\t'; at++) columns = text[at] === '\t' ? columns + 8 - (columns % 8) : columns + 1
  return columns
}
