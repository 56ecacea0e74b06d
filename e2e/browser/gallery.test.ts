import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findViolations } from './accessibility.ts'
import { SIZES } from './chromium.ts'
import { measureContrast } from './contrast.ts'
import { findLostInForcedColors } from './forced-colors.ts'
import { findOutOfReach } from './reach.ts'
import type { StaticServer } from './static-server.ts'
import { serveFolder } from './static-server.ts'

const BUILD = process.env['STRONGROOM_GALLERY'] ?? join(import.meta.dirname, '../../build/gallery')
const PAGES = ['controls', 'data', 'states', 'overlays', 'foundations'] as const
const LOOKS = [
  { theme: 'dark', contrast: 'normal', least: 4.5 },
  { theme: 'light', contrast: 'normal', least: 4.5 },
  { theme: 'dark', contrast: 'more', least: 7 },
  { theme: 'light', contrast: 'more', least: 7 },
] as const

describe('the gallery of the design layer', () => {
  let server: StaticServer
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    if (!existsSync(join(BUILD, 'gallery.html'))) throw new Error(`There is no gallery in ${BUILD}. Run npm run build first.`)
    server = await serveFolder(BUILD)
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
    const context = await browser.newContext({ viewport: SIZES.large, reducedMotion: 'reduce' })
    page = await context.newPage()
  })

  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  async function open(target: Page, name: string, theme: string, contrast: string): Promise<void> {
    await target.goto('about:blank')
    await turnTo(target, name, theme, contrast)
  }

  /** Another page or look of the document that is open: what stands on it is new, a dialog or a toast of before may stay. */
  async function turnTo(target: Page, name: string, theme: string, contrast: string): Promise<void> {
    const address = `#${name}?theme=${theme}&contrast=${contrast}`
    await target.goto(`${server.address}/gallery.html${address}`)
    await target.locator(`html[data-theme=${theme}] nav a[aria-current=page][href="${address}"]`).waitFor()
    await target.locator('main section').first().waitFor()
    await target.evaluate(() => document.fonts.ready.then(() => undefined))
  }

  it.for(LOOKS)('keeps text at $least:1 and control edges at 3:1 in $theme with $contrast contrast', async ({ theme, contrast, least }) => {
    const weak: string[] = []
    let edgeCount = 0
    for (const name of PAGES) {
      await turnTo(page, name, theme, contrast)
      const { texts, edges } = await page.evaluate(measureContrast)
      expect(texts.length).toBeGreaterThan(20)
      edgeCount += edges.length
      weak.push(...texts.filter((text) => text.ratio < least).map((text) => `${name}: ${text.what} ${text.ratio.toFixed(2)}`))
      weak.push(...edges.filter((edge) => edge.ratio < 3).map((edge) => `${name}: edge of ${edge.what} ${edge.ratio.toFixed(2)}`))
    }
    expect(edgeCount).toBeGreaterThan(15)
    expect([...new Set(weak)]).toEqual([])
  })

  it.for(PAGES)('passes the accessibility rules on the page of %s', async (name) => {
    await turnTo(page, name, 'dark', 'normal')
    expect(await findViolations(page)).toEqual([])
  })

  it.for(PAGES)('keeps shapes, edges and words under forced colours on the page of %s', async (name) => {
    for (const theme of ['dark', 'light'] as const) {
      // The theme of the product may differ from that of the system: the forced colours win.
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' })
        await turnTo(page, name, theme, 'normal')
        expect(await page.evaluate(findLostInForcedColors), `${theme} under forced ${colorScheme}`).toEqual([])
        const { texts } = await page.evaluate(measureContrast)
        expect(texts.filter(({ ratio }) => ratio < 4.5)).toEqual([])
      }
    }
    await page.emulateMedia({ forcedColors: 'none', colorScheme: null, reducedMotion: 'reduce' })
  })

  it('keeps the edge of a dialog, a menu and a toast under forced colours', async () => {
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
    await open(page, 'overlays', 'dark', 'normal')
    await page.getByRole('button', { name: 'Toast of a failure' }).click()
    await page.getByText('The pack was not written').waitFor()
    expect(await page.evaluate(findLostInForcedColors)).toEqual([])
    await page.getByRole('button', { name: 'Actions of run 412' }).click()
    await page.getByRole('menu').waitFor()
    expect(await page.evaluate(findLostInForcedColors)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Why it is closed' }).click()
    await page.getByRole('dialog', { name: 'Four eyes' }).waitFor()
    expect(await page.evaluate(findLostInForcedColors)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Confirm by typing' }).click()
    await page.getByRole('alertdialog', { name: 'Erase a snapshot' }).waitFor()
    expect(await page.evaluate(findLostInForcedColors)).toEqual([])
    await page.keyboard.press('Escape')
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' })
  })

  it.for(PAGES)('keeps every act in reach and nothing cut off at twice the size on the page of %s', async (name) => {
    for (const { width, height } of Object.values(SIZES)) {
      await page.setViewportSize({ width: width / 2, height: height / 2 })
      await open(page, name, 'dark', 'normal')
      expect(await page.evaluate(findOutOfReach), `at ${width} x ${height}`).toEqual([])
    }
    await page.setViewportSize(SIZES.large)
  })

  it('breaks no rule of the content security policy and loads its own fonts', async () => {
    const complaints: string[] = []
    const context = await browser.newContext({ viewport: SIZES.large })
    const strict = await context.newPage()
    strict.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    strict.on('pageerror', (error) => complaints.push(error.message))
    for (const name of PAGES) await open(strict, name, 'dark', 'normal')
    await strict.goto(`${server.address}/gallery.html#overlays`)
    await strict.getByRole('button', { name: 'Confirm by typing' }).click()
    await strict.getByRole('alertdialog').waitFor()
    const families = await strict.evaluate(() =>
      [...document.fonts].filter((font) => font.status === 'loaded').map((font) => font.family.replaceAll('"', '')),
    )
    await context.close()
    expect(complaints).toEqual([])
    expect(families).toContain('IBM Plex Sans')
    expect(families).toContain('IBM Plex Mono')
  })

  it('opens a dialog that passes the accessibility rules and closes by Esc, giving the focus back', async () => {
    await open(page, 'overlays', 'dark', 'normal')
    const opener = page.getByRole('button', { name: 'Confirm by typing' })
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('alertdialog', { name: 'Erase a snapshot' })
    await dialog.waitFor()
    expect(await findViolations(page)).toEqual([])

    const erase = dialog.getByRole('button', { name: 'Erase' })
    expect(await erase.isDisabled()).toBe(true)
    await page.keyboard.type('loans-2026-11')
    expect(await erase.isDisabled()).toBe(false)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('walks a table of 48,213 rows by keyboard, drawing only those in sight', async () => {
    await open(page, 'data', 'dark', 'normal')
    const grid = page.getByRole('grid', { name: 'Ledger entries' })
    await grid.focus()
    await page.keyboard.press('j')
    await page.getByText('Entry 48,208 selected').waitFor()
    await page.keyboard.press('k')
    await page.getByText('Entry 48,209 selected').waitFor()
    await page.keyboard.press('End')
    await page.getByText('Entry 0 selected').waitFor()
    const selected = grid.getByRole('row', { selected: true })
    await selected.waitFor()
    expect(await grid.evaluate((element) => element.getAttribute('aria-activedescendant'))).toBe(await selected.getAttribute('id'))
    expect(await selected.getAttribute('aria-rowindex')).toBe('48214')
    expect(await grid.getByRole('row').count()).toBeLessThan(60)
  })

  describe('a table of 5,000,000 rows, longer than Chromium draws', () => {
    const grid = () => page.getByRole('grid', { name: 'Five million rows' })

    beforeEach(() => open(page, 'data', 'dark', 'normal'))

    /** The first and the last of the rows that are in sight as a whole, by what they show. */
    async function inSight(): Promise<readonly number[]> {
      return grid().evaluate((table) => {
        const { top, bottom } = table.getBoundingClientRect()
        const head = table.querySelector('[role=columnheader]')?.getBoundingClientRect().bottom ?? top
        const rows = [...table.querySelectorAll('[role=row][id]')].filter((row) => {
          const box = row.getBoundingClientRect()
          return box.top >= head - 1 && box.bottom <= bottom + 1
        })
        return rows.map((row) => Number(row.querySelector('[role=gridcell]')?.textContent?.replaceAll(',', ''))).sort((a, b) => a - b)
      })
    }
    async function expectInSight(row: number): Promise<void> {
      await page.getByText(`Row ${row.toLocaleString('en')} selected`).waitFor()
      await expect.poll(inSight).toContain(row)
      expect(await grid().getByRole('row', { selected: true }).getAttribute('aria-rowindex')).toBe(String(row + 2))
    }

    it('draws few of them, no higher than may be', async () => {
      expect(await grid().getAttribute('aria-rowcount')).toBe('5000001')
      expect(await grid().getByRole('row').count()).toBeLessThan(40)
      expect(await grid().evaluate((table) => table.scrollHeight)).toBeLessThan(33_000_000)
    })

    it('goes by keyboard to the last row, back by a page and by a row, and to the first, exactly', async () => {
      await grid().focus()
      await page.keyboard.press('End')
      await expectInSight(4_999_999)
      const rows = (await inSight()).length
      await page.keyboard.press('PageUp')
      await expectInSight(4_999_999 - (rows - 1))
      await page.keyboard.press('k')
      await expectInSight(4_999_998 - (rows - 1))
      await page.keyboard.press('Home')
      await expectInSight(0)
      await page.keyboard.press('PageDown')
      await expectInSight(rows - 1)
      await page.keyboard.press('j')
      await expectInSight(rows)
    })

    it('shows the rows in the middle where the bar stands in the middle, and every row one by one from there', async () => {
      await grid().evaluate((table) => table.scrollTo({ top: (table.scrollHeight - table.clientHeight) / 2 }))
      await expect.poll(async () => (await inSight())[0]).toBeGreaterThan(2_499_980)
      const [first = 0] = await inSight()
      expect(first).toBeLessThan(2_500_000)
      await grid().getByRole('row').nth(12).hover()
      await page.mouse.wheel(0, 28)
      await expect.poll(async () => (await inSight())[0]).toBe(first + 1)
      await page.mouse.wheel(0, 28 * 5)
      await expect.poll(async () => (await inSight())[0]).toBe(first + 6)
      await page.mouse.wheel(0, -28)
      await expect.poll(async () => (await inSight())[0]).toBe(first + 5)
    })

    it('brings a row into sight that is chosen elsewhere, and leaves one alone that is in sight', async () => {
      await page.getByRole('button', { name: 'Go to row 1,234,567' }).click()
      await expectInSight(1_234_567)
      const before = await inSight()
      await grid().getByRole('row').filter({ hasText: (before[1] ?? 0).toLocaleString('en') }).click()
      await expectInSight(before[1] ?? 0)
      expect(await inSight()).toEqual(before)
    })
  })

  it('moves an edge by the arrow keys', async () => {
    await open(page, 'overlays', 'dark', 'normal')
    const edge = page.getByRole('separator', { name: 'Size of the inspector' })
    await edge.focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByText('Inspector, 236 px').waitFor()
    expect(await edge.getAttribute('aria-valuenow')).toBe('236')
  })

  it('moves an edge by dragging and stops at its bound', async () => {
    await open(page, 'overlays', 'dark', 'normal')
    const edge = page.getByRole('separator', { name: 'Size of the inspector' })
    const box = await edge.boundingBox()
    if (!box) throw new Error('the separator is not in sight')
    await page.mouse.move(box.x + box.width / 2, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2 - 50, box.y + 40, { steps: 4 })
    await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe('270')
    await page.mouse.move(10, box.y + 40, { steps: 4 })
    await page.mouse.up()
    await page.getByText('Inspector, 360 px').waitFor()
  })

  it('copies a hash whole when its first eight characters are pressed', async () => {
    await open(page, 'data', 'dark', 'normal')
    await page.evaluate(() => {
      document.addEventListener('paste', (event) => {
        document.title = event.clipboardData?.getData('text/plain') ?? ''
      })
    })
    await page.getByRole('button', { name: 'Copy hash 5b0ce2d7' }).click()
    await page.keyboard.press('Control+V')
    await expect.poll(() => page.title()).toBe('5b0ce2d719fae14c70aa5e9d13c288f0')
  })

  it('shows a toast with its Undo', async () => {
    await open(page, 'overlays', 'light', 'normal')
    await page.getByRole('button', { name: 'Toast with Undo' }).click()
    await page.getByText('Version 14 archived').waitFor()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('Version 14 is back in staging').waitFor()
  })

  it('narrows the rail under 1361 px and keeps the names of its links', async () => {
    await open(page, 'controls', 'dark', 'normal')
    await page.setViewportSize({ width: 1280, height: 720 })
    const rail = page.getByRole('navigation', { name: 'Main' })
    await expect.poll(async () => (await rail.boundingBox())?.width).toBe(48)
    expect(await rail.getByRole('link', { name: 'Foundations' }).count()).toBe(1)
    await page.setViewportSize({ width: 1440, height: 900 })
  })
})
