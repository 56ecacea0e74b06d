import type { Discovery } from './gpus/find-gpus.ts'

/** A GPU is not handed out by what was seen longer ago than this, milliseconds: somebody else may use it meanwhile. */
const FRESH_MS = 10_000

/** What is known of the machine's GPUs and of who uses them. */
export class GpuWatch {
  readonly #find: () => Promise<Discovery>
  readonly #clock: () => Date
  #found: Discovery = { gpus: [], problems: [] }
  /** Milliseconds since 1970; before all time where what was seen counts no more. */
  #seen = -Infinity
  #looking: Promise<void> | null = null
  #again = false

  constructor(find: () => Promise<Discovery>, clock: () => Date) {
    this.#find = find
    this.#clock = clock
  }

  /** As last seen. */
  get found(): Discovery {
    return this.#found
  }

  get isFresh(): boolean {
    return this.#clock().getTime() - this.#seen < FRESH_MS
  }

  /** A job that held GPUs has ended: what was seen of it says nothing of the next. */
  expire(): void {
    this.#seen = -Infinity
    // What is being looked at now may show it still.
    this.#again = this.#looking !== null
  }

  /** Looks again; who asks meanwhile shares the look. */
  refresh(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = null)))
  }

  async #look(): Promise<void> {
    do {
      this.#again = false
      this.#found = await this.#find()
    } while (this.#again)
    this.#seen = this.#clock().getTime()
  }
}
