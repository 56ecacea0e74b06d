/**
 * Text that was recorded, by a stage, in a project's file or by another person, is shown and never obeyed: what is not plain text would move
 * the cursor, set the clipboard or hide the line above. It is shown by its number, as the verifiers show it.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (odd) => `\\u{${odd.codePointAt(0)?.toString(16)}}`)
}

/** The same, line by line. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** JSON, with everything escaped that a terminal or a reader might act on; it parses to the same value. */
export function printableJson(value: unknown): string {
  const escape = (odd: string) => Array.from({ length: odd.length }, (_, at) => `\\u${odd.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
  return JSON.stringify(value, null, 2).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escape)
}

/** Colours, and moves within the screen that progress bars make. No answers to the terminal, no titles, no clipboard, no modes. */
const ALLOWED_CSI = /^\[[0-9;:]*[mABCDEFGHJKdf]$/
const LONGEST_CSI = 64

/**
 * What a stage wrote to its terminal, for a terminal of now: text, colours and moves pass; every other control sequence (ECMA-48) is left
 * out, wherever a chunk ends. One for each stream.
 */
export class TerminalText {
  /** `ESC` and what followed it so far. */
  #pending: string | null = null
  /** Inside a string that only ST (or BEL) ends: OSC, DCS, SOS, PM, APC. */
  #inString = false

  /** What of a chunk may be written. */
  pass(chunk: string): string {
    let out = ''
    for (const char of chunk) {
      if (this.#pending !== null) out += this.#goOn(char)
      else if (this.#inString) this.#skip(char)
      else if (char === '\u001b') this.#pending = ''
      else if (char >= '\u0080' && char <= '\u009f') this.#begin(String.fromCharCode(char.charCodeAt(0) - 0x40))
      else if (char >= ' ' || '\n\r\t\b'.includes(char)) out += char === '\u007f' ? '' : char
    }
    return out
  }

  #skip(char: string): void {
    if (char === '\u0007' || char === '\u009c') this.#inString = false
    else if (char === '\u001b') this.#pending = ''
  }

  /** The character after ESC, or the 8-bit control that stands for both. */
  #begin(kind: string): void {
    this.#pending = null
    if ('PX]^_'.includes(kind)) this.#inString = true
    else if (kind === '[') this.#pending = '['
  }

  #goOn(char: string): string {
    if (this.#pending === '') {
      // Any escape ends a string; ST, which is ESC \, does nothing else.
      this.#inString = false
      this.#begin(char)
      return ''
    }
    this.#pending += char
    if (char >= '@' && char <= '~') {
      const sequence = this.#pending ?? ''
      this.#pending = null
      return ALLOWED_CSI.test(sequence) ? `\u001b${sequence}` : ''
    }
    if (char < ' ' || char > '?' || (this.#pending?.length ?? 0) > LONGEST_CSI) this.#pending = null
    return ''
  }
}
