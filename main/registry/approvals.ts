/** Somebody's approval of a request, with the roles that they held where it stands in the ledger. */
export interface Approval {
  readonly person: string
  readonly roles: readonly string[]
  /** ISO 8601. */
  readonly time: string
}

const DAY_SECONDS = 86_400

/** Whole seconds since the epoch, which is what the verifiers of packs compare too. */
function secondsOf(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) / 1000
}

/** Whether what was recorded at `then` still counts at `now`, after so many days at most; 0 for however many. */
export function isWithin(days: number, then: string, now: string): boolean {
  return days === 0 || secondsOf(now) - secondsOf(then) <= days * DAY_SECONDS
}

/** The moment, ISO 8601, `days` after `time`. */
export function daysAfter(time: string, days: number): string {
  return new Date(Date.parse(time) + days * DAY_SECONDS * 1000).toISOString()
}

/**
 * Whether so many different people approved, and among them so many of each role, nobody counting for two roles: by Hall's theorem that is so
 * if for every set of roles there are as many who hold one of them as the set asks for.
 */
export function suffice(approvals: readonly Approval[], needed: number, roles: Readonly<Record<string, number>>): boolean {
  const people = new Map(approvals.map((approval) => [approval.person, approval.roles]))
  if (people.size < needed) return false
  const asked = Object.entries(roles)
  for (let set = 1; set < 1 << asked.length; set++) {
    const chosen = asked.filter((_, index) => (set & (1 << index)) !== 0)
    const holders = [...people.values()].filter((held) => chosen.some(([role]) => held.includes(role))).length
    if (holders < chosen.reduce((sum, [, count]) => sum + count, 0)) return false
  }
  return true
}
