import { PERMISSION_NAMES, permissionsOf, ROLES, type Permission, type Role } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Icon, Table, Text, VisuallyHidden, type Column } from '../../design/index.ts'

/** Which role may do what: the orchestrator's own data, read and not kept a second time. */
export function PermissionMatrix() {
  const roleColumn = (role: Role): Column<Permission> => ({
    id: role,
    header: words.roles[role].name,
    width: '14%',
    text: (permission) => (permissionsOf(role).includes(permission) ? words.may : words.mayNot),
    cell: (permission) => {
      const isAllowed = permissionsOf(role).includes(permission)
      return (
        <Text tone={isAllowed ? 'success' : 'faint'}>
          <Icon name={isAllowed ? 'check' : 'minus'} size="small" />
          <VisuallyHidden>{isAllowed ? words.may : words.mayNot}</VisuallyHidden>
        </Text>
      )
    },
  })
  const columns: Column<Permission>[] = [
    { id: 'permission', header: words.permission, text: (permission) => words.permissions[permission], cell: (permission) => words.permissions[permission] },
    ...ROLES.map(roleColumn),
  ]
  return <Table label={words.matrix} columns={columns} rows={PERMISSION_NAMES} keyOf={(permission) => permission} />
}
