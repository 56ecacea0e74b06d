import { useEffect } from 'react'
import type { VerificationMode } from '../../../shared/contract/index.ts'
import { useApi, useLongTask, type LongTask } from '../../state/index.ts'

/** Verifies the ledger on request; `onEnd` reads the result where it is kept, and how far it came. Leaving the view cancels: it can go on later. */
export function useVerify(onEnd: () => void): LongTask<[VerificationMode]> {
  const api = useApi()
  const task = useLongTask(async (options, mode: VerificationMode) => {
    await api.call('ledger.verify', { mode }, options).finally(onEnd)
  })
  const { cancel } = task
  useEffect(() => cancel, [cancel])
  return task
}
