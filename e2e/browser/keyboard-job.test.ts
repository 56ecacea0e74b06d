import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSPHRASES, TestWorkplace } from '../workplace.ts'
import { findViolations } from './accessibility.ts'
import { launchChromium, screenshot } from './chromium.ts'
import { goByKeys, hasFocus, openByPalette, signInByKeys, tabTo } from './keyboard.ts'
import { openWindow, show, signIn, waitForRun } from './window.ts'

/** Two stages that take as long as Node takes to start; `params.yaml` says how the first one ends. */
const PIPELINE = `stages:
  train:
    cmd: node train.mjs
    deps: [train.mjs]
    params: [accuracy, ending]
    outs: [model.json]
    metrics: [metrics.json]
    meta:
      strongroom:
        register: {model: tiny, path: model.json, format: other}
        gates:
          staging: {metrics: [{name: accuracy, min: 0.8}], approvals: 1}
  report:
    cmd: node -e "fs.copyFileSync('model.json', 'report.json')"
    deps: [model.json]
    outs: [report.json]
`
const TRAIN = `import { readFileSync, writeFileSync } from 'node:fs'
const { accuracy, ending } = Object.fromEntries(readFileSync('params.yaml', 'utf8').trim().split('\\n').map((line) => line.split(': ')))
console.log('training ends as it', ending)
if (ending === 'fails') process.exit(3)
if (ending === 'waits') setTimeout(() => {}, 120_000)
else {
  writeFileSync('model.json', JSON.stringify({ accuracy }))
  writeFileSync('metrics.json', '{"accuracy": ' + accuracy + '}')
}
`

/** What a page complained about, which no page may. */
const complaints: string[] = []

let workplace: TestWorkplace
let folder: string
let browser: Browser
let page: Page

function setParameters(accuracy: number, ending: 'succeeds' | 'fails' | 'waits'): void {
  writeFileSync(join(folder, 'params.yaml'), `accuracy: ${accuracy}\nending: ${ending}\n`)
}

beforeAll(async () => {
  workplace = new TestWorkplace()
  folder = join(workplace.folder, 'tiny')
  mkdirSync(folder)
  writeFileSync(join(folder, 'dvc.yaml'), PIPELINE)
  writeFileSync(join(folder, 'train.mjs'), TRAIN)
  setParameters(0.91, 'succeeds')
  await workplace.setUp()
  await workplace.strongroom(['project', 'add', folder, '--id', 'tiny', '--name', 'Tiny system', '--purpose', 'A test of the window.', '--annex-iii', 'none'], { as: 'erin' })
  browser = await launchChromium()
  page = await openWindow(browser, (await workplace.serve()).url, { complaints })
})
afterAll(async () => {
  await browser.close()
  await workplace.close()
})

const main = () => page.getByRole('main')
const stagesOfRun = () => main().getByRole('grid', { name: 'Stages' })
const rowOf = (table: Locator, name: string) => table.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })

