/**
 * Tests of significance for counts. Sources: Numerical Recipes (3rd ed.) 6.1-6.2 for the gamma functions; Agresti, Categorical Data
 * Analysis, for the tests.
 */

const LANCZOS_G = 7
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** Natural logarithm of the gamma function for x > 0 (Lanczos, about 1e-14 relative). */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x)
  const z = x - 1
  let sum = LANCZOS[0] ?? 0
  for (let i = 1; i < LANCZOS.length; i += 1) sum += (LANCZOS[i] ?? 0) / (z + i)
  const t = z + LANCZOS_G + 0.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Upper regularised incomplete gamma function Q(a, x), for a > 0 and x >= 0. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x)
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * Number.EPSILON; n += 1) {
    term *= x / (a + n)
    sum += term
  }
  return sum * Math.exp(-x + a * Math.log(x) - lnGamma(a))
}

/** Lentz's continued fraction; converges quickly for x > a + 1. */
function gammaFraction(a: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let h = d
  for (let i = 1; i < 10_000; i += 1) {
    const an = -i * (i - a)
    b += 2
    d = 1 / nonZero(an * d + b, tiny)
    c = nonZero(b + an / c, tiny)
    const delta = d * c
    h *= delta
    if (Math.abs(delta - 1) < Number.EPSILON) break
  }
  return Math.exp(-x + a * Math.log(x) - lnGamma(a)) * h
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/** Two-sided p of a standard normal deviate. */
export function normalTwoSided(z: number): number {
  return gammaQ(0.5, (z * z) / 2)
}

/** Survival function of the chi-square distribution. */
export function chiSquareSurvival(x: number, df: number): number {
  return gammaQ(df / 2, x / 2)
}

export interface Share {
  readonly hits: number
  readonly of: number
}

/** Two-proportion z test with pooled variance, b minus a; null when it is undefined (all or none hit, or an empty group). */
export function twoProportionTest(a: Share, b: Share): { z: number; p: number } | null {
  if (a.of === 0 || b.of === 0) return null
  const pooled = (a.hits + b.hits) / (a.of + b.of)
  const variance = pooled * (1 - pooled) * (1 / a.of + 1 / b.of)
  if (variance === 0) return null
  const z = (b.hits / b.of - a.hits / a.of) / Math.sqrt(variance)
  return { z, p: normalTwoSided(z) }
}

/** Fisher's exact test, two-sided: the sum of all tables with these margins that are no likelier than the one seen. */
export function fisherExact(a: Share, b: Share): number {
  const hits = a.hits + b.hits
  const lowest = Math.max(0, hits - b.of)
  const highest = Math.min(hits, a.of)
  const logChoose = (n: number, k: number) => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1)
  const all = logChoose(a.of + b.of, hits)
  const logP = (k: number) => logChoose(a.of, k) + logChoose(b.of, hits - k) - all
  // Tables as likely as the one seen count too: the margin keeps rounding from leaving them out.
  const seen = logP(a.hits) + 1e-7
  let p = 0
  for (let k = lowest; k <= highest; k += 1) {
    const one = logP(k)
    if (one <= seen) p += Math.exp(one)
  }
  return Math.min(1, p)
}

/** Pearson's chi-square test that all groups share one rate; null when undefined. Without Yates' correction. */
export function homogeneityTest(groups: readonly Share[]): { chiSquare: number; df: number; p: number; cramersV: number } | null {
  const total = groups.reduce((sum, group) => sum + group.of, 0)
  const hits = groups.reduce((sum, group) => sum + group.hits, 0)
  if (groups.length < 2 || hits === 0 || hits === total || groups.some((group) => group.of === 0)) return null
  let chiSquare = 0
  for (const group of groups) {
    const expected = (group.of * hits) / total
    chiSquare += (group.hits - expected) ** 2 / expected + (group.hits - expected) ** 2 / (group.of - expected)
  }
  const df = groups.length - 1
  return { chiSquare, df, p: chiSquareSurvival(chiSquare, df), cramersV: Math.sqrt(chiSquare / total) }
}
