/** What a desktop window can do beyond a browser's: native dialogs. Each answers an absolute path, or null when the person cancels. */
export interface DesktopAbilities {
  chooseFolder(): Promise<string | null>
  chooseFile(): Promise<string | null>
}

/** What the desktop's preload script puts on `window.strongroom`. */
export interface DesktopWindow extends DesktopAbilities {
  /** Asks for a port; it comes as a message event, see `port-transport.ts`. Rejects when the orchestrator does not answer. */
  connect(): Promise<void>
}

declare global {
  interface Window {
    readonly strongroom?: DesktopWindow
  }
}
