import type { RequestError } from '../../shared/contract/index.ts'
import { accountMessages } from '../../shared/messages/account.ts'
import { Banner, Button } from '../design/index.ts'
import { passphraseError } from './action.ts'
import { askForOwnPassphrase } from './own-passphrase-question.ts'

const words = accountMessages.first

/** Why a signature failed, where the field of the passphrase does not say it; with the way on for whoever must choose their own passphrase first. */
export function SignFailure({ failure }: { readonly failure: RequestError | null }) {
  if (!failure || passphraseError(failure) !== undefined) return null
  if (failure.code !== 'first-passphrase') return <Banner kind="failure" title={failure.message} />
  return (
    <Banner kind="failure" title={words.refused} aside={<Button onPress={askForOwnPassphrase}>{words.choose}</Button>}>
      {words.refusedText}
    </Banner>
  )
}
