import correct from 'spdx-correct'
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

/** The SPDX identifier that somebody seems to mean who wrote it otherwise, such as `Apache-2.0` by `Apache 2.0`; null where it is one, or nothing like one. */
export function meantBySpdx(licence: string): string | null {
  return isSpdx(licence) ? null : correct(licence, { upgrade: false })
}
