import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { formatCount } from './format.ts'
import { PlaceLink } from './place-link.tsx'

/** `#48,209`: a mention of an entry, which leads to it. */
export function EntryLink({ seq }: { readonly seq: number }) {
  return (
    <PlaceLink to={{ page: 'ledger', seq }} isMono>
      {words.entry(formatCount(seq))}
    </PlaceLink>
  )
}
