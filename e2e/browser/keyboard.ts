import type { Locator, Page } from 'playwright-core'

/** More stops than any view has: a way with Tab that is longer leads nowhere. */
const MOST_STOPS = 120

/** How often a pair of keys is pressed. */
const MOST_TRIES = 5

/** What has the focus, in words, for a message. */
const nameFocus = (page: Page) => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120) ?? 'nothing')

export const hasFocus = (target: Locator) => target.evaluate((element) => element === document.activeElement)

/** Whether the mark of the list that takes the keys stands on it: the focus itself stays in the field. */
const isMarked = (target: Locator) => target.evaluate((element) => element.hasAttribute('data-focused'))

/** Goes with Tab, or back with Shift Tab, to what a person sees. Fails when no number of presses leads there. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.waitFor()
  const stops: string[] = []
  while (stops.length < MOST_STOPS) {
    if (await hasFocus(target)) return
    await page.keyboard.press(key)
    stops.push(await nameFocus(page))
  }
  throw new Error(`${String(target)} is not reached by ${key}. The last stops were:\n${stops.slice(-12).join('\n')}`)
}

/** Goes to a view by its pair of keys, `G M`, and waits until its heading stands there. */
export async function goByKeys(page: Page, pair: string, heading: string): Promise<void> {
  const shown = page.getByRole('main').getByRole('heading', { level: 1, name: heading, exact: true })
  const before = await page.evaluate(() => location.hash)
  // On a busy machine the second key may come too late for the pair: then a person presses both again.
  for (let tries = 0; (await page.evaluate(() => location.hash)) === before; tries++) {
    if (tries === MOST_TRIES) throw new Error(`${pair} leads nowhere. The focus is on ${await nameFocus(page)}`)
    for (const key of pair) await page.keyboard.press(key)
  }
  await shown.waitFor()
}

/** Finds something in the palette by typing and opens it. */
export async function openByPalette(page: Page, text: string, name: string): Promise<void> {
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Search or jump to' })
  await palette.waitFor()
  await page.keyboard.type(text)
  const found = palette.getByRole('menuitem', { name }).first()
  await found.waitFor()
  // What is found later may stand above it: a person looks where the mark is before they press Enter.
  for (let stops = 0; !(await isMarked(found)); stops++) {
    if (stops === MOST_STOPS) throw new Error(`${name} is not reached by the arrow keys`)
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
  await palette.waitFor({ state: 'detached' })
}

/** Signs in as somebody who has only just opened the window: the first field has the focus. A passphrase of their own is left for later. */
export async function signInByKeys(page: Page, handle: string, passphrase: string): Promise<void> {
  await page.getByLabel('Sign-in name').waitFor()
  await page.keyboard.type(handle)
  await page.keyboard.press('Tab')
  await page.keyboard.type(passphrase)
  await page.keyboard.press('Enter')
  const [workplace, later] = [page.getByRole('navigation', { name: 'Main' }), page.getByRole('button', { name: 'Do this later' })]
  await workplace.or(later).waitFor()
  if (await later.isVisible()) {
    await tabTo(page, later)
    await page.keyboard.press('Enter')
  }
  await workplace.waitFor()
}
