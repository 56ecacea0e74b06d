import {
  BUILT_IN_ROLES, DEFAULT_POLICY, ENTRY_DETAILS, holdingsOf, KEPT_APART, mayDo, RequestError, type ActionName, type DetailOf, type Grant, type Holding, type Person, type PersonId, type PolicyState, type RoleDefinition,
} from '../../shared/contract/index.ts'
import { administers, type Ledger, type SignedEntry } from '../ledger/index.ts'

interface Member {
  readonly roles: readonly string[]
  readonly grants: readonly Grant[]
  readonly active: boolean
  /** Position of the entry that ended what they administered last: -1 if they never did, infinite while they do. */
  readonly administeredUntil: number
  /** Who chose the passphrase of their key last: whoever enrolled or recovered them, until they changed it. */
  readonly passphraseBy: Person['passphraseBy']
}

interface State {
  readonly defined: Map<string, RoleDefinition>
  readonly people: Map<string, Member>
  policy: PolicyState
}

/** What each entry changes. */
const EFFECTS = {
  'person.enrolled': ({ people }, { person, roles }) =>
    // Nobody was there before the first administrator who could have chosen theirs.
    people.set(person, { roles, grants: [], active: true, administeredUntil: administers(roles) ? Infinity : -1, passphraseBy: people.size === 0 ? 'self' : 'another' }),
  'person.roles.changed': ({ people }, { person, roles }, entry) => {
    const member = memberOf(people, person)
    const administeredUntil = administers(roles) ? Infinity : Math.min(member.administeredUntil, entry)
    people.set(person, { ...member, roles, administeredUntil })
  },
  'person.granted': ({ people }, { person, role, scope }) => {
    const member = memberOf(people, person)
    people.set(person, { ...member, grants: [...member.grants.filter((each) => !isSameGrant(each, { role, scope })), { role, scope }] })
  },
  'person.revoked': ({ people }, { person, role, scope }) => {
    const member = memberOf(people, person)
    people.set(person, { ...member, grants: member.grants.filter((each) => !isSameGrant(each, { role, scope })) })
  },
  'person.deactivated': ({ people }, { person }) => people.set(person, { ...memberOf(people, person), active: false }),
  'person.passphrase.changed': ({ people }, { person }) => people.set(person, { ...memberOf(people, person), passphraseBy: 'self' }),
  'person.key.recovered': ({ people }, { person }) => people.set(person, { ...memberOf(people, person), passphraseBy: 'another' }),
  'role.defined': ({ defined }, { role, sentence, permissions }, entry) => defined.set(role, { role, sentence, permissions, entry }),
  'role.removed': ({ defined }, { role }) => defined.delete(role),
  'policy.changed': (state, { administratorsDecide, reason = '' }, entry) => (state.policy = { administratorsDecide, entry, reason }),
} satisfies { readonly [A in ActionName]?: (state: State, detail: DetailOf<A>, entry: number) => unknown }

/** The actions of entries that say who may do what. */
export const AUTHORITY_ACTIONS: readonly string[] = Object.keys(EFFECTS)

/** Who held what, and what it let them do, where an entry stands. */
export class Standing {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  /** What the roles of somebody let them do; nothing for an account that was ended, or of which no entry tells. */
  holdings(person: string): Holding[] {
    const { people, defined, policy } = this.#state
    const { roles, grants, active } = memberOf(people, person)
    if (!active) return []
    return holdingsOf(roles, grants, new Map([...defined].map(([role, { permissions }]) => [role, permissions])), policy)
  }

  /** Whether the policy keeps from somebody who administers accounts what their roles would let them do on models. */
  isKeptApart(person: string): boolean {
    const held = this.holdings(person)
    if (this.policy.administratorsDecide === 'yes' || !mayDo(held, 'people.manage')) return false
    return held.some(({ role }) => this.roles.some((each) => each.role === role && each.permissions.some((permission) => KEPT_APART.includes(permission))))
  }

