import { spawn, type ChildProcess } from 'node:child_process'
import { amdFolders, sampleAmd } from './amd-sysfs.ts'
import type { GpuSample } from './gpu.ts'
import { parseSample, SAMPLE_QUERY } from './nvidia-smi.ts'

/** A sample that is older than this is none: the tool hangs, or has died. */
const STALE_MS = 5000
/** Before a tool that ended is started again. */
const RESTART_MS = 10_000

export interface GpuSampler {
  /** The latest sample of each of the GPUs that has one, in their order. */
  read(): GpuSample[]
  close(): void
}

/**
 * Samples GPUs once a second. NVIDIA's by one `nvidia-smi` that goes on: on an H200 that took 5 ms of a CPU a sample, where starting it each time took 20,
 * and seconds where nothing keeps the driver loaded. AMD's by the kernel's files. Never throws; a GPU that nothing is known of is
 * left out, as is a MIG instance, whose use and power the driver does not measure.
 *
 * `nvidia-smi` writes into a pipe: when this process dies, it does at its next line.
 */
export function sampleGpus(uuids: readonly string[], { path = process.env['PATH'] ?? '', amdRoot = undefined as string | undefined, now = Date.now } = {}): GpuSampler {
  const latest = new Map<string, { sample: GpuSample; at: number }>()
  const folders = uuids.length > 0 ? amdFolders(amdRoot) : new Map<string, string>()
  const nvidia = uuids.filter((uuid) => uuid.startsWith('GPU-') && !folders.has(uuid))
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false

  const start = (): void => {
    // Of several, all of the machine's are asked for and the others left aside.
    const args = [...SAMPLE_QUERY, ...(nvidia.length === 1 ? ['-i', ...nvidia] : []), '-lms', '1000']
    const started = spawn('nvidia-smi', args, { env: { PATH: path, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true })
    child = started
    started.unref()
    let rest = ''
    started.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = (lines.pop() ?? '').slice(-4096)
      for (const line of lines) {
        const sample = parseSample(line)
        if (sample) latest.set(sample.uuid, { sample, at: now() })
      }
    })
    let over = false
    const end = (again: boolean): void => {
      if (over || closed) return
      over = true
      if (!again) return
      timer = setTimeout(start, RESTART_MS)
      timer.unref()
    }
    // Where it is not installed there is nothing to wait for.
    started.on('error', () => end(false))
    started.on('exit', () => end(true))
  }

  if (nvidia.length > 0) start()
  return {
    read: () =>
      uuids.flatMap((uuid) => {
        const folder = folders.get(uuid)
        if (folder !== undefined) return [sampleAmd(uuid, folder)]
        const known = latest.get(uuid)
        return known !== undefined && now() - known.at <= STALE_MS ? [known.sample] : []
      }),
    close: () => {
      closed = true
      if (timer) clearTimeout(timer)
      child?.kill('SIGKILL')
    },
  }
}
