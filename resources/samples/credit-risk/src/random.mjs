/**
 * A seeded source of random numbers, the same on every machine: sfc32 ("small fast counting", Chris Doty-Humphrey, PractRand), 32-bit
 * integer arithmetic only. Not for secrets.
 */
export class Random {
  #a = 0
  #b
  #c
  #counter = 1

  /** `seed` is a whole number; `stream` separates uses of one seed, so that a new use does not move the numbers of the others. */
  constructor(seed, stream = '') {
    this.#b = seed >>> 0
    this.#c = hashText(stream)
    for (let i = 0; i < 16; i += 1) this.#next()
  }

  #next() {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** Uniform in [0, 1). */
  uniform() {
    return this.#next() / 2 ** 32
  }

  /** Whole number from 0 to `limit` - 1. */
  below(limit) {
    return Math.floor(this.uniform() * limit)
  }

  chance(probability) {
    return this.uniform() < probability
  }

  /** Standard normal (Box and Muller; the second number of each pair is not used, so that one call takes two uniforms always). */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Exponential with this mean. */
  exponential(mean) {
    return -mean * Math.log(1 - this.uniform())
  }

  /** Poisson with this mean, for small means (Knuth's product of uniforms). */
  poisson(mean) {
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1
    return count
  }

  /** A key of `shares`, each as likely as its share; the shares sum to 1. */
  pick(shares) {
    const keys = Object.keys(shares)
    let rest = this.uniform()
    for (const key of keys) {
      rest -= shares[key]
      if (rest < 0) return key
    }
    return keys.at(-1)
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1)
      const kept = list[i]
      list[i] = list[j]
      list[j] = kept
    }
  }
}

/** FNV-1a, 32 bits. */
function hashText(text) {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
