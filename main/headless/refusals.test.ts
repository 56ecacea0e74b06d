import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { REFUSAL_STYLE, REFUSAL_STYLE_SOURCE } from './refusal-style.ts'
import { refusalPage } from './refusals.ts'

it('a page in the place of the window has its colours, in both themes', () => {
  const tokens = readFileSync(join(import.meta.dirname, '..', '..', 'renderer', 'design', 'tokens.css'), 'utf8')
  const themes = { dark: tokens.slice(tokens.indexOf("[data-theme='dark'] {"), tokens.indexOf("[data-theme='light'] {")), light: tokens.slice(tokens.indexOf("[data-theme='light'] {")) }
  const [light = '', dark = ''] = REFUSAL_STYLE.split('prefers-color-scheme: dark')
  for (const [theme, style] of [['light', light], ['dark', dark]] as const) {
    const colours = style.match(/--[a-z0-9-]+: oklch\([^)]*\);/g) ?? []
    expect(colours).toHaveLength(6)
    for (const colour of colours) expect(themes[theme], theme).toContain(colour)
  }
})

it('a page in the place of the window carries the one style that its policy names', () => {
  const [, style = ''] = /<style>([^]*)<\/style>/.exec(refusalPage('address-used')) ?? []
  expect(REFUSAL_STYLE_SOURCE).toBe(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
})
