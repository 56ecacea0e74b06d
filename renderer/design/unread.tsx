import type { ReactNode } from 'react'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { Button } from './button.tsx'
import { ErrorState } from './empty-state.tsx'
import { Skeleton, type SkeletonProps } from './skeleton.tsx'

export interface ReadFailureProps {
  /** What could not be read: 'The runs could not be read.' */
  readonly title: string
  /** Why, and what to do. The code stands in the details. */
  readonly error: { readonly message: string; readonly code: string }
  readonly onRetry: () => void
  /** Stands beside the other try. */
  readonly children?: ReactNode
}

/** Stands in the place of what could not be read, and offers another try. */
export function ReadFailure({ title, error, onRetry, children }: ReadFailureProps) {
  return (
    <ErrorState
      title={title}
      details={{ label: words.details, text: error.code }}
      action={
        <>
          <Button onPress={onRetry}>{words.readAgain}</Button>
          {children}
        </>
      }
    >
      {error.message}
    </ErrorState>
  )
}

export interface UnreadProps extends Omit<ReadFailureProps, 'error' | 'children'>, Pick<SkeletonProps, 'lines' | 'look'> {
  /** Undefined while it is being read. */
  readonly error: ReadFailureProps['error'] | undefined
  /** Read out meanwhile: 'Loading runs'. */
  readonly loading: string
}

/** Stands in the place of what is not there: on its way, or not to be read. */
export function Unread({ error, loading, title, onRetry, ...skeleton }: UnreadProps) {
  if (error) return <ReadFailure title={title} error={error} onRetry={onRetry} />
  return <Skeleton label={loading} {...skeleton} />
}
