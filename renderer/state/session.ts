import type { Permission, Session } from '../../shared/contract/index.ts'
import { defineResource } from './resource.ts'

/** Whether the workplace is set up, and who is signed in here. */
export const workplaceState = defineResource(
  (api, _: 'workplace') => api.call('workplace.state', {}),
  ({ type }) => type === 'workplace.changed' || type === 'session.changed' || type === 'people.changed',
)

export function useSession(): Session | null {
  return workplaceState.use('workplace').value?.session ?? null
}

/** Whether the person here holds a permission: to explain a refusal beforehand. The orchestrator decides. */
export function useMay(permission: Permission): boolean {
  return useSession()?.permissions.includes(permission) ?? false
}
