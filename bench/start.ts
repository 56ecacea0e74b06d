import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { launchChromium } from '../e2e/browser/chromium.ts'

const strongroom = join(import.meta.dirname, '..', 'build', 'main', 'strongroom.js')
const ROUNDS = 5
const IDLE_SECONDS = 20

/**
 * From `strongroom serve` on a data folder without a running orchestrator to a first screen that takes input, in a Chromium that is open already;
 * and the memory that the orchestrator then holds while nothing happens. `first-screen`: seconds, median; its limit measured beside it is an
 * empty Node process. `idle-memory`: resident MB.
 */
export async function run(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
  const browser = await launchChromium()
  try {
    const environment = { ...process.env, STRONGROOM_PASSPHRASE: 'passphrase of the benchmark' }
    const data = join(folder, 'data')
    await ended(spawn(process.execPath, [strongroom, '--data', data, 'setup', '--organisation', 'Bench', '--admin', 'admin'], { env: environment, stdio: 'ignore' }))
    await stopOrchestrator(data)
    const seconds: number[] = []
    const bare: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const nodeBegan = performance.now()
      await ended(spawn(process.execPath, ['-e', '0']))
      bare.push((performance.now() - nodeBegan) / 1000)
      const page = await browser.newPage()
      const began = performance.now()
      const serving = spawn(process.execPath, [strongroom, '--data', data, '--json', 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
      await page.goto(await firstUrl(serving))
      await page.getByLabel(/passphrase/i).first().fill('typed')
      seconds.push((performance.now() - began) / 1000)
      await page.context().close()
      if (round === ROUNDS - 1) {
        await delay(IDLE_SECONDS * 1000)
        print(`idle-memory: ${residentMegabytes(orchestratorPid(data)).toFixed(0)} MB`)
      }
      await end(serving)
      await stopOrchestrator(data)
    }
    print(`first-screen: ${median(seconds).toFixed(2)} s (ratio ${(median(seconds) / median(bare)).toFixed(1)})`)
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
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

function orchestratorPid(data: string): number {
  return (JSON.parse(readFileSync(join(data, 'orchestrator.json'), 'utf8')) as { pid: number }).pid
}

async function stopOrchestrator(data: string): Promise<void> {
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

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1000
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`)))))
}

function end(child: ChildProcess): Promise<void> {
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  return over
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
