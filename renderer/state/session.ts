import { mayDo, mayDoSomewhere, type Permission, type Session, type Target } from '../../shared/contract/index.ts'
import { defineResource } from './resource.ts'

/** Whether the workplace is set up, and who is signed in here. */
export const workplaceState = defineResource(
  (api, _: 'workplace') => api.call('workplace.state', {}),
  ({ type }) => type === 'workplace.changed' || type === 'session.changed' || type === 'people.changed',
)

export function useSession(): Session | null {
  return workplaceState.use('workplace').value?.session ?? null
}

/** Whether the person here may do that to the target, or without one for the organisation: so that nothing is offered which is refused. The orchestrator decides. */
export function useMay(permission: Permission, target?: Target): boolean {
  return mayDo(useSession()?.holdings ?? [], permission, target)
}

/** Whether the person here may do that to anything at all of a project. */
export function useMaySomewhere(permission: Permission, project: string): boolean {
  return mayDoSomewhere(useSession()?.holdings ?? [], permission, project)
}
