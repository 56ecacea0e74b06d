import { create } from 'zustand'
import { applyAppearance, type Appearance, type ContrastChoice, type ThemeChoice } from '../design/index.ts'

const KEY = 'strongroom.appearance'
const THEMES: readonly ThemeChoice[] = ['system', 'dark', 'light']
const CONTRASTS: readonly ContrastChoice[] = ['system', 'normal', 'more']

/** Theme and contrast as chosen in this window; kept beside it, because they belong to a screen and not to a workplace. */
export const useAppearance = create<Appearance>(() => read())

let stopFollowing = () => {}

/** Shows the kept choice. Called before the first rendering, so that nothing flashes in another theme. */
export function restoreAppearance(): void {
  stopFollowing()
  stopFollowing = applyAppearance(useAppearance.getState())
}

/** Shows and keeps a choice. */
export function chooseAppearance(choice: Appearance): void {
  useAppearance.setState(choice)
  restoreAppearance()
  try {
    localStorage.setItem(KEY, JSON.stringify(choice))
  } catch {
    // A window without storage shows the choice until it closes.
  }
}

function read(): Appearance {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>
    return {
      theme: THEMES.find((theme) => theme === kept['theme']) ?? 'system',
      contrast: CONTRASTS.find((contrast) => contrast === kept['contrast']) ?? 'system',
    }
  } catch {
    return { theme: 'system', contrast: 'system' }
  }
}
