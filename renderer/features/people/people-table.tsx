import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Chip, Hash, IconButton, Menu, Row, Table, Tag, Text, type Column } from '../../design/index.ts'
import { EntryLink, keyDigits } from '../../state/index.ts'
import { actsOn, stateOf, type PersonAct } from './person-acts.ts'

export interface PeopleTableProps {
  readonly people: readonly Person[]
  /** Id of the person who looks. */
  readonly self: string | undefined
  readonly mayManage: boolean
  readonly onAct: (act: PersonAct, person: Person) => void
}

/** People, those who are active first. Enter on a row changes roles, for those who may. */
export function PeopleTable({ people, self, mayManage, onAct }: PeopleTableProps) {
  const [selected, setSelected] = useState<string | null>(null)
  const rows = people.toSorted((a, b) => Number(b.active) - Number(a.active) || a.displayName.localeCompare(b.displayName))
  const columns: Column<Person>[] = [
    {
      id: 'name',
      header: words.columns.name,
      look: 'strong',
      text: (person) => person.displayName,
      cell: (person) => (
        <Row>
          {person.displayName}
          {person.id === self && (
            <Text size="small" tone="faint">
              {words.you}
            </Text>
          )}
        </Row>
      ),
    },
    { id: 'handle', header: words.columns.handle, look: 'mono', text: (person) => person.handle, cell: (person) => person.handle },
    {
      id: 'roles',
      header: words.columns.roles,
      text: words.held,
      cell: (person) => (
        <Row gap={1}>
          {person.roles.map((role) => (
            <Chip key={role}>{words.roleName(role)}</Chip>
          ))}
          {person.grants.map((grant) => (
            <Chip key={words.held({ roles: [], grants: [grant] })}>{words.held({ roles: [], grants: [grant] })}</Chip>
          ))}
        </Row>
      ),
    },
    {
      id: 'state',
      header: words.columns.state,
      text: stateOf,
      cell: (person) => (
        <Row>
          {person.active ? <Tag tone="success" icon="circle-check">{words.active}</Tag> : <Tag icon={person.erased ? 'eye-off' : 'minus'}>{stateOf(person)}</Tag>}
          {person.active && person.passphraseBy === 'another' && (
            <Text size="small" tone="faint">
              {words.passphraseByAnother}
            </Text>
          )}
        </Row>
      ),
    },
    {
      id: 'key',
      header: words.columns.key,
      text: (person) => person.keyId,
      cell: (person) => <Hash value={keyDigits(person.keyId)} isCopyable copyLabel={words.copyKey} />,
    },
    {
      id: 'enrolled',
      header: words.columns.enrolled,
      text: (person) => String(person.enrolledEntry),
      cell: (person) => <EntryLink seq={person.enrolledEntry} />,
    },
  ]
  const acts: Column<Person> = {
    id: 'acts',
    header: words.columns.acts,
    isHeaderHidden: true,
    align: 'end',
    width: '48px',
    cell: (person) => {
      const acts = actsOn(person, self)
      return (
        acts.length > 0 && (
          <Menu
            label={words.acts(person.displayName)}
            trigger={<IconButton icon="more" label={words.acts(person.displayName)} size="small" />}
            entries={acts}
            onAction={(act) => onAct(act, person)}
          />
        )
      )
    },
  }
  return (
    <Table
      label={words.list}
      columns={mayManage ? [...columns, acts] : columns}
      rows={rows}
      keyOf={(person) => person.id}
      selected={selected}
      onSelect={setSelected}
      onOpen={(id) => {
        const person = people.find((each) => each.id === id)
        if (mayManage && person?.active) onAct('roles', person)
      }}
    />
  )
}
