import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Link } from '../../design/index.ts'
import { formatAddress, formatCount } from '../../state/index.ts'

/** `#48,209`, a link to the entry. */
export function EntryLink({ seq }: { readonly seq: number }) {
  return (
    <Link href={formatAddress({ page: 'ledger', seq })} isMono>
      {words.entry(formatCount(seq))}
    </Link>
  )
}
