import { Handle, Passphrase } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'

const words = welcomeMessages.setUp

export interface NewAccount {
  readonly handle: string
  readonly displayName: string
  readonly passphrase: string
  readonly again: string
}

export const EMPTY_ACCOUNT: NewAccount = { handle: '', displayName: '', passphrase: '', again: '' }

/** What is wrong with each field, in a sentence; nothing when the account can be made. */
export function accountProblems({ handle, displayName, passphrase, again }: NewAccount): Partial<Record<keyof NewAccount, string>> {
  return {
    ...(Handle.safeParse(handle).success ? {} : { handle: handle === '' ? words.missing : words.badHandle }),
    ...(displayName.trim() === '' ? { displayName: words.missing } : {}),
    ...(Passphrase.safeParse(passphrase).success ? {} : { passphrase: words.short }),
    ...(again === passphrase ? {} : { again: words.different }),
  }
}
