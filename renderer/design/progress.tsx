import { ProgressBar } from 'react-aria-components'
import { classNames } from './class-names.ts'
import styles from './progress.module.css'
import { Spinner } from './spinner.tsx'
import type { EvidenceStateName, RunStateName, Tone } from './tone.ts'
import { toneClass } from './tone.ts'

export interface ProgressProps {
  readonly label: string
  readonly value: number
  readonly max: number
  /** Done, of how many, and the time left, in words: '812 of 1,284 facts, 3 s left'. */
  readonly text: string
  readonly isDone?: boolean
}

/** How far a piece of work is, with the time left. */
export function Progress({ label, value, max, text, isDone = false }: ProgressProps) {
  return (
    <ProgressBar
      value={value}
      maxValue={max}
      valueLabel={text}
      aria-label={label}
      className={classNames(styles.progress, toneClass('running'))}
    >
      {({ percentage }) => (
        <>
          <span className={styles.words}>
            <span className={styles.label}>
              {!isDone && <Spinner />}
              {label}
            </span>
            <span className={styles.text}>{text}</span>
          </span>
          <span className={styles.track}>
            <span className={styles.bar} style={{ width: `${percentage ?? 0}%` }} />
          </span>
        </>
      )}
    </ProgressBar>
  )
}

export interface MeterProps {
  readonly label: string
  /** 0 to 1. */
  readonly share: number
  readonly tone?: Tone
  /** A mark on the track, 0 to 1: a quota. */
  readonly mark?: number
}

/** How full something is: a share of a whole, with no text of its own. */
export function Meter({ label, share, tone = 'accent', mark }: MeterProps) {
  const percent = Math.round(Math.min(Math.max(share, 0), 1) * 100)
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className={classNames(styles.meter, toneClass(tone))}
    >
      <span className={styles.track}>
        <span className={styles.bar} style={{ width: `${percent}%` }} />
      </span>
      {mark !== undefined && <span className={styles.mark} style={{ left: `${mark * 100}%` }} />}
    </span>
  )
}

export interface Share {
  readonly state: RunStateName | EvidenceStateName | Tone
  readonly count: number
}

export interface ShareBarProps {
  /** The whole bar in words: '77 supported, 23 partial, 27 missing'. */
  readonly label: string
  readonly shares: readonly Share[]
}

/** Parts of a whole, side by side. The numbers stand elsewhere; the label says them. */
export function ShareBar({ label, shares }: ShareBarProps) {
  return (
    <span role="img" aria-label={label} className={styles.shares}>
      {shares
        .filter((share) => share.count > 0)
        .map((share) => (
          <span key={share.state} className={classNames(styles.share, toneClass(share.state))} style={{ flexGrow: share.count }} />
        ))}
    </span>
  )
}
