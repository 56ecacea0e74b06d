import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import type { MenuEntry } from '../../design/index.ts'

/** What is done about somebody's account, each in a dialog of its own. */
export type PersonAct = 'roles' | 'grants' | 'recover' | 'deactivate' | 'erase'

/** What may be done: nobody recovers their own key or ends their own account; names are erased once the account has ended. */
export function actsOn({ id, active, erased }: Pick<Person, 'id' | 'active' | 'erased'>, self: string | undefined): MenuEntry<PersonAct>[] {
  if (!active) return erased ? [] : [{ id: 'erase', label: words.erase, icon: 'delete', isDanger: true }]
  const roles: MenuEntry<PersonAct>[] = [
    { id: 'roles', label: words.changeRoles, icon: 'person' },
    { id: 'grants', label: words.changeGrants, icon: 'model' },
  ]
  if (id === self) return roles
  return [...roles, { id: 'recover', label: words.recover, icon: 'key' }, { id: 'deactivate', label: words.deactivate, icon: 'circle-x', isDanger: true }]
}

export function stateOf({ active, erased }: Pick<Person, 'active' | 'erased'>): string {
  return active ? words.active : erased ? words.erased : words.deactivated
}
