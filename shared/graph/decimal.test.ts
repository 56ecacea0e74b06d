import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, compareDecimals, divideDecimals, formatDecimal, multiplyDecimals, parseDecimal, shortenDecimal, subtractDecimals } from './decimal.ts'

const canonical = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat({ max: 20 }))
  .map(([negative, digits, exponent]) => parseDecimal(`${negative ? '-' : ''}${digits}e-${exponent}`) ?? 'refused')

describe('parseDecimal', () => {
  it.each([
    ['0.70', '0.7'], ['00.5', '0.5'], ['.5', '0.5'], ['5.', '5'], ['-0', '0'], ['-0.0', '0'], ['+3', '3'], ['1e3', '1000'], ['0e9', '0'],
    ['1.25e1', '12.5'], ['12.5E-3', '0.0125'], ['-1e-7', '-0.0000001'], ['100', '100'], ['0.1234567890123456789', '0.1234567890123456789'],
  ])('brings %s to %s', (literal, expected) => {
    expect(parseDecimal(literal)).toBe(expected)
  })

  const foreign = ['', '.', '-', 'e5', 'NaN', 'Infinity', '0x10', '1,5', '1 ', '1e401', '1e-401', '1e99999999999', '9'.repeat(1_201)]

  it.each(foreign)('refuses %j', (literal) => {
    expect(parseDecimal(literal)).toBeNull()
  })

  it('leaves a canonical decimal as it is', () => {
    fc.assert(fc.property(canonical, (decimal) => void expect(parseDecimal(decimal)).toBe(decimal)))
  })
})

describe('formatDecimal', () => {
  it('writes the shortest decimal that reads back as the same double, without an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const decimal = formatDecimal(value)
        expect(decimal).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/)
        expect(Number(decimal) === value).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('spells out the largest and the smallest double', () => {
    expect(Number(formatDecimal(Number.MAX_VALUE))).toBe(Number.MAX_VALUE)
    expect(Number(formatDecimal(Number.MIN_VALUE))).toBe(Number.MIN_VALUE)
  })

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => formatDecimal(value)).toThrow(RangeError)
  })
})

describe('shortenDecimal', () => {
  it.each([
    ['0.8123456789', '0.81235'],
    ['0.7', '0.7'],
    ['-12.3456789', '-12.346'],
    ['1234567.891', '1234568'],
    ['0', '0'],
    ['0.000012345678', '0.000012346'],
    ['0.0000000012345678', '1.2346e-9'],
    ['0.000000001', '1e-9'],
    ['12345678901234567', '1.2346e+16'],
  ])('reads %s as %s', (text, short) => {
    expect(shortenDecimal(text)).toBe(short)
  })

  it('never rounds a value onto a threshold that it does not reach, nor across it', () => {
    expect(shortenDecimal('0.8999999', '0.9')).toBe('0.8999999')
    expect(shortenDecimal('0.89999999999999999999', '0.9')).toBe('0.89999999999999999999')
    expect(shortenDecimal('0.9', '0.9')).toBe('0.9')
    fc.assert(fc.property(canonical, canonical, (value, threshold) => {
      expect(compareDecimals(shortenDecimal(value, threshold), threshold)).toBe(compareDecimals(value, threshold))
    }))
  })
})

describe('compareDecimals', () => {
  it('tells apart what floats would call equal', () => {
    expect(compareDecimals('0.1000000000000000000001', '0.1')).toBe(1)
    expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1)
  })

  it('ignores how a number is written', () => {
    expect(compareDecimals('0.80', '.8')).toBe(0)
    expect(compareDecimals('8e-1', '0.8')).toBe(0)
  })

  it('agrees with integer comparison of the same digits', () => {
    const integer = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        expect(compareDecimals(`${a}e-6`, `${b}e-6`)).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })

  it('is antisymmetric', () => {
    fc.assert(fc.property(canonical, canonical, (a, b) => void expect(compareDecimals(a, b) + compareDecimals(b, a)).toBe(0)))
  })

  it('names the string that is not a number', () => {
    expect(() => compareDecimals('1', 'high')).toThrow("'high'")
  })
})

describe('a difference', () => {
  it('is exact, in canonical form', () => {
    expect(subtractDecimals('0.3', '0.1')).toBe('0.2')
    expect(subtractDecimals('0.1', '0.3')).toBe('-0.2')
    expect(subtractDecimals('12', '2.50')).toBe('9.5')
    expect(subtractDecimals('5', '5.0')).toBe('0')
    expect(subtractDecimals('1e3', '-1')).toBe('1001')
    expect(() => subtractDecimals('x', '1')).toThrow(RangeError)
  })
})

describe('sums, products and quotients of decimals', () => {
  it('are exact', () => {
    expect(addDecimals('0.1', '0.2')).toBe('0.3')
    expect(addDecimals('-1.5', '1.50')).toBe('0')
    expect(multiplyDecimals('-0.15', '0.2')).toBe('-0.03')
    fc.assert(
      fc.property(canonical, canonical, (a, b) => {
        expect(subtractDecimals(addDecimals(a, b), b)).toBe(a)
        expect(multiplyDecimals(a, b)).toBe(multiplyDecimals(b, a))
        if (b !== '0') expect(divideDecimals(multiplyDecimals(a, b), b, 40)).toBe(a)
      }),
    )
  })

  it('of a division are rounded at the digit asked for, halves away from zero, and none is by 0', () => {
    expect(divideDecimals('1', '3', 4)).toBe('0.3333')
    expect(divideDecimals('2', '-3', 4)).toBe('-0.6667')
    expect(divideDecimals('0.125', '1', 2)).toBe('0.13')
    expect(divideDecimals('1', '8', 0)).toBe('0')
    expect(() => divideDecimals('1', '0', 2)).toThrow('by 0')
  })
})
