import { create } from 'zustand'

/** Whether the person here is asked to choose a passphrase of their own: a signature was refused for want of one. The window's frame asks. */
export const useOwnPassphraseQuestion = create<{ readonly isAsked: boolean }>(() => ({ isAsked: false }))

export function askForOwnPassphrase(): void {
  useOwnPassphraseQuestion.setState({ isAsked: true })
}

export function endOwnPassphraseQuestion(): void {
  useOwnPassphraseQuestion.setState({ isAsked: false })
}
