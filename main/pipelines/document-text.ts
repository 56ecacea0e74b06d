/** From and to, as offsets in a text. */
export type Span = readonly [from: number, to: number]

/** Where the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Where the next line begins; the end of the text on its last one. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline === -1 ? text.length : newline + 1
}

/** Behind a character that stands next but for blanks, else the offset itself. */
export function after(text: string, offset: number, character: string): number {
  let at = offset
  while (/\s/.test(text[at] ?? '')) at += 1
  return text[at] === character ? at + 1 : offset
}
