import { describe, expect, it } from 'vitest'
import { AppDouble, ContentsDouble, SessionDouble } from './electron-double.ts'
import { isOwnSender, lockApp, lockContents, lockSession } from './lockdown.ts'

const PAGE = 'strongroom://app/'

const FOREIGN_URLS = [
  'https://example.com/',
  'http://127.0.0.1:8080/',
  'ws://127.0.0.1:8080/socket',
  'file:///etc/passwd',
  'ftp://example.com/',
  'chrome://gpu',
  'strongroom://other/',
  'strongroom://app.example.com/',
  'strongroom://app@example.com/',
  'blob:https://example.com/1',
  'javascript:alert(1)',
  'about:blank',
]

function lockedSession() {
  const session = new SessionDouble()
  lockSession(session)
  return session
}

function lockedContents() {
  const contents = new ContentsDouble()
  lockContents(contents)
  return contents
}

describe('a locked session', () => {
  it('lets no request through but the window’s own', () => {
    const session = lockedSession()
    for (const url of FOREIGN_URLS) expect(session.lets(url), url).toBe(false)
    for (const url of [PAGE, `${PAGE}assets/index-1.js`, 'blob:strongroom://app/1', 'data:image/png;base64,']) expect(session.lets(url), url).toBe(true)
  })

  it('denies every permission that is asked for, to the window’s own page too', () => {
    const session = lockedSession()
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'clipboard-sanitized-write', 'fileSystem', 'local-network', 'openExternal', 'usb', 'unknown']) {
      let granted: unknown
      session.invoke('setPermissionRequestHandler', null, permission, (answer: boolean) => (granted = answer), { requestingUrl: PAGE, isMainFrame: true })
      expect(granted, permission).toBe(false)
      expect(session.invoke('setPermissionCheckHandler', null, permission, 'strongroom://app', {}), permission).toBe(false)
    }
  })

  it('denies every device', () => {
    const session = lockedSession()
    expect(session.invoke('setDevicePermissionHandler', { deviceType: 'usb', origin: PAGE, device: {} })).toBe(false)
    expect(session.invoke('setUSBProtectedClassesHandler', { protectedClasses: ['hid'] })).toEqual(['hid'])
    for (const event of ['select-hid-device', 'select-serial-port', 'select-usb-device']) expect(session.isPrevented(event), event).toBe(true)
    let pairing: unknown
    session.invoke('setBluetoothPairingHandler', {}, (answer: unknown) => (pairing = answer))
    expect(pairing).toEqual({ confirmed: false })
  })

  it('shares no screen, accepts no certificate, downloads nothing and checks no spelling', () => {
    const session = lockedSession()
    let streams: unknown
    session.invoke('setDisplayMediaRequestHandler', {}, (answer: unknown) => (streams = answer))
    expect(streams).toBeNull()
    let verdict: unknown
    session.invoke('setCertificateVerifyProc', { hostname: 'example.com' }, (answer: number) => (verdict = answer))
    expect(verdict).toBe(-2)
    expect(session.isPrevented('will-download')).toBe(true)
    expect(session.given.get('setSpellCheckerEnabled')).toBe(false)
  })
})

describe('locked contents', () => {
  it('stay on their page', () => {
    const contents = lockedContents()
    for (const url of [...FOREIGN_URLS, `${PAGE}gallery.html`]) {
      expect(contents.isPrevented('will-navigate', { url }), url).toBe(true)
      expect(contents.isPrevented('will-frame-navigate', { url, isMainFrame: true }), url).toBe(true)
    }
    expect(contents.isPrevented('will-navigate', { url: PAGE })).toBe(false)
    expect(contents.isPrevented('will-navigate', { url: `${PAGE}#/runs` })).toBe(false)
  })

  it('show inside a frame nothing but what the page made', () => {
    const contents = lockedContents()
    for (const url of [...FOREIGN_URLS, PAGE]) expect(contents.isPrevented('will-frame-navigate', { url, isMainFrame: false }), url).toBe(true)
    expect(contents.isPrevented('will-frame-navigate', { url: 'about:srcdoc', isMainFrame: false })).toBe(false)
    expect(contents.isPrevented('will-frame-navigate', { url: 'blob:strongroom://app/1', isMainFrame: false })).toBe(false)
  })

  it('follow no redirect, open no window and attach no webview', () => {
    const contents = lockedContents()
    expect(contents.isPrevented('will-redirect', { url: PAGE })).toBe(true)
    expect(contents.isPrevented('will-attach-webview')).toBe(true)
    expect(contents.isPrevented('select-bluetooth-device')).toBe(true)
    expect(contents.invoke('setWindowOpenHandler', { url: PAGE })).toEqual({ action: 'deny' })
  })
})

describe('a locked app', () => {
  it('is sandboxed and resolves no name', () => {
    const app = new AppDouble()
    lockApp(app)
    expect(app.sandboxed).toBe(true)
    expect(app.commandLine.switches.get('host-resolver-rules')).toBe('MAP * ~NOTFOUND')
    expect(app.commandLine.switches.has('no-proxy-server')).toBe(true)
    expect(app.commandLine.switches.has('no-sandbox')).toBe(false)
  })

  it('locks every session and every page that is ever made', () => {
    const app = new AppDouble()
    lockApp(app)
    const session = new SessionDouble()
    app.emit('session-created', session)
    expect(session.lets('https://example.com/')).toBe(false)
    const contents = new ContentsDouble()
    app.emit('web-contents-created', {}, contents)
    expect(contents.isPrevented('will-attach-webview')).toBe(true)
  })

  it('trusts no certificate and offers none', () => {
    const app = new AppDouble()
    lockApp(app)
    let trusted: unknown
    expect(app.isPrevented('certificate-error', {}, null, 'https://example.com/', 'error', {}, (answer: boolean) => (trusted = answer))).toBe(true)
    expect(trusted).toBe(false)
    expect(app.isPrevented('select-client-certificate')).toBe(true)
    expect(app.isPrevented('login')).toBe(true)
  })
})

describe('isOwnSender', () => {
  it('takes the top frame of our origin and nothing else', () => {
    expect(isOwnSender({ senderFrame: { origin: 'strongroom://app', parent: null } })).toBe(true)
    expect(isOwnSender({ senderFrame: null })).toBe(false)
    expect(isOwnSender({ senderFrame: { origin: 'null', parent: null } })).toBe(false)
    expect(isOwnSender({ senderFrame: { origin: 'strongroom://app.example.com', parent: null } })).toBe(false)
    expect(isOwnSender({ senderFrame: { origin: 'strongroom://app', parent: {} as never } })).toBe(false)
  })
})
