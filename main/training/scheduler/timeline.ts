/** Whole amounts by resource, all of one length and in one order. */
export type Amounts = readonly number[]

/** What is asked of the least that is free over a stretch of time. */
export interface Demand {
  /** Whether it is enough. */
  isMet(least: Amounts): boolean
  /** What would be taken of what is enough. */
  choose(least: Amounts): Amounts
}

/**
 * What is free from now on, in steps: of each resource, from each moment at which that changes. What is taken is given back at a known
 * time, or never (Infinity).
 */
export class Timeline {
  /** Ascending; the first is now. */
  readonly #times: number[]
  /** The amounts from `#times[i]` until the next time, or for ever. */
  readonly #free: number[][]

  private constructor(times: number[], free: number[][]) {
    this.#times = times
    this.#free = free
  }

  /** `capacity` less what is taken from now on, each until a time after now. */
  static of(now: number, capacity: Amounts, taken: readonly { readonly amounts: Amounts; readonly until: number }[]): Timeline {
    const first = [...capacity]
    for (const { amounts } of taken) subtract(first, amounts, 1)
    const [times, free] = [[now], [first]]
    let step = first
    for (const { amounts, until } of [...taken].sort((a, b) => a.until - b.until)) {
      if (until === Infinity) break
      if (until !== times.at(-1)) {
        step = [...step]
        times.push(until)
        free.push(step)
      }
      subtract(step, amounts, -1)
    }
    return new Timeline(times, free)
  }

  clone(): Timeline {
    return new Timeline([...this.#times], this.#free.map((step) => [...step]))
  }

  /** What is free now. */
  get now(): Amounts {
    return this.#free[0] ?? []
  }

  /** What `demand` takes of what stays free from `from` until `until`; null where that is not enough. */
  take(demand: Demand, from: number, until: number): Amounts | null {
    const least = [...(this.#free[this.#stepAt(from)] ?? [])]
    for (let step = this.#stepAt(from) + 1; step < this.#times.length && (this.#times[step] ?? Infinity) < until; step++) lower(least, this.#free[step] ?? [])
    return demand.isMet(least) ? demand.choose(least) : null
  }

  /** Whether these amounts stay free from now until `until`. */
  has(amounts: Amounts, until: number): boolean {
    for (let step = 0; step < this.#times.length && (step === 0 || (this.#times[step] ?? Infinity) < until); step++) {
      const free = this.#free[step] ?? []
      for (let resource = 0; resource < amounts.length; resource++) if ((free[resource] ?? 0) < (amounts[resource] ?? 0)) return false
    }
    return true
  }

  /** The first moment from `from` on at which `demand` is met for `duration`; Infinity where there is none. */
  earliest(demand: Demand, from: number, duration: number): number {
    const least: number[] = []
    for (let first = this.#stepAt(from); first < this.#times.length; first++) {
      const free = this.#free[first] ?? []
      if (!demand.isMet(free)) continue
      const start = Math.max(from, this.#times[first] ?? from)
      for (let resource = 0; resource < free.length; resource++) least[resource] = free[resource] ?? 0
      let step = first
      do {
        step++
        if (step >= this.#times.length || (this.#times[step] ?? Infinity) >= start + duration) return start
        lower(least, this.#free[step] ?? [])
      } while (demand.isMet(least))
      // Whatever starts before a step that has too little by itself meets it.
      if (!demand.isMet(this.#free[step] ?? [])) first = step
    }
    return Infinity
  }

  /** The first moment from now at which `demand` is no longer met, if that is before `until`; else null. */
  shortAt(demand: Demand, until: number): number | null {
    const least = [...this.now]
    for (let step = 0; step < this.#times.length && (this.#times[step] ?? Infinity) < until; step++) {
      lower(least, this.#free[step] ?? [])
      if (!demand.isMet(least)) return this.#times[step] ?? null
    }
    return null
  }

  /** Takes the amounts from `from` until `until`; `-1` times gives them back. */
  change(amounts: Amounts, from: number, until: number, times: 1 | -1 = 1): void {
    if (from >= until) return
    const [first, last] = [this.#split(from), this.#split(until)]
    for (let step = first; step < last; step++) subtract(this.#free[step] ?? [], amounts, times)
  }

  /** The step that a moment lies in. */
  #stepAt(time: number): number {
    let [low, high] = [0, this.#times.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#times[middle] ?? Infinity) <= time) low = middle
      else high = middle
    }
    return low
  }

  /** The step that begins at a moment, made where there is none. */
  #split(time: number): number {
    if (time === Infinity) return this.#times.length
    const step = this.#stepAt(time)
    if ((this.#times[step] ?? Infinity) >= time) return step
    this.#times.splice(step + 1, 0, time)
    this.#free.splice(step + 1, 0, [...(this.#free[step] ?? [])])
    return step + 1
  }
}

function subtract(from: number[], amounts: Amounts, times: 1 | -1): void {
  for (let resource = 0; resource < from.length; resource++) from[resource] = (from[resource] ?? 0) - times * (amounts[resource] ?? 0)
}

function lower(least: number[], amounts: Amounts): void {
  for (let resource = 0; resource < least.length; resource++) least[resource] = Math.min(least[resource] ?? 0, amounts[resource] ?? 0)
}
