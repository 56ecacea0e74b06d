import { RequestError } from '../../shared/contract/index.ts'
import { LedgerError } from './ledger-error.ts'

/**
 * What `read` makes of something that was handed in: what a ledger's formats refuse in it is a request that is wrong. Throws RequestError `invalid-request`, whose
 * message begins with `about`.
 */
export function asRequest<T>(read: () => T, about = ''): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw new RequestError('invalid-request', `${about}${thrown.message}`)
  }
}
