import { createContext, use } from 'react'
import type { Bridge } from '../bridge/index.ts'

export type Api = Pick<Bridge, 'call' | 'onEvent' | 'onState' | 'platform' | 'desktop'>

const ApiContext = createContext<Api | null>(null)
export const ApiProvider = ApiContext.Provider

/** The one way to the orchestrator. */
export function useApi(): Api {
  const api = use(ApiContext)
  if (!api) throw new Error('useApi outside ApiProvider')
  return api
}
