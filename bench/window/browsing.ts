import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { ledgerMessages } from '../../shared/messages/ledger.ts'
import { launchChromium } from '../../e2e/browser/chromium.ts'
import { ADMIN, makeLargeFolder } from './large-folder.ts'
import { bareNode, median, serve } from './serving.ts'

const ROUNDS = 5
/** Frames of each way of scrolling. */
const FRAMES = 300

/** Frames as fast as the machine makes them: else each would last as long as the screen's, whatever it took. */
const UNLIMITED = ['--disable-frame-rate-limit', '--disable-gpu-vsync']

/**
 * The window on a data folder with a large ledger. `open`: seconds from `strongroom serve` without a running orchestrator to a first screen
 * that takes input, median, with the ratio to the same on a folder of a few entries; `open-running`: the same where the orchestrator runs
 * already, as that of a service does. `browse-wheel`, `browse-bar`: ms a frame, median and the slowest of a hundred, while the entries are
 * scrolled by the wheel and while the bar is dragged over all of them. `browse-search`: ms from the last of some words to the first row that
 * has them, or to the answer that none has; 200 of these the window waits for a further key.
 */
export async function measureWindow(print: (line: string) => void, folder: string, size: number, isWanted: (name: string) => boolean): Promise<void> {
  const browser = await launchChromium(UNLIMITED)
  try {
    const large = join(folder, 'large-folder')
    const began = performance.now()
    makeLargeFolder(large, size)
    print(`data folder built: ${size} entries in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    if (isWanted('open')) await measureOpening(print, browser, folder, large)
    if (isWanted('browse')) await measureBrowsing(print, browser, large)
  } finally {
    await browser.close()
  }
}

async function measureOpening(print: (line: string) => void, browser: Browser, folder: string, large: string): Promise<void> {
  const small = join(folder, 'small-folder')
  makeLargeFolder(small, 16)
  const seconds = { small: [] as number[], large: [] as number[], running: [] as number[], bare: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    seconds.bare.push(await bareNode())
    const first = await serve(browser, small)
    seconds.small.push(first.seconds)
    await first.stop()
    const starting = await serve(browser, large)
    seconds.large.push(starting.seconds)
    await starting.close()
    const running = await serve(browser, large)
    seconds.running.push(running.seconds)
    await running.stop()
  }
  const bare = median(seconds.bare)
  const ratio = (of: readonly number[]): string => `ratio ${(median(of) / bare).toFixed(1)} to an empty Node`
  print(`open: ${median(seconds.large).toFixed(2)} s (${ratio(seconds.large)}, ${(median(seconds.large) / median(seconds.small)).toFixed(2)} to a ledger of 16 entries)`)
  print(`open-running: ${median(seconds.running).toFixed(2)} s (${ratio(seconds.running)})`)
}

async function measureBrowsing(print: (line: string) => void, browser: Browser, large: string): Promise<void> {
  const serving = await serve(browser, large)
  await signIn(serving.page)
  report(print, 'browse-wheel', await frames(serving.page, 'wheel'))
  report(print, 'browse-bar', await frames(serving.page, 'bar'))
  for (const words of ['person.enrolled', 'no entry holds these words']) print(`browse-search '${words}': ${(await search(serving.page, words)).toFixed(0)} ms`)
  await serving.stop()
}

function report(print: (line: string) => void, name: string, times: readonly number[]): void {
  const slow = [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN
  print(`${name}: ${median(times).toFixed(1)} ms a frame (99 of 100 within ${slow.toFixed(1)} ms)`)
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Sign-in name').fill(ADMIN.handle)
  await page.getByLabel('Passphrase', { exact: true }).fill(ADMIN.passphrase)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  await page.evaluate(() => (location.hash = '#/ledger'))
  await page.getByRole('grid').getByRole('row').nth(5).waitFor()
  // The list that the page begins with, without who signed in and out, once its rows are counted.
  await page.getByRole('status').filter({ hasText: /\d of \d/ }).first().waitFor()
}

/** The time of each frame in ms while the list moves: by three rows a frame, or by a three-hundredth of all rows. */
function frames(page: Page, way: 'wheel' | 'bar'): Promise<number[]> {
  return page.getByRole('grid').evaluate(
    (grid, { count, isBar }) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = []
        const step = isBar ? grid.scrollHeight / count : 84
        grid.scrollTop = 0
        let before = performance.now()
        const onFrame = (): void => {
          const now = performance.now()
          times.push(now - before)
          before = now
          grid.scrollTop += step
          if (times.length < count) requestAnimationFrame(onFrame)
          else resolve(times.slice(1))
        }
        requestAnimationFrame(onFrame)
      }),
    { count: FRAMES, isBar: way === 'bar' },
  )
}

async function search(page: Page, words: string): Promise<number> {
  await page.getByRole('grid').evaluate((grid) => (grid.scrollTop = 0))
  const box = page.getByRole('searchbox')
  await box.fill('')
  await page.getByRole('grid').getByRole('row').nth(5).waitFor()
  const began = performance.now()
  await box.fill(words)
  const found = page.getByRole('grid').getByRole('row', { name: words }).first()
  await found.or(page.getByText(ledgerMessages.noMatch)).waitFor()
  return performance.now() - began
}
