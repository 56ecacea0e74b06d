import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { rolesMessages } from '../../../shared/messages/roles.ts'
import { Banner, Body, BodyColumn, Button, Panel, Segmented, Unread, ViewBar } from '../../design/index.ts'
import { keyDigits, navigate, peopleList, useMay, useSession, type PeoplePart } from '../../state/index.ts'
import { DeactivateDialog } from './deactivate-dialog.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { GrantsDialog } from './grants-dialog.tsx'
import { PeopleTable } from './people-table.tsx'
import type { PersonAct } from './person-acts.ts'
import { RecoverDialog } from './recover-dialog.tsx'
import { RolesDialog } from './roles-dialog.tsx'
import { RolesView } from './roles-view.tsx'

type Open = { readonly act: 'enrol' } | { readonly act: PersonAct; readonly person: Person }

/** What was done last, which the table does not show by itself. */
interface Done {
  readonly title: string
  readonly text?: string
}

const PARTS = [
  { id: 'people', label: rolesMessages.people, icon: 'people' },
  { id: 'roles', label: rolesMessages.roles, icon: 'lock' },
] as const

/** Who works here; or, as a part of its own, which roles there are and what each may do. */
export function PeoplePage({ part }: { readonly part?: PeoplePart | undefined }) {
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
        meta={
          <>
            <Segmented label={rolesMessages.parts} segments={PARTS} value={part ?? 'people'} onChange={(id) => navigate({ page: 'people', ...(id === 'people' ? {} : { part: id }) })} />
            {!mayManage && <span>{words.mayNotManage}</span>}
          </>
        }
        actions={
          mayManage &&
          part === undefined && (
            <Button kind="primary" icon="plus" onPress={() => setOpen({ act: 'enrol' })}>
              {words.enrol}
            </Button>
          )
        }
      />
      <Body>
        {part === 'roles' ? (
          <RolesView people={people ?? []} mayManage={mayManage} />
        ) : (
          <BodyColumn>
            {done && (
              <Banner kind="success" title={done.title}>
                {done.text}
              </Banner>
            )}
            <Panel title={words.list} isFlush {...(people ? { meta: words.count(active, people.length) } : {})}>
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
          </BodyColumn>
        )}
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
