import type { WorkplaceState } from '../../../shared/contract/index.ts'
import { Front } from './front.tsx'

export interface SetUpProps {
  readonly workplace: WorkplaceState
  readonly onDone: () => void
}

export function SetUp({ workplace }: SetUpProps) {
  return <Front title="Set up">{workplace.dataFolder}</Front>
}
