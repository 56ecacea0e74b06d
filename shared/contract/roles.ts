import { z } from 'zod'

/** The roles that every workplace has. What they may do is `PERMISSIONS`; nothing in a workplace changes it. */
export const ROLES = ['engineer', 'approver', 'auditor', 'administrator'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>

/** What each is there for. */
export const ROLE_SENTENCES: Readonly<Record<Role, string>> = {
  engineer: 'Changes pipelines, takes snapshots, starts runs and asks for promotions.',
  approver: 'Decides on promotions of versions that somebody else trained, and signs evidence packs.',
  auditor: 'Reads everything, exports evidence packs and places legal holds; changes nothing else.',
  administrator: 'Enrols people, gives roles and adds projects; decides on no model unless the policy lets them.',
}

/** How a role is called: one of `ROLES`, or one that an administrator defined. */
export const RoleName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, a letter first, at most 32')
export type RoleName = z.infer<typeof RoleName>

/**
 * The permission matrix of the built-in roles, as data. The orchestrator enforces it; the interface only reads it to explain a refusal.
 * Whether a person may decide on a particular model also depends on who trained it (four eyes), which the registry checks.
 */
export const PERMISSIONS = {
  'people.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'people.manage': ['administrator'],
  'keys.manage': ['administrator'],
  'project.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'project.manage': ['engineer', 'administrator'],
  'dataset.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'dataset.snapshot': ['engineer'],
  'dataset.export': ['engineer', 'auditor'],
  'run.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'run.start': ['engineer'],
  'run.cancel': ['engineer', 'administrator'],
  /** How the machine is shared, where else stages run, and what it costs. */
  'machine.manage': ['administrator'],
  'model.read': ['engineer', 'approver', 'auditor', 'administrator'],
  /** Bringing in a model from outside; who does cannot approve it. */
  'model.import': ['engineer'],
  'model.request': ['engineer', 'approver'],
  /** Decisions that may count where the gate asks for the role; those of who holds `model.decide` do where it asks for none. */
  'model.sign': ['approver', 'auditor'],
  'model.decide': ['approver'],
  /** Aliases and tags. */
  'model.label': ['engineer', 'approver'],
  /** Legal holds, placed and released. */
  'model.hold': ['approver', 'auditor'],
  'ledger.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'backup.manage': ['administrator'],
  'ledger.anchor': ['approver', 'auditor', 'administrator'],
  'evidence.read': ['engineer', 'approver', 'auditor', 'administrator'],
  'evidence.export': ['approver', 'auditor'],
  'orchestrator.stop': ['engineer', 'administrator'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof PERMISSIONS
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[]
export const PermissionName = z.enum(PERMISSION_NAMES as [Permission])

/** What a built-in role may do. */
export function permissionsOf(role: Role): Permission[] {
  return PERMISSION_NAMES.filter((permission) => (PERMISSIONS[permission] as readonly Role[]).includes(role))
}

/** What no defined role may do: whoever enrols people and gives roles could give themselves any, so that they are told by the name `administrator`. */
export const RESERVED: readonly Permission[] = ['people.manage', 'keys.manage']

/** Who may, for a refusal. Roles that the workplace defined are not named: what they are called is nobody's who may not read of people. */
export function rolesWith(permission: Permission): string {
  const builtIn = `the role ${PERMISSIONS[permission].join(' or ')}`
  return RESERVED.includes(permission) ? builtIn : `${builtIn}, or one of the workplace's own that has ${permission}`
}

/** What cannot be done without something else: a defined role has both. */
const NEEDS: Partial<Record<Permission, readonly Permission[]>> = {
  'project.manage': ['project.read'],
  'dataset.read': ['project.read'],
  'dataset.snapshot': ['dataset.read'],
  'dataset.export': ['dataset.read'],
  'run.read': ['project.read'],
  // Starting a run takes snapshots of what it reads, signed by who starts it.
  'run.start': ['run.read', 'dataset.snapshot'],
  'run.cancel': ['run.read'],
  'model.read': ['project.read'],
  'model.request': ['model.read'],
  'model.import': ['model.read'],
  'model.sign': ['model.read'],
  'model.decide': ['model.sign'],
  'model.label': ['model.read'],
  'model.hold': ['model.read'],
  'ledger.anchor': ['ledger.read'],
  'evidence.read': ['model.read'],
  'evidence.export': ['evidence.read'],
}

/** What a list of permissions needs that is not on it, in the order of the matrix. */
export function missingPermissions(permissions: readonly Permission[]): Permission[] {
  const all = new Set(permissions)
  // A set is walked to its end, what is added on the way too.
  for (const each of all) for (const needed of NEEDS[each] ?? []) all.add(needed)
  return PERMISSION_NAMES.filter((permission) => all.has(permission) && !permissions.includes(permission))
}

/** A role of the workplace. `entry`: the one that defined it as it is; null for a built-in one. */
export const RoleDefinition = z.object({ role: RoleName, sentence: z.string(), permissions: z.array(PermissionName), entry: z.number().int().nullable() })
export type RoleDefinition = z.infer<typeof RoleDefinition>

export const BUILT_IN_ROLES: readonly RoleDefinition[] = ROLES.map((role) => ({ role, sentence: ROLE_SENTENCES[role], permissions: permissionsOf(role), entry: null }))
