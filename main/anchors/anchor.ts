import { RequestError, type Anchor } from '../../shared/contract/index.ts'
import { LedgerError, straighten, type Checkpoint, type Ledger } from '../ledger/index.ts'
import type { Witnesses } from './witnesses.ts'

/**
 * Reads what somebody kept of this ledger: a checkpoint as it was printed by the command line, cosigned by witnesses, or typed back from
 * paper. Throws `invalid-request` for what is none, or none of this ledger.
 */
export function openAnchor({ ledger, witnesses }: { ledger: Ledger; witnesses: Witnesses }, content: Buffer): Anchor {
  const note = straighten(content.toString('utf8'))
  const checkpoint = openOwn(ledger, note)
  return { note, size: checkpoint.size, root: checkpoint.root.toString('base64'), ...witnesses.cosigners(note, checkpoint) }
}

function openOwn(ledger: Ledger, note: string): Checkpoint {
  try {
    return ledger.openCheckpoint(note)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw new RequestError('invalid-request', `What is to be compared with is not a checkpoint of this ledger: ${thrown.message}`)
  }
}
