import { defineResource } from '../../state/index.ts'

/** The built-in roles, then those of the workplace. */
export const roleList = defineResource(
  (api, _: 'roles') => api.call('roles.list', {}),
  ({ type }) => type === 'people.changed',
)

export const policyState = defineResource(
  (api, _: 'policy') => api.call('policy.get', {}),
  ({ type }) => type === 'people.changed',
)
