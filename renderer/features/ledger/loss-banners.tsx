import type { LedgerLoss } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, Link } from '../../design/index.ts'
import { formatAddress, formatCount } from '../../state/index.ts'

/** Where the ledger says itself that entries were lost, which no verification makes good. */
export function LossBanners({ losses }: { readonly losses: readonly LedgerLoss[] }) {
  return losses.map(({ entry, predecessor, signed, isProved, orchestratorKey, reason }) => (
    <Banner key={entry} kind="warning" title={signed > entry ? words.lost(formatCount(entry), formatCount(signed - 1)) : words.parted(formatCount(signed))}>
      {isProved ? words.lostText(predecessor, reason) : words.lostUnproved(predecessor, reason)} {orchestratorKey !== null && `${words.lostOrchestrator} `}<Link href={formatAddress({ page: 'ledger', seq: entry })}>{words.openEntry(formatCount(entry))}</Link>
    </Banner>
  ))
}
