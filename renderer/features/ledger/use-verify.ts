import { useEffect } from 'react'
import { useApi, useLongTask, type LongTask } from '../../state/index.ts'

/** Verifies the whole ledger on request; `onDone` reads the result where it is kept. Leaving the view cancels. */
export function useVerify(onDone: () => void): LongTask<[]> {
  const api = useApi()
  const task = useLongTask(async (options) => {
    await api.call('ledger.verify', {}, options)
    onDone()
  })
  const { cancel } = task
  useEffect(() => cancel, [cancel])
  return task
}
