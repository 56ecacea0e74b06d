import styles from './tone.module.css'

/** A meaning that has a colour. `accent` is selection and the own series, never a state. */
export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'orange' | 'danger' | 'info' | 'later'

export const runStates = ['queued', 'running', 'succeeded', 'cached', 'failed', 'interrupted', 'cancelled'] as const
export type RunStateName = (typeof runStates)[number]

export const evidenceStates = ['supported', 'partial', 'stale', 'missing', 'not-applicable', 'not-yet'] as const
export type EvidenceStateName = (typeof evidenceStates)[number]

/** The class that sets `--tone` (text and icons) and `--tone-fill` (bars and tints) for a tone or a state. */
export function toneClass(tone: Tone | RunStateName | EvidenceStateName): string {
  return styles[tone] ?? ''
}
