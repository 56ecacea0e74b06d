import type { Grant } from '../../shared/contract/index.ts'
import { standingBy } from '../identity/index.ts'
import { personOf } from './disclosures.ts'
import { isDecision, type Scope } from './scope.ts'

/** The permission matrix as it stood: what each role let somebody do, who held one, and the policy. */
export interface Permissions {
  /** By the entries before this position: that of the last decision, or the size of the tree where nobody decided. */
  readonly at: number
  readonly policy: { readonly administratorsDecide: 'yes' | 'no' | 'not recorded' }
  /** The built-in ones, then those of the workplace by name. */
  readonly roles: readonly { readonly role: string; readonly sentence: string; readonly permissions: readonly string[] }[]
  /** In the order of their enrolment, but for accounts that had ended. Grants are those for the project of the pack. */
  readonly people: readonly { readonly person: string; readonly roles: readonly string[]; readonly grants: readonly Grant[] }[]
}

/** Folded from the entries of the pack, which are all that an auditor has. */
export function readPermissions({ entries, tree }: Scope): Permissions {
  const at = entries.findLast(({ entry }) => isDecision(entry.action))?.seq ?? tree.size
  const standing = standingBy(entries.filter(({ seq }) => seq < at))
  const { administratorsDecide, entry } = standing.policy
  return {
    at,
    policy: { administratorsDecide: entry === null ? 'not recorded' : administratorsDecide },
    roles: standing.roles.map(({ role, sentence, permissions }) => ({ role, sentence, permissions })),
    people: standing.members,
  }
}

/** Decisions by somebody who administered accounts when they signed, or at any time since the version was registered. */
export function decidedByAdministrators({ entries, version }: Scope): { readonly seq: number; readonly actor: string }[] {
  return entries.flatMap(({ seq, entry }) => {
    if (!isDecision(entry.action)) return []
    const standing = standingBy(entries.filter((each) => each.seq < seq))
    return standing.administeredSince(personOf(entry.actor), version.entry) ? [{ seq, actor: entry.actor }] : []
  })
}
