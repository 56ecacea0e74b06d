import type { RunSummary } from '../../shared/contract/index.ts'
import { StartButton, type StartButtonProps } from './start-run.tsx'
import { isActive, StopButton } from './stop-run.tsx'

export interface RunButtonProps extends StartButtonProps {
  /** The latest run of the project, where there is one. */
  readonly latest: RunSummary | null | undefined
}

/** Starts a run; while one is active, which keeps another from starting, stops that one. */
export function RunButton({ latest, ...start }: RunButtonProps) {
  return latest && isActive(latest) ? <StopButton key={latest.id} run={latest} /> : <StartButton {...start} />
}
