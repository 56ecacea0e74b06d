import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealCheaply } from '../seed.ts'
import { PASSPHRASES, TestWorkplace, type Served } from '../workplace.ts'
import { findViolations } from './accessibility.ts'
import { launchChromium, screenshot, SIZES } from './chromium.ts'
import { findLostInForcedColors } from './forced-colors.ts'
import { findOutOfReach } from './reach.ts'
import { go, openWindow, show, signIn, standInForDesktop, waitForRun } from './window.ts'

/** Every view, at an address of its own. */
const VIEWS = [
  'projects',
  'p/credit-risk/overview',
  'p/credit-risk/pipeline',
  'p/credit-risk/runs',
  'p/credit-risk/runs/1/evaluate',
  'p/credit-risk/datasets',
  'p/credit-risk/models',
  'p/credit-risk/models/credit-risk/1',
  'p/credit-risk/models/credit-risk/1/against/1',
  'p/credit-risk/models/scorer/1',
  'p/credit-risk/evidence/credit-risk/1',
  'ledger',
  'ledger/20',
  'ledger/anchors',
  'ledger/backups',
  'ledger/keys',
  'people',
  'people/roles',
  'settings',
]

const backgroundOf = (target: Locator) => target.evaluate((element) => getComputedStyle(element).backgroundColor)

/** Whether nothing covers an element or cuts it off, from its upper to its lower edge. Runs inside the page. */
function isWholeInSight(element: Element): boolean {
  const { left, top, width, bottom } = element.getBoundingClientRect()
  return [top + 1, bottom - 1].every((y) => element.contains(document.elementFromPoint(left + width / 2, y)))
}

/** Presses a button that saves a file. */
async function save(page: Page, button: string, file: string): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).click()])
  await download.saveAs(file)
}

/** What a page complained about, which no page may. */
const complaints: string[] = []

let workplace: TestWorkplace
let served: Served
let browser: Browser

beforeAll(async () => {
  workplace = new TestWorkplace()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await workplace.close()
})

/** Whether a box lies inside another one from edge to edge, to a pixel. */
async function isWithin(inner: Locator, outer: Locator): Promise<boolean> {
  const [a, b] = [await inner.boundingBox(), await outer.boundingBox()]
  if (!a || !b) return false
  return a.x >= b.x - 1 && a.y >= b.y - 1 && a.x + a.width <= b.x + b.width + 1 && a.y + a.height <= b.y + b.height + 1
}

describe('the first run, in the window', () => {
  it('sets the workplace up and shows the log key to keep', async () => {
    served = await workplace.serve()
    const page = await openWindow(browser, served.url, { complaints })
    await page.getByLabel('Organisation').fill('Window Bank')
    await page.getByLabel('Name', { exact: true }).fill('Asta Admin')
    await page.getByLabel('Sign-in name').fill('admin')
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASES.admin)
    await page.getByLabel('Passphrase again').fill(PASSPHRASES.admin)
    await screenshot(page, 'welcome-dark')
    await page.keyboard.press('Enter')
    await page.getByText(/strongroom\.local\/window-bank\//).first().waitFor()
    await screenshot(page, 'log-key-dark')
    await page.context().close()
    await served.stop()
    await sealCheaply(workplace)
    await workplace.enrol('erin', 'Erin Engineer', 'engineer')
    await workplace.enrol('paul', 'Paul Approver', 'approver')
    await workplace.enrol('ada', 'Ada Auditor', 'auditor')
  })
})

