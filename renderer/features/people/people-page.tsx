import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Banner, Body, BodyColumn, Button, Panel, Unread, ViewBar } from '../../design/index.ts'
import { keyDigits, peopleList, useMay, useSession } from '../../state/index.ts'
import { DeactivateDialog } from './deactivate-dialog.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { GrantsDialog } from './grants-dialog.tsx'
import { PeopleTable } from './people-table.tsx'
import type { PersonAct } from './person-acts.ts'
import styles from './people.module.css'
import { PermissionMatrix } from './permission-matrix.tsx'
import { PolicyPanel } from './policy-panel.tsx'
import { RecoverDialog } from './recover-dialog.tsx'
import { RolesDialog } from './roles-dialog.tsx'

type Open = { readonly act: 'enrol' } | { readonly act: PersonAct; readonly person: Person }

/** What was done last, which the table does not show by itself. */
interface Done {
  readonly title: string
  readonly text?: string
}

/** Who works here, what each may do, and how that is decided. */
export function PeoplePage() {
  const { value: people, error, reload } = peopleList.use('people')
  const mayManage = useMay('people.manage')
  const session = useSession()
  const [open, setOpen] = useState<Open | null>(null)
  const [done, setDone] = useState<Done | null>(null)
  const close = () => setOpen(null)
  const subject = (act: PersonAct) => (open?.act === act ? open.person : null)
  const active = people?.filter((person) => person.active).length ?? 0

  return (
    <>
      <ViewBar
        title={words.title}
        {...(mayManage ? {} : { meta: words.mayNotManage })}
        {...(mayManage
          ? {
              actions: (
                <Button kind="primary" icon="plus" onPress={() => setOpen({ act: 'enrol' })}>
                  {words.enrol}
                </Button>
              ),
            }
          : {})}
      />
      <Body>
        <BodyColumn>
          {done && (
            <Banner kind="success" title={done.title}>
              {done.text}
            </Banner>
          )}
          <Panel title={words.list} isFlush className={styles.people} {...(people ? { meta: words.count(active, people.length) } : {})}>
            {people ? (
              <PeopleTable
                people={people}
                self={session?.person.id}
                mayManage={mayManage}
                onAct={(act, person) => {
                  setDone(null)
                  setOpen({ act, person })
                }}
              />
            ) : (
              <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={5} />
            )}
          </Panel>
          <PolicyPanel mayManage={mayManage} />
          <Panel title={words.matrix} meta={words.matrixMeta} isFlush foot={words.fourEyes}>
            <PermissionMatrix />
          </Panel>
        </BodyColumn>
      </Body>
      <EnrolDialog
        isOpen={open?.act === 'enrol'}
        onClose={close}
        onEnrolled={(person) => {
          close()
          setDone({ title: words.form.enrolled(person.displayName) })
        }}
      />
      <RolesDialog person={subject('roles')} onClose={close} />
      <GrantsDialog person={subject('grants')} onClose={close} />
      <RecoverDialog
        person={subject('recover')}
        onClose={close}
        onRecovered={({ displayName, keyId }) => setDone({ title: words.recoverDialog.done(displayName), text: words.recoverDialog.doneText(displayName, keyDigits(keyId)) })}
      />
      <DeactivateDialog person={subject('deactivate')} onClose={close} />
      <EraseDialog person={subject('erase')} onClose={close} />
    </>
  )
}
