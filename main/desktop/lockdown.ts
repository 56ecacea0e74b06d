import type { App, CommandLine, Session, WebContents, WebFrameMain } from 'electron'
import { ORIGIN, START_PAGE, isOwnUrl } from './protocol.ts'

/** Chromium's switches, set before the app is ready. A name is never resolved, so that not even Chromium's own services reach out. */
export const SWITCHES: readonly (readonly [name: string, value?: string])[] = [
  ['host-resolver-rules', 'MAP * ~NOTFOUND'],
  ['no-proxy-server'],
  ['disable-background-networking'],
  ['disable-component-update'],
  ['disable-domain-reliability'],
  ['disable-sync'],
  ['no-pings'],
  ['dns-prefetch-disable'],
  ['force-webrtc-ip-handling-policy', 'disable_non_proxied_udp'],
]

type LockableApp = Pick<App, 'on' | 'enableSandbox'> & { readonly commandLine: Pick<CommandLine, 'appendSwitch'> }

type LockableSession = Pick<
  Session,
  | 'on'
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setBluetoothPairingHandler'
  | 'setUSBProtectedClassesHandler'
  | 'setCertificateVerifyProc'
  | 'setSpellCheckerEnabled'
> & { readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> }

type LockableContents = Pick<WebContents, 'on' | 'setWindowOpenHandler' | 'setWebRTCIPHandlingPolicy'>

/** net::ERR_FAILED, whatever the certificate: nothing here speaks TLS. */
const REJECT_CERTIFICATE = -2

const deny = (event: { preventDefault(): void }) => event.preventDefault()

/** What a request may be for; the developer tools, in a checkout, come from inside Chromium. Everything else is cancelled before it leaves the window. */
export function mayRequest(url: string): boolean {
  return isOwnUrl(url) || url.startsWith(`blob:${ORIGIN}/`) || url.startsWith('data:') || url.startsWith('devtools://devtools/')
}

/** Where a frame may go: the window to its one page, a preview inside it to a document that the page itself made. */
export function mayNavigate(url: string, isMainFrame: boolean): boolean {
  if (isMainFrame) return url.split('#', 1)[0] === START_PAGE
  return url === 'about:srcdoc' || url.startsWith(`blob:${ORIGIN}/`)
}

/** Whether a message comes from the window's own page: its top frame, at our origin. */
export function isOwnSender(event: { readonly senderFrame: Pick<WebFrameMain, 'origin' | 'parent'> | null }): boolean {
  return event.senderFrame !== null && event.senderFrame.parent === null && event.senderFrame.origin === ORIGIN
}

/** Denies a session every permission, device, download and request that is not the window's own. */
export function lockSession(session: LockableSession): void {
  // The clipboard too: the page copies by the document's own command, while a key or button is pressed.
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, decide) => decide(null))
  session.setBluetoothPairingHandler((_details, decide) => decide({ confirmed: false }))
  session.setUSBProtectedClassesHandler(({ protectedClasses }) => protectedClasses)
  session.setCertificateVerifyProc((_request, decide) => decide(REJECT_CERTIFICATE))
  // Its dictionaries would come from a content network.
  session.setSpellCheckerEnabled(false)
  session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: !mayRequest(details.url) }))
  session.on('will-download', deny)
  for (const event of ['select-hid-device', 'select-serial-port', 'select-usb-device'] as const) session.on(event as 'select-hid-device', deny)
}

/** Keeps contents on their page: no navigation, redirect, new window or webview. */
export function lockContents(contents: LockableContents): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url, true)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!mayNavigate(event.url, event.isMainFrame)) event.preventDefault()
  })
  contents.on('will-redirect', deny)
  contents.on('will-attach-webview', deny)
  contents.on('select-bluetooth-device', deny)
  contents.on('will-prevent-unload', deny)
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
}

/** Locks the application: its switches, and every session and page that it ever makes. Must run before it is ready. */
export function lockApp(app: LockableApp): void {
  for (const [name, value] of SWITCHES) app.commandLine.appendSwitch(name, value)
  app.enableSandbox()
  app.on('session-created', (session) => lockSession(session))
  app.on('web-contents-created', (_event, contents) => lockContents(contents))
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, decide) => {
    event.preventDefault()
    decide(false)
  })
  app.on('select-client-certificate', deny)
  app.on('login', deny)
}
