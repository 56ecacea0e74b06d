import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSPHRASES, TestWorkplace } from '../workplace.ts'
import { findViolations } from './accessibility.ts'
import { launchChromium, screenshot } from './chromium.ts'
import { openWindow, show, signIn } from './window.ts'

const OWN = 'a passphrase of her own'
const FIRST = 'the passphrase that Asta chose'
const OWN_AGAIN = 'another one of her own'

let workplace: TestWorkplace
let browser: Browser
let page: Page
let admin: Page
/** The requests that the window sent, by name, in order. */
const asked: string[] = []

const main = () => page.getByRole('navigation', { name: 'Main' })

async function typeSignIn(passphrase: string): Promise<void> {
  await page.getByLabel('Sign-in name').fill('erin')
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function chooseOwn(name: string, present: string, chosen: string): Promise<void> {
  await page.getByLabel(name, { exact: true }).fill(present)
  await page.getByLabel('New passphrase', { exact: true }).fill(chosen)
  await page.getByLabel('Passphrase again').fill(chosen)
  await page.keyboard.press('Enter')
}

async function chooseOnErin(act: string): Promise<void> {
  await admin.getByRole('row', { name: /Erin Engineer/ }).getByRole('button', { name: 'Acts on Erin Engineer' }).click()
  await admin.getByRole('menuitem', { name: act }).click()
}

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
})
afterAll(async () => {
  await browser.close()
  await workplace.close()
})

