import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'

/** Debian's Chromium, or the one that STRONGROOM_CHROMIUM names. Root has no sandbox to give it. */
export function launchChromium(switches: readonly string[] = []): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox', ...switches] : [...switches]
  return chromium.launch({ executablePath: process.env.STRONGROOM_CHROMIUM ?? '/usr/bin/chromium', args })
}

export const SIZES = { large: { width: 1440, height: 900 }, small: { width: 1280, height: 720 } } as const

/**
 * Screenshots go to the folder that STRONGROOM_SCREENSHOTS names; without one none is made, as it takes a third of a second of a CPU. Those of docs/ are
 * made anew by `STRONGROOM_SCREENSHOTS=docs/screenshots npx vitest run --project e2e e2e/browser/main-job.test.ts`.
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  // Nothing is shown as pointed at that only lies where the last press was.
  await page.mouse.move(0, 0)
  const folder = process.env.STRONGROOM_SCREENSHOTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