/** Nothing here but keys: whatever needs a pointer fails. */
describe('the main job, by keyboard alone', () => {
  it('signs in, opens the project and starts a run', async () => {
    await signInByKeys(page, 'erin', PASSPHRASES.erin)
    await goByKeys(page, 'gh', 'Projects')
    await tabTo(page, main().getByRole('row', { name: /Tiny system/ }))
    await page.keyboard.press('Enter')
    await main().getByRole('heading', { level: 1, name: 'Tiny system' }).waitFor()
    await goByKeys(page, 'gp', 'Tiny system')
    await main().getByRole('button', { name: 'Run pipeline' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await main().getByRole('link', { name: /^Run 1/ }).waitFor()
  })

  it('follows the run in its terminal, stage by stage', async () => {
    await goByKeys(page, 'gr', 'Runs')
    await main().getByRole('row', { name: /Run 1/ }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await waitForRun(page, 1, 'succeeded')
    await tabTo(page, stagesOfRun().getByRole('row', { selected: true }))
    await page.keyboard.press('Home')
    await main().getByText('train, attempt 1').waitFor()
    await main().getByRole('list').getByText('training ends as it succeeds').waitFor()
    await page.keyboard.press('j')
    await main().getByText('report, attempt 1').waitFor()
  })

  it('opens the version and asks for staging', async () => {
    await goByKeys(page, 'gm', 'Models')
    await main().getByRole('row', { name: /tiny 1/ }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await main().getByRole('button', { name: 'Ask for staging' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await main().getByText('You cannot decide on this promotion.').waitFor()
  })

  it('takes a request back in a dialog that keeps the focus and gives it back, and asks again', async () => {
    const withdraw = main().getByRole('button', { name: 'Withdraw the request' })
    const dialog = page.getByRole('dialog', { name: 'Withdraw the request for tiny 1' })
    const reason = dialog.getByLabel('Reason')
    await tabTo(page, withdraw)
    await page.keyboard.press('Enter')
    await expect.poll(() => hasFocus(reason)).toBe(true)
    for (const stop of ['Cancel', 'Withdraw the request']) {
      await page.keyboard.press('Tab')
      expect(await hasFocus(dialog.getByRole('button', { name: stop })), stop).toBe(true)
    }
    await page.keyboard.press('Tab')
    expect(await hasFocus(reason), 'after its last stop comes its first').toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => hasFocus(withdraw)).toBe(true)
    await page.keyboard.press('Enter')
    await expect.poll(() => hasFocus(reason)).toBe(true)
    await page.keyboard.type('too early')
    await page.keyboard.press('Enter')
    await main().getByText('Withdrawn', { exact: true }).waitFor()
    await main().getByRole('button', { name: 'Ask for staging' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await main().getByText('You cannot decide on this promotion.').waitFor()
  })

  it('hands over to a second person, who signs the approval', async () => {
    await page.getByRole('button', { name: /new notices?$/ }).waitFor()
    await openByPalette(page, 'sign out', 'Sign out')
    await signInByKeys(page, 'erin', PASSPHRASES.erin)
    // Who comes back finds the place and the notices again.
    await main().getByRole('heading', { level: 1, name: 'tiny 1' }).waitFor()
    await page.getByRole('button', { name: /new notices?$/ }).waitFor()
    await openByPalette(page, 'sign out', 'Sign out')
    await signInByKeys(page, 'paul', PASSPHRASES.paul)
    // Another person finds neither.
    await main().getByRole('heading', { level: 1, name: 'Projects' }).waitFor()
    await page.getByRole('button', { name: 'Notices', exact: true }).waitFor()
    expect(await page.getByText('Run 1 succeeded').count()).toBe(0)
    await openByPalette(page, 'tiny 1', 'tiny 1')
    await tabTo(page, main().getByRole('link', { name: 'Read the evidence' }))
    await page.keyboard.press('Enter')
    await main().getByRole('button', { name: 'New pack' }).first().waitFor()
    expect(await page.evaluate(() => location.hash)).toBe('#/p/tiny/evidence/tiny/1')
    await openByPalette(page, 'tiny 1', 'tiny 1')
    const passphrase = main().getByLabel('Passphrase of your personal key')
    await passphrase.waitFor()
    await page.keyboard.press('Control+Enter')
    expect(await hasFocus(passphrase), 'Ctrl Enter without a passphrase leads to its field').toBe(true)
    await tabTo(page, main().getByLabel('Reason, recorded'), 'Shift+Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSPHRASES.paul)
    await page.keyboard.press('Control+Enter')
    await main().getByText('Approved', { exact: true }).waitFor()
    const { stage } = await workplace.json<{ stage: string }>(['model', 'show', 'tiny'], { as: 'ada' })
    expect(stage).toBe('staging')
  })

  it('exports a pack, and opens its report and leaves it', async () => {
    await goByKeys(page, 'ge', 'Evidence')
    for (const step of ['New pack', 'Continue to preview', 'Continue to sign']) {
      await main().locator('button:enabled', { hasText: step }).first().waitFor()
      await page.keyboard.press('Control+Enter')
      await main().getByRole('heading', { name: 'New pack of tiny 1' }).waitFor()
    }
    await tabTo(page, main().getByLabel('Passphrase of your personal key'))
    await page.keyboard.type(PASSPHRASES.paul)
    await page.keyboard.press('Control+Enter')
    await tabTo(page, main().getByRole('button', { name: 'Open report' }))
    await page.keyboard.press('Enter')
    await main().frameLocator('iframe').getByRole('heading').first().waitFor()
    await page.keyboard.press('Escape')
    await main().frameLocator('iframe').getByRole('heading').first().waitFor({ state: 'detached' })
  })
})

describe('what goes wrong, in the window', () => {
  it('shows the condition that a version does not meet, with its value and threshold, and records the refusal', async () => {
    setParameters(0.61, 'succeeds')
    await workplace.strongroom(['run', 'start', '--project', 'tiny', '--follow'], { as: 'erin' })
    await openByPalette(page, 'sign out', 'Sign out')
    await signInByKeys(page, 'erin', PASSPHRASES.erin)
    await openByPalette(page, 'tiny 2', 'tiny 2')
    const condition = rowOf(main().getByRole('table', { name: 'Gate to staging' }), 'accuracy')
    await condition.getByText('0.61').waitFor()
    await condition.getByText('at least 0.8').waitFor()
    await condition.getByText('Not met').waitFor({ state: 'attached' })
    await tabTo(page, main().getByRole('button', { name: 'Ask and record the refusal' }))
    await page.keyboard.press('Enter')
    await main().getByText('The gate refused. The refusal is recorded.').waitFor()
    await main().getByText('accuracy is 0.61, the gate asks for at least 0.8.').waitFor()
    expect(await workplace.strongroom(['ledger', 'list', '--action', 'model.promotion.refused'], { as: 'ada' })).toContain('tiny 2')
  })

  it('opens the evidence of the version that was looked at last, and offers an engineer nothing that their role never lets them do', async () => {
    await openByPalette(page, 'tiny 1', 'tiny 1')
    await tabTo(page, main().getByRole('button', { name: 'More acts' }))
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Set an alias' }).waitFor()
    for (const act of [/^Archive/, /^Place a legal hold/]) expect(await page.getByRole('menuitem', { name: act }).count()).toBe(0)
    await page.keyboard.press('Escape')
    await goByKeys(page, 'ge', 'Evidence')
    await main().getByRole('region', { name: 'Packs' }).waitFor()
    expect(await main().getByRole('button', { name: 'New pack' }).count()).toBe(0)
    expect(await page.evaluate(() => location.hash)).toBe('#/p/tiny/evidence/tiny/1')
  })

  it('shows which stage of a run failed and why, and what was not run for it', async () => {
    setParameters(0.91, 'fails')
    await goByKeys(page, 'gr', 'Runs')
    await main().getByRole('button', { name: 'Run pipeline' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await waitForRun(page, 3, 'failed')
    await rowOf(stagesOfRun(), 'train').getByText('Failed', { exact: true }).last().waitFor()
    await stagesOfRun().getByText('The command ended with exit code 3.').waitFor()
    await rowOf(stagesOfRun(), 'report').getByText('Skipped', { exact: true }).last().waitFor()
    await stagesOfRun().getByText("It needs 'train', which did not succeed.").waitFor()
    await main().getByText('Ended with exit code 3', { exact: true }).waitFor()
  })

  it('stops a run that somebody started, after asking once', async () => {
    setParameters(0.91, 'waits')
    await goByKeys(page, 'gp', 'Tiny system')
    await main().locator('button:enabled', { hasText: 'Run pipeline' }).waitFor()
    const running = main().getByRole('region', { name: 'Pipeline' }).getByRole('button', { name: /^train running/ })
    // On a busy machine the key may come before the button listens: then a person presses it again.
    for (let tries = 0; tries < 5 && !(await running.isVisible()); tries++) {
      await page.keyboard.press('Control+Enter')
      await running.waitFor({ timeout: 15_000 }).catch(() => undefined)
    }
    await running.waitFor()
    // What started it would be refused now, so it is not offered and its key does nothing.
    await page.keyboard.press('Control+Enter')
    await tabTo(page, main().getByRole('button', { name: 'Stop run' }))
    expect(await main().getByText('The run was not started.').count()).toBe(0)
    expect(await main().getByRole('button', { name: 'Run pipeline' }).count()).toBe(0)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('alertdialog', { name: 'Stop run 4?' })
    await tabTo(page, dialog.getByRole('button', { name: 'Stop run' }))
    await page.keyboard.press('Enter')
    await main().getByRole('link', { name: 'Run 4 cancelled' }).waitFor()
    await main().getByRole('button', { name: 'Run pipeline' }).waitFor()
    const { stages } = await workplace.json<{ stages: { stage: string; state: string }[] }>(['run', 'show', '4'], { as: 'ada' })
    expect(stages.map(({ stage, state }) => `${stage} ${state}`)).toEqual(['train cancelled', 'report cancelled'])
  })
})

describe('somebody who holds roles for parts of the workplace alone', () => {
  it('is given a role that an administrator defines for the purpose', async () => {
    const admin = await openWindow(browser, (await workplace.serve()).url, { complaints, theme: 'light' })
    await signIn(admin, 'admin')
    await show(admin, 'people/roles')
    await admin.getByRole('button', { name: 'Define a role' }).click()
    const dialog = admin.getByRole('dialog', { name: 'Define a role' })
    await dialog.getByRole('button', { name: 'Define the role' }).click()
    await dialog.getByText('Choose at least one.').waitFor()
    await dialog.getByLabel('Name').fill('card-reader')
    await dialog.getByLabel('What it is for').fill('Reads what a model is made of.')
    await dialog.getByText('See models, gates and lineage').click()
    const needed = dialog.getByRole('checkbox', { name: /^See projects and pipelines/ })
    expect([await needed.isChecked(), await needed.isDisabled()]).toEqual([true, true])
    expect(await findViolations(admin)).toEqual([])
    await screenshot(admin, 'define-role-light')
    await admin.keyboard.press('Control+Enter')
    await admin.getByText('The role card-reader is defined.').waitFor()
    await admin.getByRole('table', { name: 'Permission matrix' }).getByRole('columnheader', { name: 'card-reader' }).waitFor()
    const elsewhere = join(workplace.folder, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'dvc.yaml'), PIPELINE)
    await workplace.strongroom(['project', 'add', elsewhere, '--id', 'elsewhere', '--name', 'Another system', '--purpose', 'A test.', '--annex-iii', 'none'], { as: 'erin' })
    await workplace.enrol('sue', 'Sue Scoped', undefined, { choosesOwn: false })
    await workplace.strongroom(['people', 'grant', 'sue', 'engineer', '--project', 'tiny'], { as: 'admin' })
    await workplace.strongroom(['people', 'grant', 'sue', 'card-reader', '--project', 'elsewhere'], { as: 'admin' })
    await admin.getByRole('button', { name: 'Acts on the role card-reader' }).click()
    await admin.getByRole('menuitem', { name: 'Remove' }).click()
    await admin.getByLabel('Type card-reader to confirm').fill('card-reader')
    await admin.keyboard.press('Enter')
    await admin.getByText('sue holds the role card-reader. Take it away first.').waitFor()
    await admin.context().close()
  })

  it('is offered in each project what they may do there, and no page that they may not read', async () => {
    const sue = await openWindow(browser, (await workplace.serve()).url, { complaints })
    await signIn(sue, 'sue')
    const rail = sue.getByRole('navigation', { name: 'Main' })
    const offered = async () => (await rail.getByRole('link').allInnerTexts()).map((text) => text.trim().split('\n')[0])
    await show(sue, 'p/tiny/pipeline')
    await sue.getByRole('button', { name: 'Run pipeline' }).waitFor()
    expect(await offered()).toEqual(['Overview', 'Pipeline', 'Runs', 'Datasets', 'Models', 'Evidence', 'Projects', 'Settings'])
    await show(sue, 'p/elsewhere/pipeline')
    expect(await sue.getByRole('button', { name: 'Run pipeline' }).count()).toBe(0)
    expect(await offered()).toEqual(['Overview', 'Pipeline', 'Models', 'Projects', 'Settings'])
    await show(sue, 'p/elsewhere/overview')
    await sue.getByText('Your roles do not let you see the runs of this project.').waitFor()
    expect(await findViolations(sue)).toEqual([])
    await screenshot(sue, 'scoped-overview-dark')
    await show(sue, 'p/elsewhere/runs')
    await sue.getByText('It takes a role that lets you: watch runs, terminals and metrics. You hold Engineer for tiny · card-reader for elsewhere.').waitFor()
    await show(sue, 'ledger')
    await sue.getByText(/which holds for those projects or models alone; this page is about the whole organisation/).waitFor()
    await show(sue, 'projects')
    await sue.getByRole('row', { name: /Another system/ }).getByText('not for your roles').waitFor()
    await sue.context().close()
  })

  it('signs nothing of consequence before they chose a passphrase of their own, and is led there', async () => {
    await workplace.strongroom(['people', 'grant', 'sue', 'auditor', '--project', 'tiny'], { as: 'admin' })
    const sue = await openWindow(browser, (await workplace.serve()).url, { complaints, theme: 'light' })
    await signIn(sue, 'sue')
    await show(sue, 'p/tiny/models/tiny/1')
    await sue.getByRole('button', { name: 'More acts' }).click()
    await sue.getByRole('menuitem', { name: 'Place a legal hold' }).click()
    const hold = sue.getByRole('dialog', { name: /under legal hold$/ }).or(sue.getByRole('alertdialog', { name: /under legal hold$/ }))
    await hold.getByLabel('Reason').fill('An incident is looked into.')
    await hold.getByLabel(/[Pp]assphrase/).first().fill(PASSPHRASES.sue)
    await hold.getByRole('button', { name: 'Sign and place' }).click()
    await hold.getByText('Choose a passphrase of your own first.').waitFor()
    await screenshot(sue, 'first-passphrase-refused-light')
    await hold.getByRole('button', { name: 'Choose it now' }).click()
    const own = 'what nobody else knows'
    await sue.getByLabel('Present passphrase', { exact: true }).fill(PASSPHRASES.sue)
    await sue.getByLabel('New passphrase', { exact: true }).fill(own)
    await sue.getByLabel('Passphrase again').fill(own)
    expect(await findViolations(sue)).toEqual([])
    await sue.keyboard.press('Enter')
    await sue.getByText('Your passphrase is changed').waitFor()
    await hold.getByLabel(/[Pp]assphrase/).first().fill(own)
    await hold.getByRole('button', { name: 'Sign and place' }).click()
    await sue.getByRole('main').getByText('An incident is looked into.').waitFor()
    await sue.context().close()
  })
})

describe('the keys of the shortcuts sheet', () => {
  it('open the sheet, and Esc closes it', async () => {
    await goByKeys(page, 'gr', 'Runs')
    await page.keyboard.press('?')
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await sheet.getByText('Primary action of the view').waitFor()
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
  })

  it('filter the list of the view by /, where single keys are text; Esc shows all again, and then leaves the field', async () => {
    await main().getByText('4 runs').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('cancelled')
    await main().getByText('1 of 4 runs').waitFor()
    await page.keyboard.press('Escape')
    await main().getByText('4 runs', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await sheet.waitFor()
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
  })

  it('drop the selection of the canvas by Esc, and walk it by arrows', async () => {
    await goByKeys(page, 'gp', 'Tiny system')
    await tabTo(page, main().getByRole('region', { name: 'Pipeline' }).getByRole('button', { name: /^train/ }))
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowRight')
    const inspector = main().getByRole('complementary', { name: 'Inspector' })
    await inspector.getByRole('heading', { name: 'report' }).waitFor()
    await page.keyboard.press('Escape')
    await inspector.getByRole('heading', { name: 'Pipeline' }).waitFor()
  })

  it('leave no complaint behind', () => {
    expect(complaints).toEqual([])
  })
})
