import { useState } from 'react'
import { BUILT_IN_ROLES, type Person, type RoleDefinition } from '../../../shared/contract/index.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { rolesMessages as words } from '../../../shared/messages/roles.ts'
import { Banner, BodyColumn, Button, IconButton, Menu, Panel, Table, Text, Unread, type Column } from '../../design/index.ts'
import { EntryLink } from '../../state/index.ts'
import styles from './people.module.css'
import { PermissionMatrix } from './permission-matrix.tsx'
import { PolicyPanel } from './policy-panel.tsx'
import { RemoveRoleDialog } from './remove-role-dialog.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { roleList } from './role-resources.ts'

type Open = { readonly act: 'define'; readonly subject: RoleDefinition | 'new' } | { readonly act: 'remove'; readonly role: string }

/** Which roles there are, what each lets somebody do, and what is kept apart. */
export function RolesView({ people, mayManage }: { readonly people: readonly Person[]; readonly mayManage: boolean }) {
  const { value: roles, error, reload } = roleList.use('roles')
  const [open, setOpen] = useState<Open | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const close = () => setOpen(null)
  const begin = (next: Open) => {
    setDone(null)
    setOpen(next)
  }
  const end = (what: string) => {
    close()
    setDone(what)
  }
  return (
    <BodyColumn>
      {done !== null && <Banner kind="success" title={done} />}
      <Panel
        title={words.title}
        meta={words.meta}
        isFlush
        className={styles.roles}
        actions={
          mayManage && (
            <Button size="small" icon="plus" onPress={() => begin({ act: 'define', subject: 'new' })}>
              {words.define}
            </Button>
          )
        }
      >
        {roles ? (
          <Table label={words.title} columns={roleColumns(people, mayManage, begin)} rows={roles} keyOf={({ role }) => role} />
        ) : (
          <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={4} />
        )}
      </Panel>
      <PolicyPanel mayManage={mayManage} />
      <Panel title={peopleMessages.matrix} meta={peopleMessages.matrixMeta} isFlush foot={peopleMessages.fourEyes}>
        <PermissionMatrix />
      </Panel>
      <RoleDialog
        subject={open?.act === 'define' ? open.subject : null}
        roles={roles ?? BUILT_IN_ROLES}
        onClose={close}
        onDefined={(role) => end(open?.act === 'define' && open.subject !== 'new' ? words.changed(role) : words.defined(role))}
      />
      <RemoveRoleDialog role={open?.act === 'remove' ? open.role : null} onClose={close} onRemoved={(role) => end(words.removed(role))} />
    </BodyColumn>
  )
}

function roleColumns(people: readonly Person[], mayManage: boolean, onAct: (open: Open) => void): Column<RoleDefinition>[] {
  const holdersOf = ({ role }: RoleDefinition) =>
    words.holders(people.filter(({ active, roles, grants }) => active && (roles.includes(role) || grants.some((grant) => grant.role === role))).map(({ displayName }) => displayName))
  const columns: Column<RoleDefinition>[] = [
    { id: 'role', header: words.columns.role, look: 'strong', text: ({ role }) => peopleMessages.roleName(role), cell: ({ role }) => peopleMessages.roleName(role) },
    { id: 'sentence', header: words.columns.sentence, look: 'dim', width: '50%', text: ({ sentence }) => sentence, cell: ({ sentence }) => <Text isCut title={sentence}>{sentence}</Text> },
    { id: 'holders', header: words.columns.holders, look: 'dim', text: holdersOf, cell: holdersOf },
    { id: 'entry', header: words.columns.entry, look: 'dim', text: ({ entry }) => String(entry ?? ''), cell: ({ entry }) => (entry === null ? words.builtIn : <EntryLink seq={entry} />) },
  ]
  if (!mayManage) return columns
  const acts: Column<RoleDefinition> = {
    id: 'acts',
    header: words.columns.acts,
    isHeaderHidden: true,
    align: 'end',
    width: '48px',
    cell: (definition) =>
      definition.entry !== null && (
        <Menu
          label={words.acts(definition.role)}
          trigger={<IconButton icon="more" label={words.acts(definition.role)} size="small" />}
          entries={[
            { id: 'define', label: words.change, icon: 'person' },
            { id: 'remove', label: words.remove, icon: 'delete', isDanger: true },
          ]}
          onAction={(act) => onAct(act === 'define' ? { act, subject: definition } : { act, role: definition.role })}
        />
      ),
  }
  return [...columns, acts]
}
