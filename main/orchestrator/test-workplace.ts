import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder, findInstallation, SOFTWARE } from '../client/index.ts'
import { Workplace, type WorkplaceOptions } from './workplace.ts'

export const PASSPHRASE = 'a long passphrase'

/** A workplace in a folder of its own unless one is given, set up by Asta, its administrator, where nobody has, unless its ledger is to be continued. Keys are sealed cheaply; a fault that no request waits for is thrown. */
export async function openTestWorkplace(options: Partial<WorkplaceOptions> = {}): Promise<Workplace> {
  const workplace = await Workplace.open({
    folder: dataFolder(mkdtempSync(join(tmpdir(), 'workplace-'))),
    installation: findInstallation(),
    software: SOFTWARE,
    clock: Date.now,
    emit: () => undefined,
    emitTo: () => undefined,
    onFault: (error) => {
      throw error
    },
    scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 },
    ...options,
  })
  if (workplace.services === null && options.evenShort !== true) await workplace.setUp({ organisation: 'Test', administrator: { handle: 'asta', displayName: 'Asta', passphrase: PASSPHRASE } })
  return workplace
}
