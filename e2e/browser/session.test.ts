import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestWorkplace } from '../workplace.ts'
import { launchChromium } from './chromium.ts'
import { openWindow, signIn } from './window.ts'

let workplace: TestWorkplace
let browser: Browser
let page: Page
/** The requests that the window sent, by name, in order. */
const asked: string[] = []

beforeAll(async () => {
  workplace = new TestWorkplace()
  await workplace.setUp()
  const served = await workplace.serve()
  browser = await launchChromium()
  page = await openWindow(browser, served.url)
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      asked.push((JSON.parse(payload.toString()) as { method?: string }).method ?? 'an answer')
    }),
  )
  await page.reload()
  await signIn(page, 'erin')
})
afterAll(async () => {
  await browser.close()
  await workplace.close()
})

it('says that somebody acts when somebody does, and not when the window asks on its own', async () => {
  await expect.poll(() => asked).toContain('machine.state')
  expect(asked).not.toContain('session.touch')
  await page.keyboard.press('Shift')
  await expect.poll(() => asked).toContain('session.touch')
})

it('asks to sign in when the session is ended from elsewhere, and says why', async () => {
  await workplace.strongroom(['people', 'deactivate', 'erin'], { as: 'admin' })
  await page.getByText('This session ended: an administrator deactivated the account.').waitFor()
  await page.getByLabel('Sign-in name').waitFor()
})