  /** Whether somebody administered accounts at that position or after it. */
  administeredSince(person: string, position: number): boolean {
    return memberOf(this.#state.people, person).administeredUntil >= position
  }

  passphraseBy(person: PersonId): Person['passphraseBy'] {
    return memberOf(this.#state.people, person).passphraseBy
  }

  grants(person: PersonId): readonly Grant[] {
    return memberOf(this.#state.people, person).grants
  }

  /** Everybody whose account has not ended, in the order of their enrolment. */
  get members(): { readonly person: string; readonly roles: readonly string[]; readonly grants: readonly Grant[] }[] {
    return [...this.#state.people].flatMap(([person, { roles, grants, active }]) => (active ? [{ person, roles, grants }] : []))
  }

  /** The built-in roles, then those of the workplace by name. */
  get roles(): RoleDefinition[] {
    return [...BUILT_IN_ROLES, ...[...this.#state.defined.values()].sort((a, b) => (a.role < b.role ? -1 : 1))]
  }

  /** Throws RequestError `not-found`. */
  requireRole(role: string): RoleDefinition {
    const found = this.roles.find((each) => each.role === role)
    if (found === undefined) throw new RequestError('not-found', `There is no role ${role}. Use one of ${this.roles.map((each) => each.role).join(', ')}.`)
    return found
  }

  get policy(): PolicyState {
    return this.#state.policy
  }
}

/**
 * Roles, grants, policy and whose passphrase is their own, folded from the ledger's entries and kept nowhere else, so that whoever writes to the database gives nobody
 * anything. It goes on from where it was read to last.
 */
export class Authority {
  readonly #ledger: Ledger
  readonly #changes: SignedEntry[] = []
  readonly #state = emptyState()
  #readTo = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Throws LedgerError where an entry is not what was recorded: who may do what is not known then. */
  requireKnown(): void {
    const { fault } = this.#ledger
    if (fault !== undefined) throw fault
  }

  /** As all entries say, or those before a position. */
  at(position = Infinity): Standing {
    this.#catchUp()
    if (position >= this.#readTo) return new Standing(this.#state)
    return standingBy(this.#changes.filter(({ seq }) => seq < position))
  }

  #catchUp(): void {
    const { size } = this.#ledger
    for (const change of this.#ledger.history(AUTHORITY_ACTIONS, { from: this.#readTo })) {
      this.#changes.push(change)
      apply(this.#state, change)
      // Not again, where a later one cannot be read.
      this.#readTo = change.seq + 1
    }
    this.#readTo = size
  }
}

/** As those entries say, which are in order of position; what is not about roles is looked over. */
export function standingBy(entries: Iterable<SignedEntry>): Standing {
  const state = emptyState()
  for (const each of entries) if (Object.hasOwn(EFFECTS, each.entry.action)) apply(state, each)
  return new Standing(state)
}

export function isSameGrant(one: Grant, other: Grant): boolean {
  const modelOf = ({ scope }: Grant): string | undefined => ('model' in scope ? scope.model : undefined)
  return one.role === other.role && one.scope.kind === other.scope.kind && one.scope.project === other.scope.project && modelOf(one) === modelOf(other)
}

function apply(state: State, { seq, entry }: SignedEntry): void {
  const action = entry.action as keyof typeof EFFECTS
  const effect = EFFECTS[action] as (state: State, detail: unknown, entry: number) => unknown
  effect(state, ENTRY_DETAILS[action].parse(entry.detail), seq)
}

function emptyState(): State {
  return { defined: new Map(), people: new Map(), policy: { ...DEFAULT_POLICY, entry: null, reason: '' } }
}

function memberOf(people: ReadonlyMap<string, Member>, person: string): Member {
  return people.get(person) ?? { roles: [], grants: [], active: false, administeredUntil: -1, passphraseBy: 'another' }
}
