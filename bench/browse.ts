import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ledgerMessages } from '../shared/messages/ledger.ts'
import { launchChromium } from '../e2e/browser/chromium.ts'
import { ADMIN, makeLargeFolder } from './window/large-folder.ts'
import { bareNode, median, serve } from './window/serving.ts'

const SIZE = 1_000_000
const ROUNDS = 5
/** Frames of each way of scrolling. */
const FRAMES = 300

/** Frames as fast as the machine makes them: else each would last as long as the screen's, whatever it took. */
const UNLIMITED = ['--disable-frame-rate-limit', '--disable-gpu-vsync']

/**
 * The window on a data folder with a large ledger (argument: its entries, 1,000,000 unless given). `open`: seconds from `strongroom serve` without a
 * running orchestrator to a first screen that takes input, median, with the ratio to the same on a folder of a few entries. `browse`: ms a
 * frame, median and the slowest of a hundred, while the entries are scrolled by the wheel and while the bar is dragged over all of them.
 * `filter`: ms from the last of some words to the first row that has them, or to the
 * answer that none has; 200 of these the window waits for a further key.
 */
export async function run(print: (line: string) => void, [size = String(SIZE)]: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
  const browser = await launchChromium(UNLIMITED)
  try {
    const [small, large] = [join(folder, 'small'), join(folder, 'large')]
    makeLargeFolder(small, 16)
    const began = performance.now()
    makeLargeFolder(large, Number(size))
    print(`built: ${size} entries in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    const seconds = { small: [] as number[], large: [] as number[], bare: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      seconds.bare.push(await bareNode())
      for (const [name, data] of [['small', small], ['large', large]] as const) {
        const serving = await serve(browser, data)
        seconds[name].push(serving.seconds)
        await serving.stop()
      }
    }
    const [ofSmall, ofLarge, ofNode] = [median(seconds.small), median(seconds.large), median(seconds.bare)]
    print(`open: ${ofLarge.toFixed(2)} s (ratio ${(ofLarge / ofSmall).toFixed(2)} to a ledger of 16 entries, ${(ofLarge / ofNode).toFixed(1)} to an empty Node)`)
    const serving = await serve(browser, large)
    await signIn(serving.page)
    report(print, 'browse wheel', await frames(serving.page, 'wheel'))
    report(print, 'browse bar', await frames(serving.page, 'bar'))
    for (const words of ['person.enrolled', 'no entry holds these words']) print(`filter '${words}': ${(await filter(serving.page, words)).toFixed(0)} ms`)
    await serving.stop()
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
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

async function filter(page: Page, words: string): Promise<number> {
  await page.getByRole('grid').evaluate((grid) => (grid.scrollTop = 0))
  const search = page.getByRole('searchbox')
  await search.fill('')
  await page.getByRole('grid').getByRole('row').nth(5).waitFor()
  const began = performance.now()
  await search.fill(words)
  const found = page.getByRole('grid').getByRole('row', { name: words }).first()
  await found.or(page.getByText(ledgerMessages.noMatch)).waitFor()
  return performance.now() - began
}
