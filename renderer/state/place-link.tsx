import type { ReactNode } from 'react'
import { Link, Text } from '../design/index.ts'
import { formatAddress, type Address } from './navigation.ts'
import { useMayOpen } from './page-access.ts'

export interface PlaceLinkProps {
  readonly to: Address
  readonly children: ReactNode
  readonly isMono?: boolean
}

/** A mention of what has a page: a link for whoever may open it, its words for others. */
export function PlaceLink({ to, children, isMono = false }: PlaceLinkProps) {
  if (!useMayOpen(to)) return <Text isMono={isMono}>{children}</Text>
  return (
    <Link href={formatAddress(to)} isMono={isMono}>
      {children}
    </Link>
  )
}
