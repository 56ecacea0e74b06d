import { createHash } from 'node:crypto'

/**
 * The look of the pages that stand in the place of the window: its ground, panel and words, by the colours of renderer/design/tokens.css, which a test
 * compares. It stands in the page itself, as a browser that is not admitted gets nothing else from here.
 */
export const REFUSAL_STYLE = `
:root { color-scheme: light; --bg-app: oklch(0.978 0.003 240); --bg-panel: oklch(0.998 0.001 240); --line: oklch(0.885 0.007 240); --text: oklch(0.235 0.014 240); --text-2: oklch(0.415 0.014 240); --accent: oklch(0.475 0.08 195); }
@media (prefers-color-scheme: dark) {
:root { color-scheme: dark; --bg-app: oklch(0.178 0.009 240); --bg-panel: oklch(0.205 0.01 240); --line: oklch(0.3 0.012 240); --text: oklch(0.935 0.006 240); --text-2: oklch(0.78 0.01 240); --accent: oklch(0.78 0.095 188); }
}
body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: var(--bg-app); color: var(--text); font: 13px/20px 'IBM Plex Sans', system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
main { width: min(420px, 100% - 48px); padding: 24px; border: 1px solid var(--line); border-radius: 8px; background: var(--bg-panel); }
.product { display: flex; color: var(--text); align-items: center; gap: 8px; margin: 0 0 16px; font-weight: 600; }
svg { width: 18px; height: 18px; fill: none; stroke: var(--accent); stroke-width: 1.6; }
h1 { margin: 0 0 8px; font-size: 17px; line-height: 24px; font-weight: 600; }
p:last-child { margin: 0; color: var(--text-2); }
`

/** What a policy names to let this style, and no other, be. */
export const REFUSAL_STYLE_SOURCE = `'sha256-${createHash('sha256').update(REFUSAL_STYLE).digest('base64')}'`
