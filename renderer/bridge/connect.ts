import './zod-without-eval.ts'
// Installs the runtime that JSON-RPC needs in a browser.
import 'vscode-jsonrpc/browser'
import { createBridge, type Bridge } from './bridge.ts'
import { openDesktopPort } from './port-transport.ts'
import { openWebSocket } from './web-socket-transport.ts'

/** Connects this window to the orchestrator: through the desktop's port where there is one, else through the gateway's WebSocket. */
export function connect(): Bridge {
  const desktop = window.strongroom
  if (desktop) return createBridge({ platform: 'desktop', desktop, open: () => openDesktopPort(desktop) })
  const url = `ws://${location.host}/socket`
  return createBridge({ platform: 'browser', open: () => openWebSocket(url), onFailed: () => void reloadUnlessAdmitted() })
}

/** A gateway that was started anew does not know this browser; the page that it serves then says how to get an address. */
async function reloadUnlessAdmitted(): Promise<void> {
  try {
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' })
    if (answer.status === 401) location.reload()
  } catch {
    // The gateway is away; the next try will tell.
  }
}
