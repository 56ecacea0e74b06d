import { z } from 'zod'

export const ROLES = ['engineer', 'approver', 'auditor', 'administrator'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>

/**
 * The permission matrix, as data: which roles may do what. The orchestrator enforces it; the interface only reads it to explain a refusal.
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
  'model.read': ['engineer', 'approver', 'auditor', 'administrator'],
  /** Bringing in a model from outside; who does cannot approve it. */
  'model.import': ['engineer'],
  'model.request': ['engineer', 'approver'],
  /** Decisions that may count where the gate asks for the role; an approver's do where it asks for none. */
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

export function mayDo(roles: readonly Role[], permission: Permission): boolean {
  const allowed: readonly Role[] = PERMISSIONS[permission]
  return roles.some((role) => allowed.includes(role))
}
