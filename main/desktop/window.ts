import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron'
import { START_PAGE } from './protocol.ts'

export interface WindowOptions {
  /** Absolute path of the built preload script. */
  readonly preload: string
  /** Offers the developer tools: in a checkout, never in an installed product. */
  readonly devTools: boolean
}

/** Everything that the Electron checklist asks of a window, said even where it is the default, so that a changed default changes nothing. */
export function windowOptions({ preload, devTools }: WindowOptions): BrowserWindowConstructorOptions {
  return {
    title: 'Strongroom',
    width: 1440,
    height: 900,
    minWidth: 960,
    minHeight: 600,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      devTools,
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
      safeDialogs: true,
      disableBlinkFeatures: 'Auxclick',
      autoplayPolicy: 'document-user-activation-required',
    },
  }
}

/** Times that a page which died is loaded again; one that dies each time would else never stop. */
const RELOADS = 3

/** Opens the window; it shows once its first frame is painted, so that no white flash comes before it. */
export function openWindow(Window: new (options: BrowserWindowConstructorOptions) => BrowserWindow, options: WindowOptions): BrowserWindow {
  const window = new Window(windowOptions(options))
  window.once('ready-to-show', () => window.show())
  let reloads = 0
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit' && reloads++ < RELOADS) void window.loadURL(START_PAGE)
  })
  void window.loadURL(START_PAGE)
  return window
}

/** Brings the one window to the front when a second start asks for it. */
export function showAgain(window: Pick<BrowserWindow, 'isMinimized' | 'restore' | 'focus'>): void {
  if (window.isMinimized()) window.restore()
  window.focus()
}
