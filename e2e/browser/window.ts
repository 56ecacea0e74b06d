import type { Browser, Page } from 'playwright-core'
import type { DesktopWindow } from '../../renderer/bridge/desktop-window.ts'
import { PASSPHRASES, type Handle } from '../workplace.ts'
import { SIZES } from './chromium.ts'

/** Longer than anything takes on a busy machine, in ms: a wait that ends here is a failure and never a guess. */
const PATIENCE = 60_000

export interface Look {
  readonly theme?: 'dark' | 'light'
  /** Where faults of the page are noted: errors that it threw or printed. No page may have any. */
  readonly complaints?: string[]
}

/** A window of a browser of its own, at the one-time address that `strongroom serve` printed. */
export async function openWindow(browser: Browser, url: string, { theme = 'dark', complaints = [] }: Look = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: SIZES.large, colorScheme: theme, reducedMotion: 'reduce' })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  return page
}

/**
 * What the desktop's preload script gives a page, over the gateway's WebSocket: for a page of a browser, which runs this before its own scripts. The dialogs
 * answer what is given, one after the other.
 */
export function standInForDesktop({ files, folders }: { files: (string | null)[]; folders: (string | null)[] }): void {
  const desktop: DesktopWindow = {
    chooseFile: () => Promise.resolve(files.shift() ?? null),
    chooseFolder: () => Promise.resolve(folders.shift() ?? null),
    connect: () =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/socket`)
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = ({ data }) => socket.send(data as string)
        socket.onmessage = ({ data }) => port1.postMessage(data)
        socket.onerror = reject
        socket.onopen = () => {
          window.postMessage('strongroom:port', '*', [port2])
          resolve()
        }
      }),
  }
  Object.assign(window, { strongroom: desktop })
}

export async function signIn(page: Page, handle: Handle): Promise<void> {
  await page.getByLabel('Sign-in name').fill(handle)
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASES[handle])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await leaveFirstPassphrase(page)
}

/** Somebody whose passphrase another person chose is asked for one of their own first. */
export async function leaveFirstPassphrase(page: Page): Promise<void> {
  const [workplace, later] = [page.getByRole('navigation', { name: 'Main' }), page.getByRole('button', { name: 'Do this later' })]
  await workplace.or(later).waitFor()
  if (await later.isVisible()) await later.click()
  await workplace.waitFor()
}

export async function go(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash
  }, address)
}

/** Goes to a view and waits until it shows its content: its heading, and nothing that is still being read. */
export async function show(page: Page, view: string): Promise<void> {
  await go(page, `#/${view}`)
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction((address) => {
    const main = document.querySelector('main')
    return location.hash === address && main !== null && main.innerText.length > 60 && main.querySelector('[aria-busy="true"], [role="status"][aria-label]') === null
  }, `#/${view}`)
}

/** The end of a run, as the page of the run announces it. */
export async function waitForRun(page: Page, run: number, state: string): Promise<void> {
  await page.getByText(`Run ${run}: ${state}`, { exact: true }).waitFor({ state: 'attached', timeout: 2 * PATIENCE })
}
