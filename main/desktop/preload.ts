import { contextBridge, ipcRenderer } from 'electron'
import { CHANNELS } from './channels.ts'

/** The page, as far as this script needs it; the main process is compiled without the DOM's types. */
const page = globalThis as unknown as {
  readonly location: { readonly origin: string }
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void
}

// The one way to hand a port to the page: the bridge between the worlds carries functions and values, not ports.
ipcRenderer.on(CHANNELS.port, (event) => page.postMessage(CHANNELS.port, page.location.origin, event.ports))

// Three functions without arguments: nothing here takes a channel, a path or a message from the page, and no event object reaches it.
contextBridge.exposeInMainWorld('strongroom', {
  connect: () => ipcRenderer.invoke(CHANNELS.connect) as Promise<void>,
  chooseFolder: () => ipcRenderer.invoke(CHANNELS.chooseFolder) as Promise<string | null>,
  chooseFile: () => ipcRenderer.invoke(CHANNELS.chooseFile) as Promise<string | null>,
})
