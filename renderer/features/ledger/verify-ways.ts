import type { LedgerState, VerificationMode } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import type { MenuEntry } from '../../design/index.ts'
import { formatCount, formatTime } from '../../state/index.ts'

/** How the ledger can be verified now, each with what it means. Going on is offered only where a full one was stopped. */
export function verifyWays({ size, remembered: { verified, stopped } }: Pick<LedgerState, 'size' | 'remembered'>): MenuEntry<VerificationMode>[] {
  const sinceLast = verified === null ? words.wayNothingKnown : verified.size === size ? words.wayNothingNew(formatTime(verified.at)) : words.wayNew(formatCount(size - verified.size), formatTime(verified.at))
  return [
    { id: 'full', label: words.wayNames.full, icon: 'evidence', detail: words.wayFull },
    { id: 'since-last', label: words.wayNames['since-last'], icon: 'clock', detail: sinceLast, isDisabled: verified === null || verified.size === size },
    ...(stopped === null ? [] : [{ id: 'resume' as const, label: words.wayNames.resume, icon: 'run' as const, detail: words.wayResume(formatCount(stopped.size), formatTime(stopped.at)) }]),
  ]
}
