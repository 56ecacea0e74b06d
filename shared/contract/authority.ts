import { z } from 'zod'
import { ModelName, ProjectId } from './ids.ts'
import { PermissionName, permissionsOf, Role, RoleName, type Permission } from './roles.ts'

/** For what a granted role is held. A role that is held for the organisation has none. */
export const Scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('project'), project: ProjectId }),
  z.strictObject({ kind: z.literal('model'), project: ProjectId, model: ModelName }),
])
export type Scope = z.infer<typeof Scope>

/** A role that somebody holds for a project or a model alone. */
export const Grant = z.object({ role: RoleName, scope: Scope })
export type Grant = z.infer<typeof Grant>

/** What a request, an entry or an event is about; one of the organisation has none. */
export interface Target {
  readonly project: string
  readonly model?: string | undefined
}

const OF_MODELS: readonly Permission[] = ['model.read', 'model.request', 'model.import', 'model.sign', 'model.decide', 'model.label', 'model.hold', 'evidence.read', 'evidence.export']

/** What of a role reaches so far; the rest of it takes the organisation. Whoever is there for one model sees what its project is for. */
export const SCOPED_PERMISSIONS: Readonly<Record<Scope['kind'], readonly Permission[]>> = {
  project: ['project.read', 'project.manage', 'dataset.read', 'dataset.snapshot', 'dataset.export', 'run.read', 'run.start', 'run.cancel', ...OF_MODELS],
  model: ['project.read', ...OF_MODELS],
}

/** What keeps the duties of administrators apart: `yes` lets who holds `people.manage` decide on models too. */
export const Policy = z.object({ administratorsDecide: z.enum(['yes', 'no']) })
export type Policy = z.infer<typeof Policy>
export const DEFAULT_POLICY: Policy = { administratorsDecide: 'no' }

/** What the policy keeps from who holds `people.manage`: to decide and to sign on models. */
export const KEPT_APART: readonly Permission[] = ['model.sign', 'model.decide']

/** A role as somebody holds it: what it lets them do, and where; `scope` is null for the whole organisation. */
export const Holding = z.object({ role: RoleName, scope: Scope.nullable(), permissions: z.array(PermissionName).readonly() })
export type Holding = z.infer<typeof Holding>

/**
 * What somebody may do by the roles that they hold.
 *
 * @param defined what each role that the workplace defined may do. One that is not there, and is not built in, may do nothing.
 */
export function holdingsOf(roles: readonly string[], grants: readonly Grant[], defined: ReadonlyMap<string, readonly Permission[]>, policy: Policy): Holding[] {
  const held = [...roles.map((role) => ({ role, scope: null })), ...grants].map(({ role, scope }): Holding => {
    const builtIn = Role.safeParse(role)
    const permissions = builtIn.success ? permissionsOf(builtIn.data) : (defined.get(role) ?? [])
    return { role, scope, permissions: scope === null ? permissions : permissions.filter((each) => SCOPED_PERMISSIONS[scope.kind].includes(each)) }
  })
  if (policy.administratorsDecide === 'yes' || !mayDo(held, 'people.manage')) return held
  return held.map((holding) => ({ ...holding, permissions: holding.permissions.filter((each) => !KEPT_APART.includes(each)) }))
}

/** Whether one of the roles lets its holder do that to the target; without one, for the organisation. */
export function mayDo(holdings: readonly Holding[], permission: Permission, target?: Target): boolean {
  return holdings.some((holding) => holding.permissions.includes(permission) && reaches(holding.scope, permission, target))
}

/** Whether one of the roles lets its holder do that to anything at all, or to anything of a project. */
export function mayDoSomewhere(holdings: readonly Holding[], permission: Permission, project?: string): boolean {
  return holdings.some(({ permissions, scope }) => permissions.includes(permission) && (scope === null || project === undefined || scope.project === project))
}

/** The names of the roles that somebody holds for a model. */
export function rolesFor(holdings: readonly Holding[], { project, model }: Required<Target>): string[] {
  const held = holdings.filter(({ scope }) => scope === null || (scope.project === project && (scope.kind === 'project' || scope.model === model)))
  return [...new Set(held.map(({ role }) => role))]
}

function reaches(scope: Scope | null, permission: Permission, target: Target | undefined): boolean {
  if (scope === null) return true
  if (scope.project !== target?.project) return false
  return scope.kind === 'project' || permission === 'project.read' || scope.model === target.model
}
