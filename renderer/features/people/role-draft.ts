import { missingPermissions, PERMISSION_NAMES, RESERVED, RoleName, type Permission } from '../../../shared/contract/index.ts'
import { rolesMessages } from '../../../shared/messages/roles.ts'

const words = rolesMessages.dialog

/** A role as it is being written. */
export interface RoleDraft {
  readonly role: string
  readonly sentence: string
  /** What was chosen; what it needs besides is found. */
  readonly chosen: readonly Permission[]
}

export const EMPTY_ROLE: RoleDraft = { role: '', sentence: '', chosen: [] }

/** What a role of the workplace can be given. */
export const CHOICES: readonly Permission[] = PERMISSION_NAMES.filter((permission) => !RESERVED.includes(permission))

/** A role that is to be changed: of its permissions those that no other one of it needs anyway. */
export function draftOf({ role, sentence, permissions }: { readonly role: string; readonly sentence: string; readonly permissions: readonly Permission[] }): RoleDraft {
  return { role, sentence, chosen: permissions.filter((each) => !missingPermissions(permissions.filter((other) => other !== each)).includes(each)) }
}

/** What the role would have: what was chosen and what that cannot do without. */
export function permissionsOfDraft({ chosen }: RoleDraft): Permission[] {
  const needed = missingPermissions(chosen)
  return PERMISSION_NAMES.filter((each) => chosen.includes(each) || needed.includes(each))
}

export interface RoleProblems {
  readonly role?: string
  readonly sentence?: string
  readonly permissions?: string
}

/** What is still wrong. `taken`: the names of other roles. */
export function roleProblems({ role, sentence, chosen }: RoleDraft, taken: readonly string[]): RoleProblems {
  return {
    ...(RoleName.safeParse(role).success ? (taken.includes(role) ? { role: words.taken } : {}) : { role: words.badName }),
    ...(sentence.trim() === '' ? { sentence: words.noSentence } : {}),
    ...(chosen.length === 0 ? { permissions: words.noPermission } : {}),
  }
}
