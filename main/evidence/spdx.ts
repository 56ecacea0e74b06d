import parse from 'spdx-expression-parse'

/** Whether a licence is an SPDX expression (SPDX 2.3, annex D): an identifier of the list, or several with AND, OR and WITH. */
export function isSpdx(licence: string): boolean {
  try {
    parse(licence)
    return true
  } catch {
    return false
  }
}
