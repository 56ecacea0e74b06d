/** What a person chose; `system` follows the operating system and changes with it. */
export type ThemeChoice = 'dark' | 'light' | 'system'
export type ContrastChoice = 'normal' | 'more' | 'system'

export interface Appearance {
  readonly theme: ThemeChoice
  readonly contrast: ContrastChoice
}

/** What the operating system asks for. */
export interface SystemAppearance {
  readonly isDark: boolean
  readonly wantsContrast: boolean
}

export interface ResolvedAppearance {
  readonly theme: 'dark' | 'light'
  readonly contrast: 'normal' | 'more'
}

/** The theme to show for a choice, given what the operating system asks for. */
export function resolveAppearance(choice: Appearance, system: SystemAppearance): ResolvedAppearance {
  const systemTheme = system.isDark ? 'dark' : 'light'
  const systemContrast = system.wantsContrast ? 'more' : 'normal'
  return {
    theme: choice.theme === 'system' ? systemTheme : choice.theme,
    contrast: choice.contrast === 'system' ? systemContrast : choice.contrast,
  }
}

/**
 * Shows a choice on the document and follows the operating system while any part of it says `system`.
 * Returns a function that stops following; call it before applying another choice.
 */
export function applyAppearance(choice: Appearance, target: Document = document): () => void {
  const view = target.defaultView
  const dark = view?.matchMedia('(prefers-color-scheme: dark)')
  const contrast = view?.matchMedia('(prefers-contrast: more)')
  const show = () => {
    const shown = resolveAppearance(choice, { isDark: dark?.matches ?? true, wantsContrast: contrast?.matches ?? false })
    target.documentElement.dataset['theme'] = shown.theme
    target.documentElement.dataset['contrast'] = shown.contrast
  }
  show()
  dark?.addEventListener('change', show)
  contrast?.addEventListener('change', show)
  return () => {
    dark?.removeEventListener('change', show)
    contrast?.removeEventListener('change', show)
  }
}

/**
 * React Aria adds a style element for touch unless an element with its id is there already. Our policy refuses inline styles,
 * and base.css holds the rule, so a marker takes the place. Call once before rendering.
 */
export function claimPressableStyle(target: Document = document): void {
  const id = 'react-aria-pressable-style'
  if (target.getElementById(id)) return
  const marker = target.createElement('meta')
  marker.id = id
  target.head.append(marker)
}
