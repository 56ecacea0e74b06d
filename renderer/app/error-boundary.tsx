import { Component, type ReactNode } from 'react'
import { appMessages } from '../../shared/messages/app.ts'
import { Button, ErrorState } from '../design/index.ts'

export interface ErrorBoundaryProps {
  readonly children: ReactNode
  /** What met the fault: the whole window, or one view while rail, header and strip go on. */
  readonly scope: 'window' | 'view'
}

/** Catches what is thrown while its children are drawn, says what happened and offers to load the window anew. Nothing recorded is touched by it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    const { title, text } = appMessages.crash[this.props.scope]
    return (
      <ErrorState
        title={title}
        details={{ label: appMessages.crash.details, text: `${error.name}: ${error.message}` }}
        action={
          <Button icon="refresh" onPress={() => location.reload()}>
            {appMessages.crash.reload}
          </Button>
        }
      >
        {text}
      </ErrorState>
    )
  }
}
