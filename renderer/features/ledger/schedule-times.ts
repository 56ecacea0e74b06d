import { backupMessages } from '../../../shared/messages/backups.ts'

const words = backupMessages.schedule
const DAY = 24

export type TimeUnit = keyof typeof words.units

/** An interval as a person says it: whole days where it is that, else hours. */
export function intervalOf(hours: number): { readonly count: number; readonly unit: TimeUnit } {
  return hours % DAY === 0 ? { count: hours / DAY, unit: 'days' } : { count: hours, unit: 'hours' }
}

export function hoursOf(count: number, unit: TimeUnit): number {
  return unit === 'days' ? count * DAY : count
}

/** `6 hours`, `1 day`. */
export function describeInterval(hours: number): string {
  const { count, unit } = intervalOf(hours)
  return words[unit](count)
}