it('asks whoever was given a passphrase for one of their own, once a session', async () => {
  await typeSignIn(PASSPHRASES.erin)
  await page.getByRole('heading', { name: 'Choose a passphrase of your own' }).waitFor()
  expect(await findViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Choose it' }).click()
  await page.getByText('Enter the passphrase that you signed in with.').waitFor()
  await screenshot(page, 'first-passphrase-dark')
  await page.getByRole('button', { name: 'Do this later' }).click()
  await main().waitFor()
  await page.reload()
  await main().waitFor()
})

it('says that somebody acts when somebody does, and not when the window asks on its own', async () => {
  await expect.poll(() => asked).toContain('machine.state')
  expect(asked).not.toContain('session.touch')
  await page.keyboard.press('Shift')
  await expect.poll(() => asked).toContain('session.touch')
})

it('changes one’s own passphrase and key from the menu of one’s name', async () => {
  const choose = async (act: string) => {
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitem', { name: act }).click()
  }
  await choose('Change passphrase')
  await chooseOwn('Present passphrase', 'not the passphrase', OWN)
  await page.getByText('The present passphrase is wrong. Try again.').waitFor()
  await chooseOwn('Present passphrase', PASSPHRASES.erin, OWN)
  await page.getByText('Your passphrase is changed').waitFor()
  await choose('Make a new key')
  await page.getByLabel('Passphrase of your personal key').fill(OWN)
  expect(await findViolations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByText('You sign with a new key').waitFor()
  const actions = await workplace.json<{ entries: { action: string }[] }>(['ledger', 'list', '--limit', '2'], { as: 'ada' })
  expect(JSON.stringify(actions)).toContain('person.key.rotated')
})

it('lets an administrator give a new key to somebody, who chooses a passphrase at the next sign-in', async () => {
  admin = await openWindow(browser, (await workplace.serve()).url, { theme: 'light' })
  await signIn(admin, 'admin')
  await show(admin, 'people')
  await chooseOnErin('Give a new key')
  const dialog = admin.getByRole('alertdialog')
  await dialog.getByRole('button', { name: 'Sign and give the key' }).click()
  await dialog.getByText('Say why in a few words.').waitFor()
  await dialog.getByLabel('Reason').fill('her key was on a stick that is lost')
  await dialog.getByLabel('First passphrase', { exact: true }).fill(FIRST)
  await dialog.getByLabel('Passphrase again').fill(FIRST)
  await dialog.getByLabel('Your own passphrase', { exact: true }).fill(PASSPHRASES.admin)
  expect(await findViolations(admin)).toEqual([])
  await screenshot(admin, 'recover-light')
  await admin.keyboard.press('Enter')
  await admin.getByText('Erin Engineer has a new key').waitFor()
  await admin.getByRole('row', { name: /Erin Engineer/ }).getByText('passphrase set by another').waitFor()

  await page.getByText(/the passphrase or the key of the account was changed elsewhere/).waitFor()
  await typeSignIn(FIRST)
  await chooseOwn('The passphrase that you were given', FIRST, OWN_AGAIN)
  await main().waitFor()
})

it('asks to sign in when the session is ended from elsewhere, and says why', async () => {
  await workplace.strongroom(['people', 'deactivate', 'erin'], { as: 'admin' })
  await page.getByText('This session ended: an administrator deactivated the account.').waitFor()
  await page.getByLabel('Sign-in name').waitFor()
})

it('erases the names of somebody who was deactivated, and tells what still says them', async () => {
  await admin.getByRole('row', { name: /Erin Engineer/ }).getByText('Deactivated').waitFor()
  // The focus came back to a button when the dialog closed: it says what it is only to whoever goes there.
  expect(await admin.getByRole('tooltip').count()).toBe(0)
  await chooseOnErin('Erase the names')
  const dialog = admin.getByRole('alertdialog')
  await dialog.getByLabel('Type erin to confirm').fill('erin')
  await dialog.getByLabel('Your own passphrase', { exact: true }).fill(PASSPHRASES.admin)
  await screenshot(admin, 'erase-light')
  await admin.keyboard.press('Enter')
  await dialog.getByText('No pack here says the name.').waitFor()
  expect(await findViolations(admin)).toEqual([])
  await screenshot(admin, 'erased-light')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await admin.getByRole('row').getByText('Erased').waitFor()
  expect(await admin.getByText('Erin Engineer').count()).toBe(0)
})

it('puts a new key in the place of the log’s, and says who has to be told', async () => {
  await show(admin, 'ledger/keys')
  await admin.getByRole('button', { name: 'New log key' }).click()
  await admin.getByLabel('Passphrase of your personal key').fill('not the passphrase')
  await admin.keyboard.press('Enter')
  await admin.getByText('The passphrase is wrong. Try again.').waitFor()
  await admin.getByLabel('Passphrase of your personal key').fill(PASSPHRASES.admin)
  expect(await findViolations(admin)).toEqual([])
  await admin.keyboard.press('Enter')
  await admin.getByText('The log has a new key').waitFor()
  const rows = admin.getByRole('row', { name: /^Log: signs checkpoints/ })
  await expect.poll(() => rows.count()).toBe(2)
  expect(JSON.parse(await workplace.strongroom(['--json', 'ledger', 'verify'], { as: 'ada' }))).toMatchObject({ ok: true })
})

it('makes a backup with its progress, schedules them, and finds the one that lost a file damaged', async () => {
  const disk = join(workplace.folder, 'disk')
  await show(admin, 'ledger/backups')
  await admin.getByRole('button', { name: 'Make a backup' }).click()
  await admin.getByLabel('Folder').fill('disk')
  await admin.keyboard.press('Enter')
  await admin.getByText(/^'disk' is not a whole path\./).waitFor()
  await admin.getByRole('button', { name: 'Make a backup' }).click()
  await admin.getByLabel('Folder').fill(disk)
  await admin.keyboard.press('Enter')
  await admin.getByText(/^Backed up: \d+ entries, .* read back and whole$/).waitFor()
  await admin.getByRole('button', { name: 'Schedule' }).click()
  await admin.getByRole('textbox', { name: 'Keep the newest' }).fill('7')
  await admin.getByRole('dialog').getByRole('button', { name: 'Schedule' }).click()
  await admin.getByText('the newest 7').waitFor()
  const row = admin.getByRole('table', { name: 'Backups' }).getByRole('row', { name: disk })
  await row.getByRole('button', { name: /^Verify/ }).click()
  await admin.getByText(/ is whole$/).waitFor()
  const [backup = ''] = readdirSync(disk).filter((name) => name.startsWith('20'))
  rmSync(join(disk, backup, 'keys', 'log.pem'))
  await row.getByRole('button', { name: /^Verify/ }).click()
  await admin.getByRole('alert').getByText(/^keys\/log\.pem is missing/).waitFor()
  await screenshot(admin, 'backups-light')
  rmSync(disk, { recursive: true })
  await admin.reload()
  await row.getByText('disk not there').waitFor()
})
