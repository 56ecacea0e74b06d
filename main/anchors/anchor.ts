import type { Anchor } from '../../shared/contract/index.ts'
import { asRequest, straighten, type Ledger } from '../ledger/index.ts'
import type { Timestamps } from './timestamps.ts'
import type { Witnesses } from './witnesses.ts'

/**
 * Reads what somebody kept of this ledger: a checkpoint as it was printed by the command line, cosigned by witnesses, or typed back from
 * paper; or an authority's time stamp on one. Throws `invalid-request` for what is none, or none of this ledger.
 */
export async function openAnchor({ ledger, witnesses, timestamps }: { ledger: Ledger; witnesses: Witnesses; timestamps: Timestamps }, content: Buffer): Promise<Anchor> {
  if (isDer(content)) {
    const { note, size, authority, response } = await timestamps.open(content)
    const { root } = ledger.openCheckpoint(note)
    return { note, size, root: root.toString('base64'), witnesses: [], stamp: { authority: authority.subject, time: response.time.toISOString() }, unknown: [] }
  }
  const note = straighten(content.toString('utf8'))
  const checkpoint = asRequest(() => ledger.openCheckpoint(note), 'What is to be compared with is not a checkpoint of this ledger: ')
  return { note, size: checkpoint.size, root: checkpoint.root.toString('base64'), stamp: null, ...witnesses.cosigners(note, checkpoint) }
}

/** A sequence of more than 127 bytes, as every response is: no text in UTF-8 begins with these two bytes. */
function isDer(content: Buffer): boolean {
  return content[0] === 0x30 && (content[1] ?? 0) > 0x80
}
