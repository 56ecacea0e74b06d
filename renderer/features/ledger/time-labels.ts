const DAY = 86_400_000
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const exactClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const year = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** A moment (ms since 1970), as exactly as a span of `span` ms lets it be told apart. */
export function formatMoment(moment: number, span: number): string {
  if (span < 10 * 60_000) return exactClock.format(moment)
  if (span < DAY) return clock.format(moment)
  if (span < 14 * DAY) return `${day.format(moment)}, ${clock.format(moment)}`
  return span < 300 * DAY ? day.format(moment) : year.format(moment)
}

/** Five labels for the axis of a span of time, at equal distances. */
export function axisTimes(from: number, to: number): { readonly share: number; readonly text: string }[] {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, text: formatMoment(from + (to - from) * share, to - from) }))
}
