import { BUILT_IN_ROLES, PERMISSION_NAMES, type Permission, type RoleDefinition } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Icon, Table, Text, VisuallyHidden, type Column } from '../../design/index.ts'
import { roleList } from './role-resources.ts'

/** Which role may do what: the orchestrator's own data, read and not kept a second time. */
export function PermissionMatrix() {
  const { value: roles = BUILT_IN_ROLES } = roleList.use('roles')
  const roleColumn = ({ role, permissions }: RoleDefinition): Column<Permission> => ({
    id: role,
    header: words.roleName(role),
    ...(roles.length > BUILT_IN_ROLES.length ? {} : { width: '14%' }),
    text: (permission) => (permissions.includes(permission) ? words.may : words.mayNot),
    cell: (permission) => {
      const isAllowed = permissions.includes(permission)
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
    ...roles.map(roleColumn),
  ]
  return <Table label={words.matrix} columns={columns} rows={PERMISSION_NAMES} keyOf={(permission) => permission} />
}
