import { useState } from 'react'
import type { Session } from '../../shared/contract/index.ts'
import { accountMessages } from '../../shared/messages/account.ts'
import { notify } from './notices.ts'

const KEY = 'strongroom.first-passphrase'

export interface FirstPassphraseQuestion {
  /** Whether the person here is to be asked for a passphrase of their own before anything else. */
  readonly isAsked: boolean
  readonly chosen: () => void
  readonly later: () => void
}

/** Asks once for each session of somebody whose passphrase another person chose; a window that is loaded again does not ask again. */
export function useFirstPassphrase(session: Session | null): FirstPassphraseQuestion {
  const [answered, setAnswered] = useState(readAnswered)
  const answer = () => {
    if (!session) return
    keepAnswered(session.openedAt)
    setAnswered(session.openedAt)
  }
  return {
    isAsked: session !== null && session.person.passphraseBy === 'another' && session.openedAt !== answered,
    chosen: () => {
      answer()
      notify({ kind: 'success', title: accountMessages.passphrase.done, detail: accountMessages.passphrase.doneText })
    },
    later: answer,
  }
}

/** When the session began whose owner has answered. A browser that keeps nothing asks again. */
function readAnswered(): string | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}

function keepAnswered(openedAt: string): void {
  try {
    sessionStorage.setItem(KEY, openedAt)
  } catch {
    // It is asked again once the window is loaded again: no harm.
  }
}