describe('the main job, in the window', () => {
  let erin: Page
  let paul: Page

  beforeAll(async () => {
    await workplace.strongroom(['sample', 'add', 'credit-risk'], { as: 'erin' })
    served = await workplace.serve()
    erin = await openWindow(browser, served.url, { complaints })
    await signIn(erin, 'erin')
  })

  it('runs the pipeline and shows its live state, terminal and metrics', async () => {
    await go(erin, '#/p/credit-risk/pipeline')
    await erin.getByRole('button', { name: 'Run pipeline' }).click()
    await erin.getByRole('main').getByRole('link', { name: /^Run 1/ }).waitFor()
    await go(erin, '#/p/credit-risk/runs/1')
    await waitForRun(erin, 1, 'succeeded')
    await erin.getByRole('figure').getByText('val_auc').waitFor()
    await screenshot(erin, 'run-dark')
    await go(erin, '#/p/credit-risk/pipeline')
    await erin.getByRole('main').getByRole('link', { name: 'Run 1 succeeded' }).waitFor()
  })

  it('opens a run on the stage with something to show, which is in sight in the smallest window with all of its results', async () => {
    await erin.setViewportSize(SIZES.small)
    await show(erin, 'p/credit-risk/runs/1')
    await erin.getByText('train, attempt 1').waitFor()
    const selected = erin.getByRole('grid', { name: 'Stages and their state' }).getByRole('row', { selected: true })
    expect(await isWithin(selected, selected.locator('xpath=ancestor::table/..'))).toBe(true)
    const results = erin.getByRole('tabpanel', { name: 'Results' })
    expect(await isWithin(results.getByRole('columnheader', { name: 'SHA-256' }), results)).toBe(true)
  })

  it('hands out the proof of a single record, which anybody checks with the log key alone', async () => {
    await erin.getByRole('radio', { name: 'Records' }).click()
    const proof = join(workplace.folder, 'record.txt')
    await save(erin, 'Save the proof of record 1', proof)
    await erin.getByText(/^Saved the proof of record 1, one of \d+ that this entry seals:/).waitFor()
    const key = (await workplace.strongroom(['ledger', 'keys'], { as: 'ada' })).split('\n')[0] ?? ''
    expect(await workplace.json(['ledger', 'verify-record', proof, '--key', key])).toMatchObject({ index: 1, record: { name: 'val_loss', step: 1 } })
    expect(await findViolations(erin)).toEqual([])
    await screenshot(erin, 'run-records-dark')
  })

  it('draws the pipeline no smaller than it can be read, and keeps the checkpoint in sight, in the smallest window', async () => {
    await show(erin, 'p/credit-risk/pipeline')
    await erin.getByRole('toolbar', { name: 'Zoom' }).getByText('100 %').waitFor()
    expect(await isWithin(erin.getByRole('region', { name: 'Pipeline' }).getByRole('button', { name: /^validate/ }), erin.getByRole('region', { name: 'Pipeline' }))).toBe(true)
    const strip = erin.getByRole('contentinfo')
    for (const fact of [/^Checkpoint/, /outside connections$/, 'Training continues when this window closes']) expect(await isWithin(strip.getByText(fact), strip)).toBe(true)
    await erin.setViewportSize(SIZES.large)
  })

  it('lets the engineer ask, and refuses that she approves herself', async () => {
    await go(erin, '#/p/credit-risk/models/credit-risk/1')
    await erin.getByRole('button', { name: 'Ask for staging' }).click()
    await erin.getByText('You cannot decide on this promotion.').waitFor()
    await screenshot(erin, 'model-waiting-dark')
  })

  it('lets a second person approve with a passphrase', async () => {
    const again = await workplace.serve()
    paul = await openWindow(browser, again.url, { theme: 'light', complaints })
    await signIn(paul, 'paul')
    await go(paul, '#/p/credit-risk/models/credit-risk/1')
    const passphrase = paul.getByLabel('Passphrase of your personal key')
    await passphrase.fill(PASSPHRASES.paul)
    await screenshot(paul, 'model-decision-light')
    await paul.setViewportSize(SIZES.small)
    const panel = paul.getByRole('region', { name: 'Your decision' })
    const signed = [panel.getByText('Tree seen'), panel.getByText('Key', { exact: true }), panel.locator('blockquote'), passphrase]
    const answer = paul.getByRole('button', { name: 'Sign and approve' })
    for (const part of [...signed, answer, panel.getByText('Enters the ledger for good.')]) {
      expect(await part.evaluate(isWholeInSight), `${String(part)} at 1280 x 720`).toBe(true)
    }
    await paul.setViewportSize(SIZES.large)
    await paul.getByRole('button', { name: 'Sign and approve' }).click()
    await paul.getByText('To staging').waitFor()
    await paul.mouse.move(0, 0)
    const ask = paul.getByRole('button', { name: 'Ask for production' })
    await paul.getByText('Whoever asks cannot approve.').waitFor()
    const [filled, plain] = [await backgroundOf(ask), await backgroundOf(paul.getByRole('button', { name: 'Download' }))]
    expect(filled, 'asking, by which an approver gives the decision away, is no filled button').toBe(plain)
    const { stage } = await workplace.json<{ stage: string }>(['model', 'show', 'credit-risk'], { as: 'ada' })
    expect(stage).toBe('staging')
  })

  it('names a version and places it under legal hold, which keeps it from the archive and which only a second person ends', async () => {
    const chooseAct = async (act: string) => {
      await paul.getByRole('button', { name: 'More acts' }).click()
      await paul.getByRole('menuitem', { name: act }).click()
    }
    await chooseAct('Set an alias')
    await paul.getByLabel('Alias', { exact: true }).fill('champion')
    await paul.keyboard.press('Enter')
    const panel = paul.getByRole('region', { name: 'Your decision' })
    await panel.getByText('champion').waitFor()
    await chooseAct('Set a tag')
    await paul.getByLabel('Key', { exact: true }).fill('reviewed')
    await paul.getByLabel('Value', { exact: true }).fill('by model risk')
    await paul.keyboard.press('Enter')
    await panel.getByText('reviewed: by model risk').waitFor()
    await chooseAct('Place a legal hold')
    const dialog = paul.getByRole('alertdialog')
    await dialog.getByLabel('Reason').fill('serious incident 7')
    await dialog.getByLabel('Passphrase of your personal key').fill(PASSPHRASES.paul)
    await dialog.getByRole('button', { name: 'Sign and place' }).click()
    await panel.getByText('serious incident 7').waitFor()
    await paul.getByText('Legal hold', { exact: true }).first().waitFor()
    await paul.getByRole('button', { name: 'More acts' }).click()
    const archive = paul.getByRole('menuitem', { name: /^Archive/ })
    await archive.getByText('A legal hold keeps it. A second person releases it first.').waitFor()
    expect(await archive.getAttribute('aria-disabled')).toBe('true')
    await paul.keyboard.press('Escape')
    await panel.getByText('You placed it. Only a second person releases it.').waitFor()
    await screenshot(paul, 'model-hold-light')
    await panel.getByRole('button', { name: 'Remove champion' }).click()
    await panel.getByText('champion').waitFor({ state: 'detached' })
  })

  it('shows the ledger, an entry with its proof, and verifies everything', async () => {
    await go(erin, '#/ledger/40')
    await erin.getByRole('heading', { name: 'Inclusion proof' }).waitFor()
    const entries = erin.getByRole('grid', { name: 'Entries' })
    const linked = entries.getByRole('row', { selected: true })
    await linked.getByText('40', { exact: true }).waitFor()
    const [list, row] = [await entries.boundingBox(), await linked.boundingBox()]
    expect(row?.y).toBeGreaterThan(list?.y ?? Infinity)
    expect((row?.y ?? Infinity) + (row?.height ?? 0)).toBeLessThan((list?.y ?? 0) + (list?.height ?? 0))
    await entries.getByText(/^Run 1, /).first().waitFor()
    await go(erin, '#/p/credit-risk/overview')
    await erin.getByRole('row', { name: /Run ended.*Run 1: succeeded/ }).waitFor()
    await go(erin, '#/ledger')
    await erin.getByRole('button', { name: 'Verify', exact: true }).click()
    await erin.getByText(/nothing recorded was altered/i).waitFor()
    await workplace.strongroom(['ledger', 'checkpoint'], { as: 'ada' })
    await erin.getByRole('button', { name: 'Ways to verify' }).click()
    const newOnly = erin.getByRole('menuitem', { name: /^Only what is new/ })
    await newOnly.getByText(/^\d+ entries since/).waitFor()
    await newOnly.click()
    await erin.getByText(/^Verified what is new/).waitFor()
  })

  it('finds entries by words, run, version, project and number, and says where there are none, and how to get out', async () => {
    await show(erin, 'ledger')
    const search = erin.getByRole('searchbox', { name: 'Words, run 12, hash or number' })
    const row = (name: RegExp) => erin.getByRole('grid', { name: 'Entries' }).getByRole('row', { name }).first()
    // What is found is old enough to be out of sight before; what was found before is not found now.
    for (const [words, found, gone] of [
      ['STARTED dvc.yaml', /run\.started Run 1 /, /session\.opened/],
      ['credit-risk created', /project\.created/, /run\.started/],
      ['run 1', /run\.finished Run 1: succeeded/, /project\.created/],
      ['entry 0', /^0 .*ledger\.created/, /run\.finished/],
      ['credit-risk version 1', /model\.version\.registered credit-risk 1/, /ledger\.created/],
    ] as const) {
      await search.fill(words)
      await row(found).waitFor()
      expect(await row(gone).count(), `${words} finds ${gone.source}`).toBe(0)
    }
    await search.fill('run 4711')
    await erin.getByText('No entry matches.').waitFor()
    await erin.getByText(/Write run 12 for a run, entry 12 for an entry\.$/).waitFor()
    await erin.getByRole('button', { name: 'Empty the filters' }).click()
    await row(/session\.opened/).waitFor()
    expect(await search.inputValue()).toBe('')
  })

  const choose = async (button: string, file: string) => {
    const [chooser] = await Promise.all([paul.waitForEvent('filechooser'), paul.getByRole('button', { name: button }).click()])
    await chooser.setFiles(file)
  }
  it('exchanges files with a witness, and holds the ledger to what the witness keeps', async () => {
    const [stick, request, answer] = ['stick', 'request.txt', 'answer.txt'].map((name) => join(workplace.folder, name)) as [string, string, string]
    const [logKey = ''] = (await workplace.strongroom(['ledger', 'keys'], { as: 'ada' })).split('\n')
    const env = { STRONGROOM_PASSPHRASE: 'the passphrase of the stick' }
    const { key } = await workplace.json<{ key: string }>(['witness', 'init', stick, '--name', 'audit.example/usb', '--log-key', logKey], { env })
    await go(paul, '#/ledger/anchors')
    await paul.getByRole('button', { name: 'Add a witness' }).click()
    await paul.getByLabel('Name', { exact: true }).fill('usb')
    await paul.getByLabel('Verifier key', { exact: true }).fill(key)
    await paul.getByLabel('Passphrase of your personal key', { exact: true }).fill(PASSPHRASES.paul)
    await paul.keyboard.press('Enter')
    const row = paul.getByRole('row', { name: /^usb/ })
    await row.getByText('nothing yet').waitFor()
    await row.getByRole('button', { name: 'Acts for the witness usb' }).click()
    const [download] = await Promise.all([paul.waitForEvent('download'), paul.getByRole('menuitem', { name: 'Save a request for it' }).click()])
    await download.saveAs(request)
    await workplace.strongroom(['witness', 'sign', stick, request, '--to', answer], { env })
    await choose('Take in its answer', answer)
    await paul.getByText(/^usb cosigned the ledger at \d+ entries\.$/).waitFor()
    await choose('Compare with a file', join(stick, 'latest'))
    await paul.getByText(/^The ledger continues latest, a checkpoint of \d+ entries\.$/).waitFor()
    await paul.getByText(/^Cosigned by usb/).waitFor()
    await screenshot(paul, 'anchors-light')
    await choose('Take in its answer', request)
    await paul.getByRole('alert').getByText('This is a request to a').waitFor()
    const [page] = await Promise.all([paul.waitForEvent('download'), paul.getByRole('button', { name: 'Make the page' }).click()])
    expect(page.suggestedFilename()).toMatch(/^checkpoint-\d+\.pdf$/)
  })

  it('exchanges files with an authority of time stamps, and hands out what anybody checks a stamp with', async () => {
    const at = (name: string) => join(workplace.folder, name)
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: workplace.folder, stdio: 'ignore' })
    writeFileSync(at('ts.cnf'), `[ts]\nserial=${at('serial')}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n`)
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'authority.key', '-subj', '/CN=Clock', '-addext', 'extendedKeyUsage=critical,timeStamping', '-out', 'authority.pem')
    await show(paul, 'ledger/anchors')
    await choose('Take in a certificate', at('authority.pem'))
    await paul.getByText('CN=Clock counts from now on').waitFor()
    await save(paul, 'Save a request', at('day.tsq'))
    await save(paul, 'Save its checkpoint', at('day.tsq.checkpoint'))
    openssl('ts', '-reply', '-config', 'ts.cnf', '-section', 'ts', '-queryfile', 'day.tsq', '-signer', 'authority.pem', '-inkey', 'authority.key', '-out', 'day.tsr')
    openssl('ts', '-verify', '-data', 'day.tsq.checkpoint', '-in', 'day.tsr', '-CAfile', 'authority.pem')
    await choose('Take in an answer', at('day.tsr'))
    await paul.getByText(/^Recorded: \d+ entries existed at/).waitFor()
    await paul.getByRole('table', { name: 'Time stamps' }).getByRole('row', { name: /CN=Clock/ }).waitFor()
    await choose('Take in an answer', at('day.tsq'))
    await paul.getByRole('alert').getByText('This is not the response of a').waitFor()
    await choose('Compare with a file', at('day.tsr'))
    await paul.getByText(/^Time stamp of .* by an authority that CN=Clock certifies\.$/).waitFor()
    await screenshot(paul, 'time-stamps-light')
  })

  it('exports a pack with progress and opens its report', async () => {
    await go(paul, '#/p/credit-risk/models/credit-risk/1')
    await paul.getByRole('link', { name: 'Read the evidence' }).click()
    await paul.getByRole('button', { name: 'New pack' }).first().click()
    await screenshot(paul, 'new-pack-light')
    await paul.getByRole('button', { name: 'Continue to preview' }).click()
    await paul.getByRole('button', { name: 'Continue to sign' }).click()
    await paul.getByLabel('Passphrase of your personal key').fill(PASSPHRASES.paul)
    await paul.getByRole('button', { name: 'Sign and export' }).click()
    await paul.getByRole('button', { name: 'Open report' }).click()
    await paul.frameLocator('iframe').getByRole('heading').first().waitFor()
    await screenshot(paul, 'report-light')
  })

  it('takes in a model from outside, says what it is before it is signed for, and shows where it comes from', async () => {
    const path = join(workplace.folder, 'scorer.pt')
    writeFileSync(path, Buffer.from('800495', 'hex'))
    await show(erin, 'p/credit-risk/models')
    await erin.getByRole('button', { name: 'Import a model' }).press('Enter')
    const dialog = erin.getByRole('dialog', { name: 'Import a model from outside' })
    await dialog.getByLabel('Path', { exact: true }).fill(path)
    await dialog.getByLabel('Name of the model here').fill('a scorer')
    await dialog.getByLabel('Where it comes from').fill('https://models.example/scorer')
    await dialog.getByLabel('Licence').fill('Apache-2.0')
    await dialog.getByLabel('Licence').press('Enter')
    await dialog.getByText(/^Letters, digits, dot, hyphen and underscore/).waitFor()
    await erin.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true')
    await dialog.getByLabel('Name of the model here').fill('scorer')
    await screenshot(erin, 'import-dark')
    await dialog.getByLabel('Licence').press('Enter')
    await dialog.getByText('scorer.pt: a Python pickle').waitFor()
    await dialog.getByText(/^I vouch for the content with the SHA-256 [0-9a-f]{64} as a version of scorer/).waitFor()
    await dialog.getByLabel('Passphrase of your personal key').fill(PASSPHRASES.erin)
    await screenshot(erin, 'import-sign-dark')
    await dialog.getByLabel('Passphrase of your personal key').press('Enter')
    const outside = erin.getByRole('region', { name: 'From outside' })
    await outside.getByText('https://models.example/scorer', { exact: true }).waitFor()
    await outside.getByText(/loading it can run code that it holds/).waitFor()
    await erin.getByText(/^Signed by [0-9a-f]{8}$/).waitFor()
    await erin.getByRole('button', { name: 'More acts' }).press('Enter')
    await erin.getByRole('menuitem', { name: 'Model card' }).press('Enter')
    await erin.frameLocator('iframe').getByText(/Its importer states that it comes from/).waitFor()
    await screenshot(erin, 'model-card-dark')
    await erin.keyboard.press('Escape')
    await erin.getByRole('button', { name: 'More acts' }).press('Enter')
    const [bom] = await Promise.all([erin.waitForEvent('download'), erin.getByRole('menuitem', { name: 'Save the bill of materials' }).press('Enter')])
    expect(JSON.parse(readFileSync(await bom.path(), 'utf8'))).toMatchObject({ specVersion: '1.6', metadata: { component: { name: 'scorer', licenses: [{ expression: 'Apache-2.0' }] } } })
    await erin.getByRole('button', { name: 'More acts' }).press('Enter')
    await erin.getByRole('menuitem', { name: 'Export a bundle' }).press('Enter')
    const hand = erin.getByRole('dialog', { name: 'Export scorer 1 as a bundle' })
    await hand.getByLabel('Path of the zip').fill(join(workplace.folder, 'scorer.zip'))
    expect(await hand.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true)
    await hand.getByLabel('What for').fill('a pilot')
    await hand.getByRole('button', { name: 'Export' }).click()
    await hand.getByText(/^Exported to /).waitFor()
    await hand.getByRole('button', { name: 'Close' }).click()
  })

  it('takes the path of a model from the dialogs of the desktop, where there are any', async () => {
    const page = await erin.context().newPage()
    await page.addInitScript(standInForDesktop, { files: ['/models/net.onnx', null, '/models/net.zip'], folders: ['/models/net'] })
    await page.goto(erin.url())
    await show(page, 'p/credit-risk/models')
    await page.getByRole('button', { name: 'Import a model' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Import a model from outside' })
    const chosen = (path: string) => page.waitForFunction((wanted) => [...document.querySelectorAll('input')].some(({ value }) => value === wanted), path)
    const [file, folder] = ['Choose a file', 'Choose a folder'].map((name) => dialog.getByRole('button', { name }))
    await file?.press('Enter')
    await chosen('/models/net.onnx')
    await folder?.press('Enter')
    await chosen('/models/net')
    // A dialog that was left without a choice changes nothing; a bundle is no folder.
    await file?.press('Enter')
    await dialog.getByRole('radio', { name: 'Strongroom bundle' }).press('Space')
    expect([await dialog.getByLabel('Path', { exact: true }).inputValue(), await folder?.count()]).toEqual(['/models/net', 0])
    await file?.press('Enter')
    await chosen('/models/net.zip')
    await page.close()
  })

  it('takes a bundle in under the log key of its ledger and no other, and says of which version of which ledger it is', async () => {
    const keys = (await workplace.strongroom(['ledger', 'keys'], { as: 'ada' })).split('\n')
    await show(erin, 'p/credit-risk/models')
    await erin.getByRole('button', { name: 'Import a model' }).press('Enter')
    await erin.setViewportSize(SIZES.small)
    const dialog = erin.getByRole('dialog', { name: 'Import a model from outside' })
    await dialog.getByRole('radio', { name: 'Strongroom bundle' }).press('Space')
    for (const [label, value] of [['Path', join(workplace.folder, 'scorer.zip')], ['Name of the model here', 'returned'], ['Where it comes from', 'the pilot'], ['Licence', 'Apache 2.0'], ['Log key of the other workplace', keys[1] ?? '']] as const) {
      await dialog.getByLabel(label, { exact: true }).fill(value)
    }
    await dialog.getByLabel('Licence').press('Enter')
    await dialog.getByRole('alert').getByText(/does not hold against the log key/).waitFor()
    expect(await dialog.getByRole('alert').evaluate(isWholeInSight)).toBe(true)
    await erin.setViewportSize(SIZES.large)
    await dialog.getByLabel('Log key of the other workplace', { exact: true }).fill(keys[0] ?? '')
    await dialog.getByLabel('Licence').press('Enter')
    await dialog.getByText(/^scorer 1 of the ledger .* at \d+ entries$/).waitFor()
    await dialog.getByText(/If Apache-2\.0 is meant, write that$/).waitFor()
    await dialog.getByLabel('Passphrase of your personal key').fill(PASSPHRASES.erin)
    await dialog.getByLabel('Passphrase of your personal key').press('Enter')
    await erin.getByRole('region', { name: 'From outside' }).getByText(/^scorer 1 of the ledger /).waitFor()
    await erin.getByRole('region', { name: 'From outside' }).getByRole('link', { name: 'scorer 1', exact: true }).waitFor()
    expect(await workplace.json(['model', 'show', 'returned'], { as: 'ada' })).toMatchObject({ version: 1, imported: { licence: 'Apache 2.0', bundle: { model: 'scorer', logKey: keys[0] } } })
  })

  // All that is asked of a view at its usual size is asked in one visit: coming there takes longer than most of it.
  it.for(['dark', 'light'] as const)('shows every view in both sizes without a complaint, accessibly, and with its edges and words under forced colours, %s', async (colorScheme) => {
    const page = colorScheme === 'dark' ? erin : paul
    for (const [name, size] of Object.entries(SIZES)) {
      await page.setViewportSize(size)
      for (const view of VIEWS) {
        await show(page, view)
        const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight)
        expect(overflows, `${view} overflows the window at ${size.width} x ${size.height}`).toBe(false)
        if (name !== 'large') continue
        await screenshot(page, `${view.replace('p/credit-risk/', '').replace(/^evidence\/.*/, 'evidence').replaceAll('/', '-')}-${colorScheme}`)
        expect(await findViolations(page), view).toEqual([])
        await page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' })
        expect(await page.evaluate(findLostInForcedColors), `${view} under forced colours`).toEqual([])
        await page.emulateMedia({ forcedColors: 'none', colorScheme, reducedMotion: 'reduce' })
      }
    }
    expect(complaints).toEqual([])
  })

  it('keeps every act of every view in reach, and nothing cut off, at twice the size', async () => {
    for (const page of [erin, paul]) {
      for (const { width, height } of Object.values(SIZES)) {
        await page.setViewportSize({ width: width / 2, height: height / 2 })
        for (const view of VIEWS) {
          await show(page, view)
          expect(await page.evaluate(findOutOfReach), `${view} at ${width} x ${height}`).toEqual([])
        }
      }
      await page.setViewportSize(SIZES.large)
    }
  })
})
