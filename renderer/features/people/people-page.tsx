import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Banner, Body, BodyColumn, Button, Panel, Unread, ViewBar } from '../../design/index.ts'
import { peopleList, useMay, useSession } from '../../state/index.ts'
import { DeactivateDialog } from './deactivate-dialog.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'
import { PeopleTable } from './people-table.tsx'
import styles from './people.module.css'
import { PermissionMatrix } from './permission-matrix.tsx'
import { RolesDialog } from './roles-dialog.tsx'

type Open = { readonly act: 'enrol' } | { readonly act: 'roles' | 'deactivate'; readonly person: Person }

/** Who works here, what each may do, and how that is decided. */
export function PeoplePage() {
  const { value: people, error, reload } = peopleList.use('people')
  const mayManage = useMay('people.manage')
  const session = useSession()
  const [open, setOpen] = useState<Open | null>(null)
  const [enrolled, setEnrolled] = useState<Person | null>(null)
  const close = () => setOpen(null)
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
          {enrolled && <Banner kind="success" title={words.form.enrolled(enrolled.displayName)} />}
          <Panel title={words.list} isFlush className={styles.people} {...(people ? { meta: words.count(active, people.length) } : {})}>
            {people ? (
              <PeopleTable
                people={people}
                self={session?.person.id}
                mayManage={mayManage}
                onRoles={(person) => setOpen({ act: 'roles', person })}
                onDeactivate={(person) => setOpen({ act: 'deactivate', person })}
              />
            ) : (
              <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={5} />
            )}
          </Panel>
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
          setEnrolled(person)
        }}
      />
      <RolesDialog person={open?.act === 'roles' ? open.person : null} onClose={close} />
      <DeactivateDialog person={open?.act === 'deactivate' ? open.person : null} onClose={close} />
    </>
  )
}
