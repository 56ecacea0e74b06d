import { useState } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import type { Person } from '../../shared/contract/index.ts'
import { accountMessages } from '../../shared/messages/account.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { peopleMessages } from '../../shared/messages/people.ts'
import { Identity, Menu, VisuallyHidden } from '../design/index.ts'
import { OwnKeyDialog, PassphraseDialog } from '../features/account/index.ts'
import { endOwnPassphraseQuestion, keyDigits, navigate, useOwnPassphraseQuestion } from '../state/index.ts'
import styles from './account-menu.module.css'
import { notify } from './notices.ts'

const words = appMessages.rail

export interface AccountMenuProps {
  /** Who is signed in here. */
  readonly person: Person
  readonly onSignOut: () => void
}

/** Who one is here, and what one does with one's own account. */
export function AccountMenu({ person, onSignOut }: AccountMenuProps) {
  const [open, setOpen] = useState<'passphrase' | 'key' | null>(null)
  const { isAsked } = useOwnPassphraseQuestion()
  const close = () => {
    setOpen(null)
    endOwnPassphraseQuestion()
  }
  const initials = person.displayName.split(/\s+/).map((word) => word[0] ?? '').slice(0, 2).join('').toUpperCase()
  const act = (id: 'passphrase' | 'key' | 'settings' | 'sign-out') => {
    if (id === 'settings') return navigate({ page: 'settings' })
    if (id === 'sign-out') return onSignOut()
    setOpen(id)
  }
  return (
    <>
      <Menu
        label={words.account}
        placement="top start"
        trigger={
          <AriaButton className={styles.account ?? ''}>
            <VisuallyHidden>{`${words.account} `}</VisuallyHidden>
            <Identity initials={initials} name={person.displayName} detail={peopleMessages.held(person)} />
          </AriaButton>
        }
        entries={[
          { id: 'passphrase', label: words.changePassphrase, icon: 'lock', ...(person.passphraseBy === 'another' ? { detail: words.passphraseByAnother } : {}) },
          { id: 'key', label: words.newKey, icon: 'key', detail: keyDigits(person.keyId) },
          { id: 'settings', label: words.settings, icon: 'settings' },
          { id: 'sign-out', label: words.signOut, icon: 'sign-out', detail: person.handle },
        ]}
        onAction={act}
      />
      <PassphraseDialog
        isOpen={open === 'passphrase' || isAsked}
        onClose={close}
        onChanged={() => notify({ kind: 'success', title: accountMessages.passphrase.done, detail: accountMessages.passphrase.doneText })}
      />
      <OwnKeyDialog
        isOpen={open === 'key'}
        onClose={close}
        onRotated={({ keyId }) => notify({ kind: 'success', title: accountMessages.key.done, detail: accountMessages.key.doneText(keyDigits(keyId)) })}
      />
    </>
  )
}
