import type { RequestError } from '../../shared/contract/index.ts'
import { accountMessages } from '../../shared/messages/account.ts'
import { everywhereMessages } from '../../shared/messages/everywhere.ts'
import { Banner, Button, Stack } from '../design/index.ts'
import { passphraseError } from './action.ts'
import { askForOwnPassphrase } from './own-passphrase-question.ts'

const words = accountMessages.first

/** Why a signature failed, where the field of the passphrase does not say it; with the way on for whoever must choose their own passphrase first. */
export function SignFailure({ failure }: { readonly failure: RequestError | null }) {
  if (!failure || passphraseError(failure) !== undefined) return null
  if (failure.code !== 'first-passphrase') return <Banner kind="failure" title={failure.message} />
  return <OwnPassphraseBanner />
}

/** In the place of a form whose end is a signature, for whoever cannot give one yet: before they fill it in. */
export function OwnPassphraseFirst({ onClose }: { readonly onClose: () => void }) {
  return (
    <Stack gap={3}>
      <OwnPassphraseBanner />
      <Button kind="ghost" onPress={onClose}>
        {everywhereMessages.close}
      </Button>
    </Stack>
  )
}

function OwnPassphraseBanner() {
  return (
    <Banner kind="failure" title={words.refused} aside={<Button onPress={askForOwnPassphrase}>{words.choose}</Button>}>
      {words.refusedText}
    </Banner>
  )
}
