import { useState } from 'react'
import type { RoleDefinition } from '../../../shared/contract/index.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { rolesMessages } from '../../../shared/messages/roles.ts'
import { Checkbox, Dialog, DialogForm, Stack, Text, TextField } from '../../design/index.ts'
import { SignFailure, useAction, useApi } from '../../state/index.ts'
import styles from './people.module.css'
import { CHOICES, draftOf, EMPTY_ROLE, permissionsOfDraft, roleProblems } from './role-draft.ts'

const words = rolesMessages.dialog

export interface RoleDialogProps {
  /** The role to change, `new` for another one, null while the dialog is closed. */
  readonly subject: RoleDefinition | 'new' | null
  readonly roles: readonly RoleDefinition[]
  readonly onClose: () => void
  readonly onDefined: (role: string) => void
}

/** Defines a role of the workplace, or makes one another. */
export function RoleDialog({ subject, ...rest }: RoleDialogProps) {
  const title = subject === null || subject === 'new' ? words.defineTitle : words.changeTitle(subject.role)
  return (
    <Dialog isOpen={subject !== null} onClose={rest.onClose} title={title}>
      {subject !== null && <RoleForm changed={subject === 'new' ? null : subject} {...rest} />}
    </Dialog>
  )
}

/* Its own component, so that what was entered is gone when the dialog closes. */
function RoleForm({ changed, roles, onClose, onDefined }: Omit<RoleDialogProps, 'subject'> & { readonly changed: RoleDefinition | null }) {
  const api = useApi()
  const [draft, setDraft] = useState(changed ? draftOf(changed) : EMPTY_ROLE)
  const [isTried, setTried] = useState(false)
  const permissions = permissionsOfDraft(draft)
  const problems = roleProblems(draft, changed ? [] : roles.map(({ role }) => role))
  const said = isTried ? problems : {}
  const { start: define, isBusy, failure } = useAction(async () => {
    const { role } = await api.call('roles.define', { role: draft.role, sentence: draft.sentence.trim(), permissions })
    onDefined(role)
  })
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length === 0) define()
  }
  return (
    <DialogForm onSubmit={submit} submitLabel={changed ? words.change : words.define} onCancel={onClose} isBusy={isBusy}>
      <SignFailure failure={failure} />
      {!changed && <TextField label={words.name} description={words.nameHint} value={draft.role} onChange={(role) => setDraft({ ...draft, role })} error={said.role} autoComplete="off" autoFocus isMono />}
      <TextField label={words.sentence} value={draft.sentence} onChange={(sentence) => setDraft({ ...draft, sentence })} error={said.sentence} maxLength={500} autoFocus={changed !== null} />
      <div role="group" aria-label={words.permissions}>
        <Stack gap={2}>
          <Text size="small" tone="dim">
            {words.permissions}
          </Text>
          <div className={styles.choices}>
            {CHOICES.map((each) => {
              const isChosen = draft.chosen.includes(each)
              const isNeeded = !isChosen && permissions.includes(each)
              return (
                <Checkbox
                  key={each}
                  isSelected={isChosen || isNeeded}
                  isDisabled={isNeeded}
                  isInvalid={said.permissions !== undefined}
                  onChange={(isOn) => setDraft({ ...draft, chosen: isOn ? [...draft.chosen, each] : draft.chosen.filter((other) => other !== each) })}
                >
                  <Text>{peopleMessages.permissions[each]}</Text>
                  {isNeeded && (
                    <Text as="div" size="small" tone="dim">
                      {words.needed}
                    </Text>
                  )}
                </Checkbox>
              )
            })}
          </div>
          {said.permissions !== undefined && (
            <Text size="small" tone="danger">
              {said.permissions}
            </Text>
          )}
        </Stack>
      </div>
      <Text as="p" size="small" tone="dim">
        {changed ? words.changes : words.reserved}
      </Text>
    </DialogForm>
  )
}
