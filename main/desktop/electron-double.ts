import { EventEmitter } from 'node:events'
import type { BrowserWindow, CommandLine, Dialog, IpcMain, IpcMainInvokeEvent, MessageBoxOptions, MessagePortMain, OpenDialogOptions } from 'electron'
import type { markUnsigned } from './about.ts'
import type { lockApp, lockContents, lockSession } from './lockdown.ts'

/*
 * A double of the parts of Electron that the shell is handed, for tests where its binary cannot run. It records what it is told and lets a
 * test be Chromium: ask for a permission, navigate, send a message. Each part is checked by the compiler against Electron's own types.
 */

type AnyFunction = (...args: never[]) => unknown

/** An event as Chromium emits it, and whether it was prevented. */
export class PreventableEvent {
  prevented = false
  preventDefault() {
    this.prevented = true
  }
}

/** A part that keeps its listeners and, under the setter's name, whatever its setters were given. */
class Recorder {
  readonly given = new Map<string, unknown>()
  readonly #events = new EventEmitter()

  protected keep(name: string) {
    return (value: unknown) => void this.given.set(name, value)
  }

  protected listen(name: string, listener: (...args: unknown[]) => void): this {
    this.#events.on(name, listener)
    return this
  }

  /** Calls what a setter was given, as Electron would. */
  invoke(name: string, ...args: unknown[]): unknown {
    const listener = this.given.get(name)
    if (typeof listener !== 'function') throw new Error(`${name} was never set`)
    return (listener as (...args: unknown[]) => unknown)(...args)
  }

  emit(name: string, ...args: unknown[]): void {
    if (!this.#events.emit(name, ...args)) throw new Error(`nobody listens to ${name}`)
  }

  /** Emits a preventable event and answers whether it was prevented. */
  isPrevented(name: string, details: object = {}, ...args: unknown[]): boolean {
    const event = Object.assign(new PreventableEvent(), details)
    this.emit(name, event, ...args)
    return event.prevented
  }
}

/** Electron declares one overload of `on` an event; a recorder takes them all. */
type On = (name: string, listener: (...args: unknown[]) => void) => unknown
const asOn = <T>(on: On): T => on as T

type LockableSession = Parameters<typeof lockSession>[0]

export class SessionDouble extends Recorder implements LockableSession {
  on = asOn<LockableSession['on']>((name, listener) => this.listen(name, listener))
  setPermissionRequestHandler = this.keep('setPermissionRequestHandler')
  setPermissionCheckHandler = this.keep('setPermissionCheckHandler')
  setDevicePermissionHandler = this.keep('setDevicePermissionHandler')
  setDisplayMediaRequestHandler = this.keep('setDisplayMediaRequestHandler')
  setBluetoothPairingHandler = this.keep('setBluetoothPairingHandler')
  setUSBProtectedClassesHandler = this.keep('setUSBProtectedClassesHandler')
  setCertificateVerifyProc = this.keep('setCertificateVerifyProc')
  setSpellCheckerEnabled = this.keep('setSpellCheckerEnabled')
  webRequest = { onBeforeRequest: this.keep('onBeforeRequest') }

  /** Whether a request for this URL would leave the window. */
  lets(url: string): boolean {
    let cancelled: boolean | undefined
    this.invoke('onBeforeRequest', { url }, (answer: { cancel: boolean }) => (cancelled = answer.cancel))
    return cancelled === false
  }
}

type LockableContents = Parameters<typeof lockContents>[0]

export class ContentsDouble extends Recorder implements LockableContents {
  on = asOn<LockableContents['on']>((name, listener) => this.listen(name, listener))
  setWindowOpenHandler = this.keep('setWindowOpenHandler')
  setWebRTCIPHandlingPolicy = this.keep('setWebRTCIPHandlingPolicy')
}

/** Chromium's command line, with the switches that somebody gave. */
export class CommandLineDouble implements Pick<CommandLine, 'appendSwitch' | 'hasSwitch' | 'removeSwitch'> {
  readonly switches: Map<string, string | undefined>

  constructor(given: readonly string[] = []) {
    this.switches = new Map(given.map((name) => [name, undefined]))
  }

  appendSwitch(name: string, value?: string) {
    this.switches.set(name, value)
  }

  hasSwitch(name: string) {
    return this.switches.has(name)
  }

  removeSwitch(name: string) {
    this.switches.delete(name)
  }
}

type LockableApp = Parameters<typeof lockApp>[0]

export class AppDouble extends Recorder implements LockableApp {
  sandboxed = false
  readonly commandLine = new CommandLineDouble()
  on = asOn<LockableApp['on']>((name, listener) => this.listen(name, listener))

  enableSandbox() {
    this.sandboxed = true
  }
}

/** A frame that sends a message, and what was posted back to it. */
export interface FrameDouble {
  readonly origin: string
  readonly parent: object | null
  readonly posted: { channel: string; message: unknown; ports: readonly MessagePortMain[] }[]
  postMessage(channel: string, message: unknown, ports?: MessagePortMain[]): void
}

export function frameDouble(origin: string, parent: object | null = null): FrameDouble {
  const posted: FrameDouble['posted'] = []
  return { origin, parent, posted, postMessage: (channel, message, ports = []) => void posted.push({ channel, message, ports }) }
}

export class IpcDouble implements Pick<IpcMain, 'handle'> {
  readonly handlers = new Map<string, AnyFunction>()

  handle(channel: string, listener: (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown) {
    this.handlers.set(channel, listener)
  }

  /** Sends a message as a page would. */
  async invoke(channel: string, senderFrame: FrameDouble | null): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (!handler) throw new Error(`nobody answers on ${channel}`)
    return await (handler as (event: object) => unknown)({ senderFrame })
  }
}

type TitledWindow = Parameters<typeof markUnsigned>[0]

export class WindowDouble extends Recorder implements TitledWindow {
  on = asOn<TitledWindow['on']>((name, listener) => this.listen(name, listener))
  setTitle = this.keep('setTitle')
}

/** A dialog in which the person chooses `answer`. */
export class DialogDouble {
  readonly shown: OpenDialogOptions[] = []
  readonly messages: MessageBoxOptions[] = []
  answer: { canceled: boolean; filePaths: string[] } = { canceled: true, filePaths: [] }
  showOpenDialog = ((_window: BrowserWindow, options: OpenDialogOptions) => {
    this.shown.push(options)
    return Promise.resolve(this.answer)
  }) as Dialog['showOpenDialog']
  showMessageBox = ((_window: BrowserWindow, options: MessageBoxOptions) => {
    this.messages.push(options)
    return Promise.resolve({ response: 0, checkboxChecked: false })
  }) as Dialog['showMessageBox']
}

class PortDouble extends EventEmitter implements MessagePortMain {
  peer: PortDouble | null = null
  #started = false
  #waiting: unknown[] = []

  start() {
    this.#started = true
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] })
  }

  postMessage(message: unknown) {
    this.peer?.receive(message)
  }

  close() {
    const { peer } = this
    this.peer = null
    if (!peer) return
    peer.peer = null
    peer.emit('close')
    this.emit('close')
  }

  receive(data: unknown) {
    if (this.#started) this.emit('message', { data, ports: [] })
    else this.#waiting.push(data)
  }
}

export class MessageChannelDouble {
  readonly port1: PortDouble = new PortDouble()
  readonly port2: PortDouble = new PortDouble()

  constructor() {
    this.port1.peer = this.port2
    this.port2.peer = this.port1
  }
}
