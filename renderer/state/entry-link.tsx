import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { Link } from '../design/index.ts'
import { formatCount } from './format.ts'
import { formatAddress } from './navigation.ts'

/** `#48,209`: a mention of an entry, which leads to it. */
export function EntryLink({ seq }: { readonly seq: number }) {
  return (
    <Link href={formatAddress({ page: 'ledger', seq })} isMono>
      {words.entry(formatCount(seq))}
    </Link>
  )
}
