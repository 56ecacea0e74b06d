/** CPU- and GPU-seconds, decayed to a moment. */
export interface Used {
  readonly cpuSeconds: number
  readonly gpuSeconds: number
}

/** What was used, decayed to `at`. It follows from the attempts alone (`usageOf`), so that nothing of it needs to be kept. */
export interface Usage {
  readonly at: number
  readonly people: ReadonlyMap<string, Used>
  readonly projects: ReadonlyMap<string, Used>
}

/** An attempt that has ended. */
export interface PastAttempt {
  readonly person: string
  readonly project: string
  readonly cpus: number
  readonly gpus: number
  readonly startedAt: number
  readonly endedAt: number
}

export const NOTHING_USED: Usage = { at: 0, people: new Map(), projects: new Map() }

/** The decayed usage of attempts at `now`. Those that ended ten half-lives ago count a thousandth: a caller may leave them out. */
export function usageOf(attempts: Iterable<PastAttempt>, now: number, halfLifeMs: number): Usage {
  const people = new Map<string, Used>()
  const projects = new Map<string, Used>()
  for (const attempt of attempts) {
    const seconds = decayedSeconds(attempt.startedAt, attempt.endedAt, now, halfLifeMs)
    addUsed(people, attempt.person, attempt, seconds)
    addUsed(projects, attempt.project, attempt, seconds)
  }
  return { at: now, people, projects }
}

/** The usage with one more attempt, at the moment at which that ended. */
export function withAttempt(usage: Usage, attempt: PastAttempt, halfLifeMs: number): Usage {
  const at = Math.max(usage.at, attempt.endedAt)
  const factor = decay(at - usage.at, halfLifeMs)
  const seconds = decayedSeconds(attempt.startedAt, attempt.endedAt, at, halfLifeMs)
  const [people, projects] = [scaled(usage.people, factor), scaled(usage.projects, factor)]
  addUsed(people, attempt.person, attempt, seconds)
  addUsed(projects, attempt.project, attempt, seconds)
  return { at, people, projects }
}

/** What is left after `elapsedMs` of a second that was used: 1 at first, 0.5 after a half-life. */
export function decay(elapsedMs: number, halfLifeMs: number): number {
  return 2 ** (-Math.max(0, elapsedMs) / halfLifeMs)
}

/** The integral of the decay over the time of an attempt, in seconds as of `now`. */
export function decayedSeconds(startedAt: number, endedAt: number, now: number, halfLifeMs: number): number {
  const tau = halfLifeMs / Math.LN2 / 1000
  return Math.max(0, tau * (decay(now - endedAt, halfLifeMs) - decay(now - startedAt, halfLifeMs)))
}

/** Adds to what `name` used, in place. */
export function addUsed(used: Map<string, Used>, name: string, held: { cpus: number; gpus: number }, seconds: number): void {
  const before = used.get(name)
  used.set(name, { cpuSeconds: (before?.cpuSeconds ?? 0) + held.cpus * seconds, gpuSeconds: (before?.gpuSeconds ?? 0) + held.gpus * seconds })
}

/** A copy, each of it times `factor`. */
export function scaled(used: ReadonlyMap<string, Used>, factor: number): Map<string, Used> {
  return new Map([...used].map(([name, { cpuSeconds, gpuSeconds }]) => [name, { cpuSeconds: cpuSeconds * factor, gpuSeconds: gpuSeconds * factor }]))
}
