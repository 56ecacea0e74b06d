import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { PasswordField, TextField } from '../../design/index.ts'
import type { accountProblems, NewAccount } from './new-account.ts'
import styles from './welcome.module.css'

const words = welcomeMessages.setUp

export interface AccountFieldsProps {
  readonly account: NewAccount
  readonly onChange: (account: NewAccount) => void
  /** Shown once the person tried to go on. */
  readonly problems: ReturnType<typeof accountProblems>
}

/** Name, sign-in name and a passphrase typed twice. */
export function AccountFields({ account, onChange, problems }: AccountFieldsProps) {
  const set = (part: Partial<NewAccount>) => onChange({ ...account, ...part })
  const reveal = { show: words.show, hide: words.hide }
  return (
    <>
      <div className={styles.pair}>
        <TextField label={words.displayName} value={account.displayName} onChange={(displayName) => set({ displayName })} autoComplete="off" error={problems.displayName} />
        <TextField label={words.handle} description={words.handleHint} value={account.handle} onChange={(handle) => set({ handle })} autoComplete="off" error={problems.handle} />
      </div>
      <div className={styles.pair}>
        <PasswordField label={words.passphrase} value={account.passphrase} onChange={(passphrase) => set({ passphrase })} autoComplete="new-password" reveal={reveal} error={problems.passphrase} />
        <PasswordField label={words.again} value={account.again} onChange={(again) => set({ again })} autoComplete="new-password" reveal={reveal} error={problems.again} />
      </div>
    </>
  )
}
