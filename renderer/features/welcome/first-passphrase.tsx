import { accountMessages } from '../../../shared/messages/account.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Button, Text } from '../../design/index.ts'
import { OwnPassphraseFields, useChangePassphrase } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = accountMessages.first

/** Between signing in and the workplace, for somebody whose passphrase another person chose. */
export function FirstPassphrase({ onChosen, onLater }: { readonly onChosen: () => void; readonly onLater: () => void }) {
  const changing = useChangePassphrase(words.noGiven, onChosen)
  return (
    <Front title={words.title} lead={words.lead}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          changing.submit()
        }}
      >
        <OwnPassphraseFields changing={changing} presentLabel={words.given} />
        <div className={styles.buttons}>
          <Button type="submit" kind="primary" size="large" isBusy={changing.isBusy}>
            {words.submit}
          </Button>
          <Button kind="ghost" size="large" onPress={onLater}>
            {welcomeMessages.later}
          </Button>
        </div>
        <Text as="p" size="small" tone="dim">
          {words.laterText}
        </Text>
      </form>
    </Front>
  )
}
