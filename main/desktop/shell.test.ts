import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { BrowserWindow } from 'electron'
import { describe, expect, it } from 'vitest'
import { CHANNELS } from './channels.ts'
import { registerDialogs } from './dialogs.ts'
import { electronExecutable } from './electron-executable.ts'
import { DialogDouble, IpcDouble, frameDouble } from './electron-double.ts'
import { chromiumFolder, readDataFolder } from './launch.ts'
import { menuTemplate } from './menu.ts'
import { packagedInstallation } from './packaged.ts'
import { windowOptions } from './window.ts'

describe('the window’s options', () => {
  it('isolate the page from Node, whatever Electron’s defaults become', () => {
    expect(windowOptions({ preload: '/p/preload.cjs', devTools: false }).webPreferences).toMatchObject({
      preload: '/p/preload.cjs',
      devTools: false,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableDeprecatedPaste: false,
      enableWebSQL: false,
      webgl: false,
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    })
    expect(windowOptions({ preload: '/p', devTools: false }).webPreferences).not.toHaveProperty('enableBlinkFeatures')
  })
})

describe('the preload script', () => {
  it('gives the page three functions and never Electron’s own objects', () => {
    const source = readFileSync(join(import.meta.dirname, 'preload.ts'), 'utf8')
    const exposed = source.slice(source.indexOf('exposeInMainWorld'))
    expect(exposed.match(/^ {2}\w+:/gm)?.map((line) => line.trim())).toEqual(['connect:', 'chooseFolder:', 'chooseFile:'])
    expect(exposed.match(/\(\) =>/g)).toHaveLength(3)
  })
})

describe('the shell', () => {
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !/\.test\.ts$|-double\.ts$/.test(name))
  const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

  it('takes nothing of Electron into the preload script but the bridge and the messages', () => {
    expect(read('preload.ts').match(/^import .*$/gm)).toEqual(["import { contextBridge, ipcRenderer } from 'electron'", "import { CHANNELS } from './channels.ts'"])
  })

  it('opens nothing outside itself, runs no text as code, and keeps no secret with the system', () => {
    for (const name of sources) expect(read(name), name).not.toMatch(/openExternal|executeJavaScript|insertCSS|loadExtension|safeStorage|setAsDefaultProtocolClient|registerPreloadScript|autoUpdater|crashReporter|\bwebFrame\b/)
  })

  it('answers no message of a page without asking where it comes from', () => {
    const answering = sources.filter((name) => name !== 'preload.ts' && /ipc\w*\.(handle|on|once)\(/.test(read(name)))
    expect(answering).toEqual(['dialogs.ts', 'orchestrator-link.ts'])
    for (const name of answering) expect(read(name).match(/isOwnSender\(event\)/g)?.length, name).toBeGreaterThanOrEqual(read(name).match(/ipc\w*\.(handle|on|once)\(/g)?.length ?? 1)
  })
})

describe('the dialogs', () => {
  const parent = {} as BrowserWindow

  function dialogs(window: BrowserWindow | null = parent) {
    const ipc = new IpcDouble()
    const dialog = new DialogDouble()
    registerDialogs(ipc, dialog, () => window)
    return { ipc, dialog }
  }

  it('answer the path that the person chose', async () => {
    const { ipc, dialog } = dialogs()
    dialog.answer = { canceled: false, filePaths: ['/home/ada/project'] }
    expect(await ipc.invoke(CHANNELS.chooseFolder, frameDouble('strongroom://app'))).toBe('/home/ada/project')
    expect(dialog.shown[0]?.properties).toEqual(['openDirectory', 'createDirectory'])
  })

  it('answer null when the person cancels', async () => {
    const { ipc, dialog } = dialogs()
    expect(await ipc.invoke(CHANNELS.chooseFile, frameDouble('strongroom://app'))).toBeNull()
    expect(dialog.shown[0]?.properties).toEqual(['openFile'])
  })

  it('open for no frame but the window’s own', async () => {
    const { ipc, dialog } = dialogs()
    await expect(ipc.invoke(CHANNELS.chooseFolder, frameDouble('https://example.com'))).rejects.toThrow('Only the window')
    await expect(dialogs(null).ipc.invoke(CHANNELS.chooseFolder, frameDouble('strongroom://app'))).rejects.toThrow('Only the window')
    expect(dialog.shown).toEqual([])
  })
})

describe('the menu', () => {
  it('offers reload and the developer tools in a checkout only', () => {
    const roles = (devTools: boolean) => JSON.stringify(menuTemplate('linux', devTools, () => undefined))
    expect(roles(true)).toContain('toggleDevTools')
    expect(roles(false)).not.toMatch(/toggleDevTools|reload/)
  })

  it('has the application menu on macOS alone', () => {
    expect(menuTemplate('darwin', false, () => undefined)[0]).toEqual({ role: 'appMenu' })
    expect(menuTemplate('linux', false, () => undefined)[0]).toEqual({ role: 'fileMenu' })
  })
})

describe('the command line', () => {
  it('names the data folder among the words of Electron and Chromium', () => {
    expect(readDataFolder(['electron', '--enable-x', '.', '--data', '/srv/data', '--y'], '/default')).toBe(resolve('/srv/data'))
    expect(readDataFolder(['strongroom', '--data=/srv/data'], '/default')).toBe(resolve('/srv/data'))
    expect(readDataFolder(['strongroom'], '/default')).toBe('/default')
    expect(readDataFolder(['strongroom', '--data'], '/default')).toBe('/default')
  })

  it('gives each data folder a window of its own', () => {
    expect(chromiumFolder('/c', '/a')).not.toBe(chromiumFolder('/c', '/b'))
    expect(chromiumFolder('/c', '/a')).toBe(chromiumFolder('/c', '/a/'))
  })
})

describe('an installed product', () => {
  it('runs plain Node on what stands beside the archive, and shows the window from inside it', () => {
    const installed = packagedInstallation('/opt/Strongroom/resources', 'linux')
    expect(installed.node).toBe('/opt/Strongroom/resources/runtime/bin/node')
    expect(installed.orchestrator).toBe('/opt/Strongroom/resources/build/main/orchestrator.js')
    expect(installed.renderer).toBe('/opt/Strongroom/resources/app.asar/build/renderer')
    expect(packagedInstallation('C:\\r', 'win32').node).toMatch(/node\.exe$/)
  })
})

describe('a checkout', () => {
  it('finds Electron where its installer put it or where the environment says, and downloads nothing', () => {
    const root = mkdtempSync(join(tmpdir(), 'strongroom-checkout-'))
    const installed = join(root, 'node_modules', 'electron')
    mkdirSync(join(installed, 'dist'), { recursive: true })
    expect(electronExecutable(root, {})).toBeNull()
    writeFileSync(join(installed, 'path.txt'), 'electron')
    expect(electronExecutable(root, {})).toBeNull()
    writeFileSync(join(installed, 'dist', 'electron'), '')
    expect(electronExecutable(root, {})).toBe(join(installed, 'dist', 'electron'))
    expect(electronExecutable(root, { ELECTRON_OVERRIDE_DIST_PATH: join(root, 'elsewhere') })).toBeNull()
    rmSync(root, { recursive: true })
  })
})
