import { execFile } from 'node:child_process'

export type ToolResult =
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly message: string; readonly exitCode: number | null }
  | { readonly state: 'ok'; readonly stdout: string }

/** Runs a program of the machine by name and never throws: that it is not there is told apart from that it failed, a time limit included. */
export function runTool(name: string, args: readonly string[], { path, timeoutMs }: { path: string; timeoutMs: number }): Promise<ToolResult> {
  const env = { PATH: path, LC_ALL: 'C' }
  return new Promise((resolve) => {
    execFile(name, [...args], { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 16 << 20, windowsHide: true }, (error, stdout, stderr) => {
      if (!error) return resolve({ state: 'ok', stdout })
      if (error.code === 'ENOENT') return resolve({ state: 'absent' })
      const said = (stderr.trim() || stdout.trim()).split('\n')[0]?.trim().slice(0, 300) ?? ''
      const how = error.killed ? `gave no answer within ${timeoutMs / 1000} seconds` : said || error.message.split('\n')[0] || 'failed'
      resolve({ state: 'failed', message: `${name}: ${how}`, exitCode: typeof error.code === 'number' ? error.code : null })
    })
  })
}
