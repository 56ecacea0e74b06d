/** How figures, times and sizes are written, everywhere the same. */

const grouping = new Intl.NumberFormat('en-GB')
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

/** `48,213`. */
export const formatCount = (value: number) => grouping.format(value)
/** `23 Nov 2026`. */
export const formatDay = (time: string) => day.format(new Date(time))
/** `14:32:08`. */
export const formatClock = (time: string) => clock.format(new Date(time))
/** `23 Nov 2026, 14:32:08`: of what is recorded, also of today, so that a page says the day when it is printed or looked at tomorrow. */
export const formatTime = (time: string) => `${formatDay(time)}, ${formatClock(time)}`

/** As `formatTime`, or the clock alone for today: beside the date of today. */
export function formatRecent(time: string, now = new Date()): string {
  return formatDay(time) === day.format(now) ? formatClock(time) : formatTime(time)
}

/** At most two units: `340 ms`, `12.4 s`, `3 m 20 s`, `2 h 5 m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** `18.4 MB`, in powers of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const unit = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** unit
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`
}

/** A recorded decimal, shortened for reading: four significant decimals at most. The exact value is one click away. */
export function formatMetric(value: string | number): string {
  const number = Number(value)
  if (Number.isInteger(number)) return formatCount(number)
  const magnitude = Math.abs(number)
  if (magnitude >= 1e-6 && magnitude < 0.001) return String(Number(number.toPrecision(3)))
  return magnitude >= 0.001 && magnitude < 1e6 ? String(Number(number.toFixed(magnitude < 10 ? 4 : 2))) : number.toExponential(3)
}

/** A tree root as the ledger states it (base64, as in a signed note), in the hexadecimal that every other hash is shown in. */
export function rootHex(base64: string): string {
  return Array.from(atob(base64), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/** The end of a key's name, which tells it from the others of a person: the ledger's origin before it is the same for all. */
export const keyName = (key: string) => key.slice(key.lastIndexOf('/') + 1)

/** The eight hexadecimal digits of a key's name, `name+digits`. */
export const keyDigits = (key: string) => key.split('+')[1] ?? ''
