import type { StageState } from '../../shared/contract/index.ts'
import type { RunStateName } from '../design/index.ts'

/** Which shape stands for the state of a stage: one that waits is queued, one that was skipped never ran. The word differs. */
export const stageShapes: Record<StageState, RunStateName> = {
  waiting: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  skipped: 'cancelled',
}
