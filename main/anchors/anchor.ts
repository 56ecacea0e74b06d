import { RequestError, type Anchor } from '../../shared/contract/index.ts'
import { LedgerError, type Checkpoint, type Ledger } from '../ledger/index.ts'
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

/**
 * A note as it was before it was typed, mailed or scanned: lines end in LF, none begins or ends with space, one empty line divides, a
 * signature begins with a dash of some kind and may be wrapped. No line of a checkpoint has space of its own at its ends, and the signatures are over the
 * result: what this gets wrong is refused, never taken for another checkpoint.
 */
export function straighten(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|[\r\n]/).map((line) => line.trim())
  const body = lines.join('\n').replace(/\n{2,}/g, '\n\n').trim()
  const dashed = body.replace(/^(?:—|–|-{1,2})\s+(\S+)\s+(\S+)$/gm, '— $1 $2')
  return `${dashed.replace(/^(— \S+ [A-Za-z0-9+/]+)\n([A-Za-z0-9+/]+={0,2})$/gm, '$1$2')}\n`
}

function openOwn(ledger: Ledger, note: string): Checkpoint {
  try {
    return ledger.openCheckpoint(note)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw new RequestError('invalid-request', `What is to be compared with is not a checkpoint of this ledger: ${thrown.message}`)
  }
}
