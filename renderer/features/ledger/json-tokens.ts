/** A piece of JSON text and what it is. */
export interface JsonToken {
  readonly kind: 'name' | 'value' | 'mark'
  readonly text: string
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([^"\d\-tfn]+|.)/g

/** Parts of JSON text, to colour them: names of members, values, and everything between. Together they are the text again. */
export function jsonTokens(text: string): JsonToken[] {
  const tokens: JsonToken[] = []
  for (const [whole, quoted, colon, value] of text.matchAll(TOKEN)) {
    if (quoted !== undefined && colon !== undefined) tokens.push({ kind: 'name', text: quoted }, { kind: 'mark', text: colon })
    else tokens.push({ kind: quoted !== undefined || value !== undefined ? 'value' : 'mark', text: whole })
  }
  return tokens
}
