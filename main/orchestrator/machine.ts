import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { MachineState } from '../../shared/contract/index.ts'
import type { Training } from '../training/index.ts'
import { countOutsideConnections } from './platform/outside-connections.ts'

/** What this machine has and how busy it is. */
export class Machine {
  readonly #dataFolder: string

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder
  }

  async state({ gpus, ...load }: ReturnType<Training['load']>): Promise<MachineState> {
    const disk = await statfs(this.#dataFolder)
    return {
      ...load,
      memoryBytes: totalmem(),
      gpus: gpus.map(({ model, uuid, memoryBytes }) => ({ name: model, uuid, memoryBytes })),
      outsideConnections: countOutsideConnections(),
      dataFolderBytesFree: disk.bavail * disk.bsize,
    }
  }
}
