import { useEffect, useState } from 'react'

/** The time now, in ms, each second while `isTicking`. */
export function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isTicking) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isTicking])
  return now
}

export interface Span {
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** Milliseconds of something that began, until its end or until now; null for what has not begun. Clocks may differ: never negative. */
export function elapsed({ startedAt, endedAt }: Span, now: number): number | null {
  if (startedAt === null) return null
  const end = endedAt === null ? now : Date.parse(endedAt)
  return Math.max(0, end - Date.parse(startedAt))
}
