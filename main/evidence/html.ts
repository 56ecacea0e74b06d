/** Text that is HTML already: whatever is put into it was escaped on the way. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Insertion = string | number | Html | readonly Html[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Builds HTML from a template. Every inserted text is escaped, for content and for quoted attributes alike; only `Html` goes in as it is,
 * so that nothing recorded can become markup. Characters that reverse or hide text are shown by their code.
 */
export function html(parts: TemplateStringsArray, ...insertions: readonly Insertion[]): Html {
  return new Html(parts.reduce((built, part, index) => built + write(insertions[index - 1] ?? '') + part))
}

function write(insertion: Insertion): string {
  if (insertion instanceof Html) return insertion.text
  if (typeof insertion === 'object') return insertion.map(({ text }) => text).join('')
  return String(insertion)
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (odd) => {
      return `[U+${odd.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`
    })
    .replace(/[&<>"']/g, (mark) => ESCAPES[mark] ?? mark)
}
