import type { ReactNode } from 'react'
import { useId, useState } from 'react'
import { Button } from './button.tsx'
import type { Pair } from './key-value.tsx'
import { KeyValue } from './key-value.tsx'
import { PasswordField } from './text-field.tsx'
import styles from './signature.module.css'

export interface StatementProps {
  /** Leads into the statement: 'By signing you state'. */
  readonly label: string
  readonly children: ReactNode
}

/** The sentence that a signature stands under. */
export function Statement({ label, children }: StatementProps) {
  const id = useId()
  return (
    <div className={styles.group}>
      <span id={id} className={styles.label}>
        {label}
      </span>
      <blockquote aria-labelledby={id} className={styles.statement}>
        {children}
      </blockquote>
    </div>
  )
}

export interface SignaturePanelProps {
  /** What is signed: object, tree seen, key. */
  readonly facts: readonly Pair[]
  readonly statementLabel: string
  readonly statement: ReactNode
  readonly passphraseLabel: string
  readonly signLabel: string
  /** What follows from signing, and what can be taken back. */
  readonly consequence: ReactNode
  /** Receives the passphrase once; the field is emptied. */
  readonly onSign: (passphrase: string) => void
  readonly isBusy?: boolean
  /** The passphrase was wrong, or the key cannot sign: what happened and what to do. */
  readonly error?: string | undefined
  /** Why signing is closed: 'Only a second person can approve. Ask a Risk officer.' */
  readonly closed?: string | undefined
}

/**
 * Signs with a personal key. Statement and passphrase share one block that sticks to the bottom of what scrolls, so that nobody
 * signs what they do not see; the facts above may scroll away.
 */
export function SignaturePanel(props: SignaturePanelProps) {
  const { facts, statementLabel, statement, passphraseLabel, signLabel, consequence, onSign, isBusy = false, error, closed } = props
  const [passphrase, setPassphrase] = useState('')
  const isClosed = closed !== undefined
  return (
    <form
      className={styles.signature}
      onSubmit={(event) => {
        event.preventDefault()
        if (passphrase === '' || isBusy || isClosed) return
        onSign(passphrase)
        setPassphrase('')
      }}
    >
      <KeyValue pairs={facts} />
      <div className={styles.act}>
        <Statement label={statementLabel}>{statement}</Statement>
        <PasswordField
          label={passphraseLabel}
          value={passphrase}
          onChange={setPassphrase}
          autoComplete="current-password"
          isDisabled={isClosed}
          error={error}
        />
        <Button
          type="submit"
          kind="primary"
          size="large"
          icon="sign"
          isWide
          isBusy={isBusy}
          isDisabled={passphrase === ''}
          disabledReason={closed}
        >
          {signLabel}
        </Button>
        <p className={styles.consequence}>{consequence}</p>
      </div>
    </form>
  )
}
