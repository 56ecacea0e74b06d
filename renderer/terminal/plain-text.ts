// ECMA-48: CSI, then the strings (OSC, DCS, SOS, PM, APC) up to their terminator, then escapes of two or three characters.
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]/g
const REST = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g
/** A sequence that never ends is text after this many characters. */
const LONGEST = 4096

export interface PlainText {
  /** Takes recorded output in, however it was cut, and gives back what of it is readable text. */
  push(output: string): string
  /** What was held back. */
  end(): string
}

/** Takes colours, cursor moves and titles out of terminal output. A carriage return alone begins a new line, so nothing is lost. */
export function createPlainText(): PlainText {
  let held = ''
  const clean = (text: string) => text.replace(SEQUENCE, '').replace(/\r+\n/g, '\n').replace(/\r/g, '\n').replace(REST, '')
  return {
    push(output) {
      const text = held + output
      const cut = cutBefore(text)
      held = text.slice(cut)
      return clean(text.slice(0, cut))
    },
    end() {
      const rest = clean(held)
      held = ''
      return rest
    },
  }
}

/** Where the part begins that cannot be judged before more has come: an unfinished sequence, or a return that a new line may follow. */
function cutBefore(text: string): number {
  const escape = text.lastIndexOf('\x1b')
  // The terminator of a string is itself an escape.
  const start = text[escape + 1] === '\\' ? text.lastIndexOf('\x1b', escape - 1) : escape
  if (start >= 0 && text.length - start < LONGEST && text.slice(start).replace(SEQUENCE, '').startsWith('\x1b')) return start
  return text.endsWith('\r') ? text.length - 1 : text.length
}
