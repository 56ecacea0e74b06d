import { describe, expect, it } from 'vitest'
import { resolveAppearance } from './theme.ts'

describe('resolveAppearance', () => {
  it('keeps an explicit choice whatever the system asks for', () => {
    const shown = resolveAppearance({ theme: 'light', contrast: 'normal' }, { isDark: true, wantsContrast: true })
    expect(shown).toEqual({ theme: 'light', contrast: 'normal' })
  })

  it('follows the system where the choice says so', () => {
    const choice = { theme: 'system', contrast: 'system' } as const
    expect(resolveAppearance(choice, { isDark: true, wantsContrast: true })).toEqual({ theme: 'dark', contrast: 'more' })
    expect(resolveAppearance(choice, { isDark: false, wantsContrast: false })).toEqual({ theme: 'light', contrast: 'normal' })
  })
})
