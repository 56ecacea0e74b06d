import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { MachineState } from '../../shared/contract/index.ts'
import { countOutsideConnections } from './platform/outside-connections.ts'

type Gpu = MachineState['gpus'][number]

/** What this machine has and how busy it is. GPUs are asked for once: they do not come and go. */
export class Machine {
  readonly #dataFolder: string
  #gpus: Promise<Gpu[]> | null = null

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder
  }

  async state(load: { readonly cpus: number; readonly cpusBusy: number; readonly runningStages: number }): Promise<MachineState> {
    this.#gpus ??= findGpus()
    const disk = await statfs(this.#dataFolder)
    return {
      ...load,
      memoryBytes: totalmem(),
      gpus: await this.#gpus,
      outsideConnections: countOutsideConnections(),
      dataFolderBytesFree: disk.bavail * disk.bsize,
    }
  }
}

/** NVIDIA GPUs through `nvidia-smi`, where there is one. */
export function findGpus(): Promise<Gpu[]> {
  const fields = ['--query-gpu=name,uuid,memory.total', '--format=csv,noheader,nounits']
  return new Promise((resolve) => {
    execFile('nvidia-smi', fields, { timeout: 3000 }, (error, stdout) => resolve(error ? [] : parseGpus(stdout)))
  })
}

/** Lines of `name, uuid, MiB`. */
export function parseGpus(stdout: string): Gpu[] {
  return stdout.split('\n').flatMap((line) => {
    const [name, uuid, mebibytes] = line.split(',').map((field) => field.trim())
    if (name === undefined || uuid === undefined || !/^\d+$/.test(mebibytes ?? '')) return []
    return [{ name, uuid, memoryBytes: Number(mebibytes) * 2 ** 20 }]
  })
}
