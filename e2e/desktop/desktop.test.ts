import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { electronExecutable } from '../../main/desktop/electron-executable.ts'
import type {} from '../../renderer/bridge/desktop-window.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const electron = electronExecutable(ROOT)
if (electron === null) {
  console.log('skipped: no Electron binary (npx install-electron, or ELECTRON_OVERRIDE_DIST_PATH=FOLDER), so e2e/desktop/desktop.test.ts did not run')
}

describe.skipIf(electron === null)('the desktop window', () => {
  let data: string
  let app: ElectronApplication
  let page: Page
  let foreign: Server
  let foreignUrl: string
  let foreignRequests = 0
  let foreignConnections = 0

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'strongroom-desktop-'))
    foreign = createServer((_request, response) => {
      foreignRequests++
      response.end('foreign')
    })
    foreign.on('connection', () => foreignConnections++)
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
    foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
    app = await _electron.launch({
      executablePath: electron ?? '',
      args: [ROOT, '--data', data],
      env: { ...(process.env as Record<string, string>), STRONGROOM_NODE: process.execPath },
    })
    page = await app.firstWindow()
    await page.waitForLoadState('domcontentloaded')
  })

  afterAll(async () => {
    await app?.close()
    await new Promise((resolve) => foreign?.close(resolve))
    if (data) rmSync(data, { recursive: true, force: true })
  })

  it('shows the first-run set-up of an empty data folder, from its own scheme', async () => {
    expect(page.url()).toMatch(/^strongroom:\/\/app\//)
    await page.getByRole('textbox').first().waitFor()
  })

  it('gives the page three functions and nothing of Node or Electron', async () => {
    const found = await page.evaluate(() => ({
      own: Object.keys(window.strongroom ?? {}).sort(),
      node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter((name) => name in window),
    }))
    expect(found).toEqual({ own: ['chooseFile', 'chooseFolder', 'connect'], node: [] })
  })

  it('lets no request out, whatever the page tries', async () => {
    const outcomes = await page.evaluate(async (url) => {
      const failed = (work: Promise<unknown>) => work.then(() => 'reached', () => 'refused')
      const image = new Promise((resolve, reject) => {
        const element = new Image()
        element.onload = resolve
        element.onerror = reject
        element.src = url
      })
      const socket = new Promise((resolve, reject) => {
        const opened = new WebSocket(url.replace('http', 'ws'))
        opened.onopen = resolve
        opened.onerror = reject
      })
      // Hints and beacons answer nobody; what they do is seen at the other end.
      for (const rel of ['preconnect', 'dns-prefetch', 'prefetch', 'preload']) document.head.append(Object.assign(document.createElement('link'), { rel, href: url, as: 'fetch' }))
      navigator.sendBeacon(url, 'beacon')
      return Promise.all([failed(fetch(url)), failed(image), failed(socket), failed(fetch('file:///etc/passwd'))])
    }, foreignUrl)
    expect(outcomes).toEqual(['refused', 'refused', 'refused', 'refused'])
    expect([foreignRequests, foreignConnections]).toEqual([0, 0])
  })

  it('copies what a person copies, and reads nothing that is on the clipboard', async () => {
    await page.evaluate(() => {
      const button = document.createElement('button')
      button.textContent = 'copy for the test'
      button.addEventListener('click', () => {
        const fill = (event: ClipboardEvent) => {
          event.clipboardData?.setData('text/plain', 'copied')
          event.preventDefault()
        }
        document.addEventListener('copy', fill, { once: true })
        document.execCommand('copy')
      })
      document.body.append(button)
    })
    await page.getByRole('button', { name: 'copy for the test' }).click()
    expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe('copied')
    expect(await page.evaluate(() => navigator.clipboard.readText().then(() => 'read', () => 'refused'))).toBe('refused')
  })

  it('stays on its page and opens no other window', async () => {
    const before = page.url()
    await page.evaluate((url) => {
      window.open(url)
      location.href = url
    }, foreignUrl)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    expect(page.url()).toBe(before)
    expect(app.windows()).toHaveLength(1)
    expect(foreignRequests).toBe(0)
  })

  it('has every permission denied', async () => {
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'] as PermissionName[]
      return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state))
    })
    expect(new Set(states)).toEqual(new Set(['denied']))
  })
})
