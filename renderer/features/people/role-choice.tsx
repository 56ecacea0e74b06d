import { BUILT_IN_ROLES } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Checkbox, Stack, Text } from '../../design/index.ts'
import { roleList } from './role-resources.ts'

export interface RoleChoiceProps {
  readonly value: readonly string[]
  readonly onChange: (roles: string[]) => void
  readonly error?: string | undefined
}

/** One or more roles, each with what it is there for. */
export function RoleChoice({ value, onChange, error }: RoleChoiceProps) {
  const { value: roles = BUILT_IN_ROLES } = roleList.use('roles')
  return (
    <div role="group" aria-label={words.form.roles}>
      <Stack gap={2}>
        <Text size="small" tone="dim">
          {words.form.roles}
        </Text>
        {roles.map(({ role, sentence }) => (
          <Checkbox
            key={role}
            isSelected={value.includes(role)}
            isInvalid={error !== undefined}
            onChange={(isChosen) => onChange(isChosen ? [...value, role] : value.filter((each) => each !== role))}
          >
            <Stack gap={1}>
              <Text>{words.roleName(role)}</Text>
              <Text size="small" tone="dim">
                {sentence}
              </Text>
            </Stack>
          </Checkbox>
        ))}
        {error !== undefined && (
          <Text size="small" tone="danger">
            {error}
          </Text>
        )}
      </Stack>
    </div>
  )
}
