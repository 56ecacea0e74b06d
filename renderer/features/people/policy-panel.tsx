import { useState } from 'react'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { Button, Dialog, DialogForm, Panel, PasswordField, Row, Text, TextField, Unread } from '../../design/index.ts'
import { EntryLink, passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'
import styles from './people.module.css'
import { policyState } from './role-resources.ts'

const words = peopleMessages.policy

/** What the workplace keeps apart, and the change of it. */
export function PolicyPanel({ mayManage }: { readonly mayManage: boolean }) {
  const { value: policy, error, reload } = policyState.use('policy')
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  if (!policy) {
    return (
      <Panel title={words.title} className={styles.policy}>
        <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={1} />
      </Panel>
    )
  }
  const next = policy.administratorsDecide === 'yes' ? 'no' : 'yes'
  return (
    <Panel title={words.title} className={styles.policy}>
      <Row>
        <Text>{words.says[policy.administratorsDecide]}</Text>
        {policy.reason !== '' && <Text tone="dim">{policy.reason}</Text>}
        {policy.entry !== null && <EntryLink seq={policy.entry} />}
        {mayManage && (
          <Button size="small" onPress={() => setOpen(true)}>
            {words.change[next]}
          </Button>
        )}
      </Row>
      <Dialog isOpen={isOpen} onClose={close} title={words.change[next]} isAlert>
        <PolicyForm next={next} onClose={close} />
      </Dialog>
    </Panel>
  )
}

function PolicyForm({ next, onClose }: { readonly next: 'yes' | 'no'; readonly onClose: () => void }) {
  const api = useApi()
  const [reason, setReason] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const { start: set, isBusy, failure, forget } = useAction(async () => {
    policyState.set('policy', await api.call('policy.set', { administratorsDecide: next, reason, passphrase }))
    onClose()
  })
  const wrong = passphraseError(failure)
  return (
    <DialogForm onSubmit={set} submitLabel={words.sign} submitIcon="sign" onCancel={onClose} missing={[reason.trim() === '' && words.reason, passphrase === '' && peopleMessages.ownPassphrase]} isBusy={isBusy} isDanger={next === 'yes'} failure={<SignFailure failure={failure} />}>
      <Text as="p">{words.says[next]}</Text>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <TextField label={words.reason} description={words.reasonHint} value={reason} onChange={setReason} autoFocus />
      <PasswordField
        label={peopleMessages.ownPassphrase}
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value)
          forget()
        }}
        autoComplete="current-password"
        error={wrong}
      />
    </DialogForm>
  )
}
