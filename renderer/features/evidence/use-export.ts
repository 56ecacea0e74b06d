import { useState } from 'react'
import type { Pack } from '../../../shared/contract/index.ts'
import { useApi, useLongTask, type LongTask, type VersionKey } from '../../state/index.ts'

export interface PackExport extends LongTask<[passphrase: string, treeSize: number]> {
  readonly pack: Pack | null
}

/**
 * Exports a pack, signed under the ledger's size that the shown statement names. Leaving the view does not cancel: the pack appears among
 * the others when it is there.
 */
export function useExport({ project, model, version }: VersionKey): PackExport {
  const api = useApi()
  const [pack, setPack] = useState<Pack | null>(null)
  const task = useLongTask(async (options, passphrase: string, treeSize: number) => {
    setPack(await api.call('evidence.export', { project, model, version, treeSize, passphrase }, options))
  })
  return { ...task, pack }
}
