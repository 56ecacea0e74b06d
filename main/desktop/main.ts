import { readFileSync } from 'node:fs'
import { join } from 'node:path'
// Shows an archive as the file that it is, which the check of the installation needs.
import * as originalFs from 'original-fs'
import { BrowserWindow, Menu, MessageChannelMain, app, dialog, ipcMain, protocol } from 'electron'
import { readAssets } from '../headless/index.ts'
// Not by the folder's index: that brings the orchestrator itself and its database along, which Electron neither needs nor can load.
import { defaultDataFolder, findInstallation, openOrchestratorSocket } from '../client/index.ts'
import { markUnsigned, showAbout } from './about.ts'
import { registerDialogs } from './dialogs.ts'
import { chromiumFolder, readDataFolder } from './launch.ts'
import { lockApp } from './lockdown.ts'
import { menuTemplate } from './menu.ts'
import { registerOrchestratorLink } from './orchestrator-link.ts'
import { prepareCheckout, prepareInstalled, type Prepared } from './prepare.ts'
import { PRIVILEGES, serveAssets } from './protocol.ts'
import { takeRefusedSwitches } from './refused-switches.ts'
import { SwitchesRefused, describeFailure } from './start-failure.ts'
import { openWindow, showAgain } from './window.ts'

const dataFolder = readDataFolder(process.argv, defaultDataFolder())
const devTools = !app.isPackaged
let window: BrowserWindow | null = null

/** In a checkout the window is started with the pinned Node's path: Electron's own executable is no Node. */
async function prepare(refused: readonly string[]): Promise<Prepared> {
  if (!app.isPackaged) return prepareCheckout(findInstallation(process.env.STRONGROOM_NODE), process.env)
  if (refused.length > 0) throw new SwitchesRefused(refused, process.env.APPIMAGE !== undefined)
  const key = readFileSync(join(import.meta.dirname, '..', 'package-key.pem'), 'utf8')
  return prepareInstalled({ folder: process.resourcesPath, key }, originalFs, process.env)
}

function start({ installation, env, checked, tidy }: Prepared): void {
  serveAssets(protocol, readAssets(installation.renderer))
  registerDialogs(ipcMain, dialog, () => window)
  registerOrchestratorLink(ipcMain, MessageChannelMain, () => openOrchestratorSocket(dataFolder, { start: true, installation, env }))
  const about = () => window && showAbout(dialog, window, checked)
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, devTools, about)))
  window = openWindow(BrowserWindow, { preload: join(import.meta.dirname, 'preload.cjs'), devTools })
  if (checked && !checked.signed) markUnsigned(window)
  window.on('closed', () => (window = null))
  // What cannot be removed now is removed at a later start.
  window.once('ready-to-show', () => void tidy().catch(() => undefined))
}

function failToStart(error: unknown): void {
  const { title, content } = describeFailure(error)
  dialog.showErrorBox(title, content)
  app.exit(1)
}

// Before the application's own are set: one of these is among them.
const refused = app.isPackaged ? takeRefusedSwitches(app.commandLine) : []
lockApp(app)
protocol.registerSchemesAsPrivileged([PRIVILEGES])
app.setPath('userData', chromiumFolder(app.getPath('appData'), dataFolder))

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => window && showAgain(window))
  // The orchestrator is a process of its own: training goes on when the window is closed.
  app.on('window-all-closed', () => app.quit())
  // Files are compared while Chromium starts. A failure waits for it: before, there is no dialog to say it in.
  const prepared = prepare(refused)
  prepared.catch(() => undefined)
  app.whenReady().then(async () => start(await prepared)).catch(failToStart)
} else {
  app.quit()
}
