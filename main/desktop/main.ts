import { join } from 'node:path'
import { BrowserWindow, Menu, MessageChannelMain, app, dialog, ipcMain, protocol } from 'electron'
import { readAssets } from '../headless/index.ts'
// Not by the folder's index: that brings the orchestrator itself and its database along, which Electron neither needs nor can load.
import { defaultDataFolder, findInstallation, openOrchestratorSocket } from '../client/index.ts'
import { registerDialogs } from './dialogs.ts'
import { chromiumFolder, readDataFolder } from './launch.ts'
import { lockApp } from './lockdown.ts'
import { menuTemplate } from './menu.ts'
import { registerOrchestratorLink } from './orchestrator-link.ts'
import { packagedInstallation } from './packaged.ts'
import { PRIVILEGES, serveAssets } from './protocol.ts'
import { openWindow, showAgain } from './window.ts'

const dataFolder = readDataFolder(process.argv, defaultDataFolder())
const devTools = !app.isPackaged
let window: BrowserWindow | null = null

/** In a checkout the window is started with the pinned Node's path: Electron's own executable is no Node. */
function installation() {
  return app.isPackaged ? packagedInstallation(process.resourcesPath) : findInstallation(process.env.STRONGROOM_NODE)
}

function start(): void {
  const installed = installation()
  serveAssets(protocol, readAssets(installed.renderer))
  registerDialogs(ipcMain, dialog, () => window)
  registerOrchestratorLink(ipcMain, MessageChannelMain, () => openOrchestratorSocket(dataFolder, { start: true, installation: installed }))
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, devTools)))
  window = openWindow(BrowserWindow, { preload: join(import.meta.dirname, 'preload.cjs'), devTools })
  window.on('closed', () => (window = null))
}

function failToStart(error: unknown): void {
  dialog.showErrorBox('Strongroom cannot start', error instanceof Error ? error.message : String(error))
  app.exit(1)
}

lockApp(app)
protocol.registerSchemesAsPrivileged([PRIVILEGES])
app.setPath('userData', chromiumFolder(app.getPath('appData'), dataFolder))

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => window && showAgain(window))
  // The orchestrator is a process of its own: training goes on when the window is closed.
  app.on('window-all-closed', () => app.quit())
  app.whenReady().then(start).catch(failToStart)
} else {
  app.quit()
}
