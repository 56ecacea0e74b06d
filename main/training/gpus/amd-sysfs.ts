import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GpuProcess, GpuSample } from './gpu.ts'
import { uuidOf } from './rocm-smi.ts'

/** What the kernel's AMD driver says in files (Documentation/gpu/amdgpu in the kernel): read in microseconds, where `rocm-smi`, a Python program, takes half a second of a CPU. */

/**
 * The processes that have memory on each GPU, by the driver's id of the GPU: `/sys/class/kfd/kfd/proc/<pid>/vram_<id>`. Empty where there is no such
 * driver.
 */
export function kfdProcesses(root = '/sys/class/kfd/kfd/proc'): Map<string, GpuProcess[]> {
  const found = new Map<string, GpuProcess[]>()
  for (const name of namesIn(root).filter((each) => /^\d+$/.test(each))) {
    for (const file of namesIn(join(root, name))) {
      const id = /^vram_(\d+)$/.exec(file)?.[1]
      const usedBytes = id === undefined ? null : numberIn(join(root, name, file))
      if (id === undefined || usedBytes === null || usedBytes === 0) continue
      found.set(id, [...(found.get(id) ?? []), { pid: Number(name), usedBytes }])
    }
  }
  return found
}

/** The folder of each AMD GPU that has a UUID. */
export function amdFolders(root = '/sys/class/drm'): Map<string, string> {
  const cards = namesIn(root).filter((name) => /^card\d+$/.test(name))
  return new Map(
    cards.flatMap((card) => {
      const folder = join(root, card, 'device')
      const uuid = uuidOf(textIn(join(folder, 'unique_id')) ?? '')
      return uuid === null ? [] : [[uuid, folder] as const]
    }),
  )
}

export function sampleAmd(uuid: string, folder: string): GpuSample {
  const [sensor = ''] = namesIn(join(folder, 'hwmon'))
  const sensed = (name: string, unit: number): number | null => {
    const value = numberIn(join(folder, 'hwmon', sensor, name))
    return value === null ? null : value / unit
  }
  return {
    uuid,
    utilisationPercent: numberIn(join(folder, 'gpu_busy_percent')),
    memoryBytes: numberIn(join(folder, 'mem_info_vram_used')),
    // Microwatts; older cards have the mean, newer ones the present value. Thousandths of a degree.
    powerWatts: sensed('power1_average', 1e6) ?? sensed('power1_input', 1e6),
    temperatureCelsius: sensed('temp1_input', 1e3),
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function textIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

function numberIn(path: string): number | null {
  const text = textIn(path)
  return text === null || !/^\d+$/.test(text) ? null : Number(text)
}
