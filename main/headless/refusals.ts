import { REFUSAL_STYLE } from './refusal-style.ts'

/** Why a request gets a page of text instead of what it asked for. Nothing in them comes from the request or tells of this machine. */
export const REFUSALS = {
  'foreign-host': {
    status: 421,
    title: 'Unknown address',
    text: 'Strongroom answers only as 127.0.0.1 or localhost with its own port. Through SSH, forward the same port number: ssh -L PORT:127.0.0.1:PORT SERVER.',
  },
  'not-admitted': {
    status: 401,
    title: 'This browser is not admitted',
    text: 'Open the one-time address that “strongroom serve” printed. To get a new one, press Enter in the terminal where it runs, or start it again.',
  },
  'address-used': {
    status: 401,
    title: 'This address no longer works',
    text: 'Each address opens Strongroom once, within ten minutes. To get a new one, press Enter in the terminal where “strongroom serve” runs, or start it again.',
  },
  'not-found': { status: 404, title: 'Nothing here', text: 'Strongroom’s window is at the root of this address.' },
  'wrong-method': { status: 405, title: 'Only GET and HEAD', text: 'This address is for reading; the window works through its socket.' },
} as const

/** As renderer/design/mark.svg. */
const MARK = '<svg viewBox="0 0 18 18" aria-hidden="true"><rect x="1.5" y="1.5" width="15" height="15" rx="3"/><circle cx="9" cy="9" r="3.8"/><path d="M9 5.2V2.8M9 15.2v-2.4M12.8 9h2.4M2.8 9h2.4"/></svg>'

export type Refusal = keyof typeof REFUSALS

/** The page that says so, in the look of the window. It carries no script and one style, which its policy names, so that it can forbid everything else. */
export function refusalPage(refusal: Refusal): string {
  const { title, text } = REFUSALS[refusal]
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Strongroom: ${title}</title><style>${REFUSAL_STYLE}</style><main><p class="product">${MARK}Strongroom</p><h1>${title}</h1><p>${text}</p></main></html>\n`
}
