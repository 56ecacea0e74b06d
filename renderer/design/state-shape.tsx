import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './state.module.css'
import type { EvidenceStateName, RunStateName } from './tone.ts'

/*
 * One shape per state, on a 16 px grid, told apart without colour. `inverse` marks strokes cut out of a filled shape.
 */
const circle = <circle cx="8" cy="8" r="6" />
const tick = 'M5.2 8.2 7.2 10.2 10.9 6'
const filledTick = (
  <>
    <circle cx="8" cy="8" r="6" fill="currentColor" />
    <path className={styles.inverse} d={tick} strokeWidth="1.6" />
  </>
)

const SHAPES: Record<RunStateName | EvidenceStateName, ReactNode> = {
  queued: <circle cx="8" cy="8" r="6" strokeDasharray="2 2.19" />,
  running: (
    <>
      <circle cx="8" cy="8" r="6" opacity="0.4" />
      <path className={styles.arc} d="M8 2a6 6 0 0 1 0 12" strokeWidth="2" />
    </>
  ),
  succeeded: filledTick,
  cached: (
    <>
      {circle}
      <path d={tick} />
    </>
  ),
  failed: (
    <>
      <path d="M5.3 2h5.4L14 5.3v5.4L10.7 14H5.3L2 10.7V5.3z" fill="currentColor" />
      <path className={styles.inverse} d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" strokeWidth="1.6" />
    </>
  ),
  interrupted: (
    <>
      {circle}
      <path d="M6.3 5.5v5M9.7 5.5v5" strokeWidth="1.7" />
    </>
  ),
  cancelled: (
    <>
      {circle}
      <path d="M3.9 12.1 12.1 3.9" />
    </>
  ),
  supported: filledTick,
  partial: (
    <>
      {circle}
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </>
  ),
  stale: (
    <>
      {circle}
      <path d="M8 4.8V8l-2.2 1.6" />
    </>
  ),
  missing: (
    <>
      <path d="M8 1.8 14.2 8 8 14.2 1.8 8z" />
      <path d="M8 5v3.6M8 10.8v.3" />
    </>
  ),
  'not-applicable': <path d="M3.5 8h9" />,
  'not-yet': <path d="M4 2h8M4 14h8M5 2c0 3.5 6 4.5 6 6s-6 2.5-6 6M11 2c0 3.5-6 4.5-6 6s6 2.5 6 6" />,
}

export interface StateShapeProps {
  readonly state: RunStateName | EvidenceStateName
  readonly size?: 'normal' | 'small' | undefined
}

/** The shape of a state alone, as decoration beside its word. Takes the colour of the text around it. */
export function StateShape({ state, size = 'small' }: StateShapeProps) {
  return (
    <svg
      className={classNames(styles.shape, size === 'small' && styles.small)}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[state]}
    </svg>
  )
}
