/**
 * Exact decimal numbers as strings. Gates and metrics compare in this form because 0.1 + 0.2 must not decide a promotion,
 * and because ledger entries hold no floats (ledger-spec, Entry).
 *
 * Canonical form: an optional minus, digits without a leading zero, optionally a point and digits without a trailing zero;
 * never an exponent, never `-0`. A value has exactly one canonical form, so equal values are equal strings.
 */

const NUMBER_LITERAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** Enough for every finite double (1.8e308, 5e-324); more would let one short literal grow into megabytes of zeros. */
const MAX_EXPONENT = 400
const MAX_LENGTH = 1_200

/**
 * Brings a number literal (as JSON or YAML write it, exponent allowed) to canonical form without going through a float.
 * Returns null where the text is no finite decimal number or its exponent is beyond 400.
 */
export function parseDecimal(text: string): string | null {
  if (text.length > MAX_LENGTH) return null
  const match = NUMBER_LITERAL.exec(text)
  if (!match) return null
  const whole = match[2] ?? ''
  const fraction = match[3] ?? ''
  if (whole === '' && fraction === '') return null
  const exponent = Number(match[4] ?? '0')
  if (Math.abs(exponent) > MAX_EXPONENT) return null
  const digits = whole + fraction
  const point = whole.length + exponent
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : ''
  const after = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  const canonicalWhole = before.replace(/^0+/, '') || '0'
  const canonicalFraction = after.replace(/0+$/, '')
  const magnitude = canonicalFraction === '' ? canonicalWhole : `${canonicalWhole}.${canonicalFraction}`
  return match[1] === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude
}

/**
 * The shortest decimal string that reads back as the same double, without an exponent (ECMAScript Number::toString, spelled out).
 * Throws RangeError for NaN and the infinities: they have no decimal form.
 */
export function formatDecimal(value: number): string {
  const text = String(value)
  // Number::toString writes no zero that could be left out, and -0 as 0: without an exponent, what it writes is canonical.
  if (Number.isFinite(value) && !text.includes('e')) return text
  const decimal = Number.isFinite(value) ? parseDecimal(text) : null
  if (decimal === null) throw new RangeError(`${value} has no decimal form; only finite numbers do.`)
  return decimal
}

/**
 * Compares two decimals exactly: negative where a < b, 0 where equal, positive where a > b. Any literal that `parseDecimal` takes
 * is fine. Throws RangeError for a string that is not a decimal.
 */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const left = split(a)
  const right = split(b)
  const scale = Math.max(left.fraction.length, right.fraction.length)
  const difference = scaled(left, scale) - scaled(right, scale)
  if (difference === 0n) return 0
  return difference < 0n ? -1 : 1
}

/** `a` plus `b`, exact, in canonical form. Throws RangeError for a string that is not a decimal. */
export function addDecimals(a: string, b: string): string {
  const [left, right] = [split(a), split(b)]
  const scale = Math.max(left.fraction.length, right.fraction.length)
  return unscaled(scaled(left, scale) + scaled(right, scale), scale)
}

/** `a` minus `b`, exact, in canonical form. Throws RangeError for a string that is not a decimal. */
export function subtractDecimals(a: string, b: string): string {
  const [left, right] = [split(a), split(b)]
  const scale = Math.max(left.fraction.length, right.fraction.length)
  return unscaled(scaled(left, scale) - scaled(right, scale), scale)
}

/** `a` times `b`, exact, in canonical form. Throws RangeError for a string that is not a decimal. */
export function multiplyDecimals(a: string, b: string): string {
  const [left, right] = [split(a), split(b)]
  return unscaled(scaled(left, left.fraction.length) * scaled(right, right.fraction.length), left.fraction.length + right.fraction.length)
}

/** `a` over `b` to so many digits after the point, halves away from zero, in canonical form. Throws RangeError for what is no decimal, and for a `b` of 0. */
export function divideDecimals(a: string, b: string, digits: number): string {
  const [left, right] = [split(a), split(b)]
  const scale = Math.max(left.fraction.length, right.fraction.length)
  const divisor = scaled(right, scale)
  if (divisor === 0n) throw new RangeError(`${a} cannot be divided by 0.`)
  const numerator = scaled(left, scale) * 10n ** BigInt(digits + 1)
  const tenfold = numerator / divisor
  return unscaled((tenfold + (tenfold < 0n ? -5n : 5n)) / 10n, digits)
}

const SHORT_DIGITS = 5
/** No double has more. */
const ALL_DIGITS = 17

/**
 * A decimal for people: about five significant digits, the whole part never rounded; `1.2346e-9` and `1.2346e+15` for what is very small or
 * large. With `threshold`, as many digits as it takes to stand on the same side of it as the exact value. Throws RangeError as
 * `compareDecimals` does.
 */
export function shortenDecimal(text: string, threshold?: string): string {
  for (let digits = SHORT_DIGITS; digits <= ALL_DIGITS; digits++) {
    const short = roundTo(Number(text), digits)
    if (threshold === undefined || compareDecimals(short, threshold) === compareDecimals(text, threshold)) return short
  }
  return text
}

function roundTo(value: number, digits: number): string {
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e15)) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e')
  const rounded = magnitude < 1 ? value.toPrecision(digits) : value.toFixed(Math.max(0, digits - String(Math.trunc(magnitude)).length))
  return parseDecimal(rounded) ?? rounded
}

interface Parts {
  readonly negative: boolean
  readonly whole: string
  readonly fraction: string
}

function split(text: string): Parts {
  const decimal = parseDecimal(text)
  if (decimal === null) throw new RangeError(`'${text}' is not a decimal number.`)
  const negative = decimal.startsWith('-')
  const [whole = '0', fraction = ''] = decimal.slice(negative ? 1 : 0).split('.')
  return { negative, whole, fraction }
}

function scaled(parts: Parts, scale: number): bigint {
  const magnitude = BigInt(parts.whole + parts.fraction.padEnd(scale, '0'))
  return parts.negative ? -magnitude : magnitude
}

function unscaled(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const point = digits.length - scale
  return parseDecimal(`${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`) ?? '0'
}
