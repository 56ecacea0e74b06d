import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'

export const strongroom = join(import.meta.dirname, '..', '..', 'build', 'main', 'strongroom.js')

export interface Serving {
  readonly page: Page
  /** From the command to a first screen that took what was typed, in seconds. */
  readonly seconds: number
  /** Closes the page and ends the gateway; the orchestrator goes on. */
  close(): Promise<void>
  /** Closes the page and ends the gateway and the orchestrator. */
  stop(): Promise<void>
}

/** `strongroom serve`, which starts an orchestrator where none runs, and its first screen in a browser that is open already. */
export async function serve(browser: Browser, data: string): Promise<Serving> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const began = performance.now()
  const serving = spawn(process.execPath, [strongroom, '--data', data, '--json', 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await page.goto(await firstUrl(serving))
  await page.getByLabel(/passphrase/i).first().fill('typed')
  const seconds = (performance.now() - began) / 1000
  const close = async (): Promise<void> => {
    await page.context().close()
    await end(serving)
  }
  const stop = async (): Promise<void> => {
    await close()
    await stopOrchestrator(data)
  }
  return { page, seconds, close, stop }
}

/** An empty Node process from start to end, in seconds: what this machine takes for any command. */
export async function bareNode(): Promise<number> {
  const began = performance.now()
  await ended(spawn(process.execPath, ['-e', '0']))
  return (performance.now() - began) / 1000
}

export function orchestratorPid(data: string): number {
  return (JSON.parse(readFileSync(join(data, 'orchestrator.json'), 'utf8')) as { pid: number }).pid
}

export async function stopOrchestrator(data: string): Promise<void> {
  const pid = orchestratorPid(data)
  process.kill(pid, 'SIGTERM')
  for (;;) {
    try {
      process.kill(pid, 0)
      await delay(10)
    } catch {
      return
    }
  }
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`)))))
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
      if (out.includes('\n')) resolve((JSON.parse(out) as { url: string }).url)
    })
    child.on('exit', (code) => reject(new Error(`strongroom serve ended with ${code}`)))
  })
}

function end(child: ChildProcess): Promise<void> {
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  return over
}
