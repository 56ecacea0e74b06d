import type { ReactNode } from 'react'
import { useId, useState } from 'react'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
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
  /** A field that belongs to what is signed: a comment. The next stop after it is the passphrase. */
  readonly children?: ReactNode
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
  /** Stands in a panel whose body has no padding. */
  readonly isFlush?: boolean
}

const PASSPHRASE = 'passphrase'

/**
 * Signs with a personal key. Facts, statement and passphrase are one block that sticks to the bottom of what scrolls, so that nobody signs
 * what they do not see; whatever stands above it may scroll away. Without a passphrase the button, and Ctrl Enter, lead to its field.
 */
export function SignaturePanel(props: SignaturePanelProps) {
  const { facts, statementLabel, statement, passphraseLabel, signLabel, consequence, onSign, children, isBusy = false, error, isFlush = false } = props
  const [passphrase, setPassphrase] = useState('')
  return (
    <form
      className={classNames(styles.signature, isFlush && styles.flush)}
      onSubmit={(event) => {
        event.preventDefault()
        if (isBusy) return
        if (passphrase === '') {
          const field = event.currentTarget.elements.namedItem(PASSPHRASE)
          if (field instanceof HTMLElement) field.focus()
          return
        }
        onSign(passphrase)
        setPassphrase('')
      }}
    >
      <KeyValue pairs={facts} />
      {children}
      <Statement label={statementLabel}>{statement}</Statement>
      <PasswordField
        name={PASSPHRASE}
        label={passphraseLabel}
        value={passphrase}
        onChange={setPassphrase}
        autoComplete="current-password"
        error={error}
      />
      <Button type="submit" kind="primary" size="large" icon="sign" isWide isBusy={isBusy}>
        {signLabel}
      </Button>
      <p className={styles.consequence}>{consequence}</p>
    </form>
  )
}
