import type { ITheme } from '@xterm/xterm'

/** Which token stands for each colour that a program can ask for. */
const TOKENS = {
  background: '--bg-sunken',
  foreground: '--text',
  cursor: '--text-2',
  cursorAccent: '--bg-sunken',
  selectionBackground: '--bg-select',
  scrollbarSliderBackground: '--line',
  scrollbarSliderHoverBackground: '--line-strong',
  scrollbarSliderActiveBackground: '--line-strong',
  black: '--line-strong',
  red: '--danger',
  green: '--success',
  yellow: '--warning',
  blue: '--info',
  magenta: '--later',
  cyan: '--accent',
  white: '--text-2',
  brightBlack: '--text-3',
  brightRed: '--danger',
  brightGreen: '--success',
  brightYellow: '--warning',
  brightBlue: '--info',
  brightMagenta: '--later',
  brightCyan: '--accent',
  brightWhite: '--text',
} as const satisfies ITheme

/** The terminal's colours in the appearance that `element` has now. The terminal knows only sRGB, so a canvas translates. */
export function readTheme(element: HTMLElement): ITheme {
  const probe = document.createElement('span')
  probe.hidden = true
  // Forced colours would answer with the colour of text for each token.
  probe.style.forcedColorAdjust = 'none'
  element.append(probe)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const read = (token: string) => {
    probe.style.color = `var(${token})`
    if (!context) return getComputedStyle(probe).color
    context.fillStyle = getComputedStyle(probe).color
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
    return `rgb(${red}, ${green}, ${blue})`
  }
  const theme = Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, read(token)]))
  probe.remove()
  return theme
}

export interface TerminalType {
  readonly family: string
  readonly size: number
  /** A factor of the size. */
  readonly lineHeight: number
}

/** The mono font at the size of table cells. */
export function readType(element: HTMLElement): TerminalType {
  const style = getComputedStyle(element)
  const [size = 12] = style.getPropertyValue('--t-small').split('/').map(parseFloat)
  const family = style.getPropertyValue('--font-mono').trim()
  return { family, size, lineHeight: 1.25 }
}

/** Calls back whenever another theme or contrast is chosen; returns what stops it. */
export function followTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-contrast'] })
  return () => observer.disconnect()
}
