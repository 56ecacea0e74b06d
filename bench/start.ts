import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { launchChromium } from '../e2e/browser/chromium.ts'
import { bareNode, ended, median, orchestratorPid, serve, stopOrchestrator, strongroom } from './window/serving.ts'

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
      bare.push(await bareNode())
      const serving = await serve(browser, data)
      seconds.push(serving.seconds)
      if (round === ROUNDS - 1) {
        await delay(IDLE_SECONDS * 1000)
        print(`idle-memory: ${residentMegabytes(orchestratorPid(data)).toFixed(0)} MB`)
      }
      await serving.stop()
    }
    print(`first-screen: ${median(seconds).toFixed(2)} s (ratio ${(median(seconds) / median(bare)).toFixed(1)})`)
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1000
}
