import {
  missingPermissions, PERMISSION_NAMES, RequestError, RESERVED, Role, SCOPED_PERMISSIONS,
  type Grant, type Permission, type PersonId, type Policy, type PolicyState, type RoleDefinition, type Scope,
} from '../../shared/contract/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import { isSameGrant, type Authority } from './authority.ts'
import type { Actor, People } from './people.ts'

export interface NewRole {
  readonly role: string
  readonly sentence: string
  readonly permissions: readonly Permission[]
}

/** Which roles there are and who holds one where, and the policy: each change an entry signed by who made it. */
export class Roles {
  readonly #ledger: Ledger
  readonly #people: People
  readonly #authority: Authority

  constructor({ ledger, people }: { ledger: Ledger; people: People }) {
    this.#ledger = ledger
    this.#people = people
    this.#authority = people.authority
  }

  /** The built-in roles, then the others by name. */
  list(): RoleDefinition[] {
    return this.#authority.at().roles
  }

  /**
   * Makes a role, or another of one that was made. Throws RequestError `conflict` for a built-in one, `invalid-request` for what no defined
   * role may do and for what cannot be done without something that it lacks.
   */
  define(actor: Actor, { role, sentence, permissions }: NewRole): RoleDefinition {
    if (isBuiltIn(role)) throw new RequestError('conflict', `The role ${role} is built in and stays as it is. Choose another name.`)
    const reserved = RESERVED.filter((each) => permissions.includes(each))
    if (reserved.length > 0) throw new RequestError('invalid-request', `${reserved.join(' and ')} stays with the role administrator: whoever holds it could give themselves every other. Leave it out.`)
    const missing = missingPermissions(permissions)
    if (missing.length > 0) throw new RequestError('invalid-request', `These permissions need ${missing.join(', ')} too. Add what is missing.`)
    const detail = { role, sentence, permissions: PERMISSION_NAMES.filter((each) => permissions.includes(each)) }
    const { seq } = this.#ledger.commit((tx) => tx.append(actor.signer, { action: 'role.defined', subject: [], detail }))
    return { ...detail, entry: seq }
  }

  /** Throws RequestError `not-found`, and `conflict` while somebody holds it. */
  remove(actor: Actor, role: string): void {
    if (isBuiltIn(role)) throw new RequestError('conflict', `The role ${role} is built in and cannot be removed.`)
    this.#authority.at().requireRole(role)
    const holders = this.#people.list().filter(({ active, roles, grants }) => active && (roles.includes(role) || grants.some((grant) => grant.role === role)))
    if (holders.length > 0) throw new RequestError('conflict', `${holders.map(({ handle }) => handle).join(', ')} ${holders.length === 1 ? 'holds' : 'hold'} the role ${role}. Take it away first.`)
    this.#ledger.commit((tx) => tx.append(actor.signer, { action: 'role.removed', subject: [], detail: { role } }))
  }

  /** Gives a role for a project or model. Throws RequestError `not-found`, `already-exists`, `invalid-request` for a role that does nothing there. */
  grant(actor: Actor, person: PersonId, { role, scope }: Grant): void {
    const { handle, roles, grants } = this.#people.active(person)
    const { permissions } = this.#authority.at().requireRole(role)
    if (role === 'administrator') throw new RequestError('invalid-request', 'An administrator is one of the organisation: the role is not held for a part of it.')
    if (!permissions.some((each) => SCOPED_PERMISSIONS[scope.kind].includes(each))) {
      throw new RequestError('invalid-request', `Nothing that the role ${role} lets somebody do is about a ${scope.kind}. Give it for the organisation, or choose another.`)
    }
    if (roles.includes(role)) throw new RequestError('already-exists', `${handle} holds the role ${role} for the organisation, every project in it included.`)
    if (grants.some((each) => isSameGrant(each, { role, scope }))) throw new RequestError('already-exists', `${handle} holds the role ${role} for ${describeScope(scope)} already.`)
    this.#ledger.commit((tx) => tx.append(actor.signer, { action: 'person.granted', subject: [], detail: { person, role, scope } }))
  }

  /** Throws RequestError `not-found` for what the person does not hold. */
  revoke(actor: Actor, person: PersonId, { role, scope }: Grant): void {
    const { handle, grants } = this.#people.active(person)
    if (!grants.some((each) => isSameGrant(each, { role, scope }))) throw new RequestError('not-found', `${handle} does not hold the role ${role} for ${describeScope(scope)}.`)
    this.#ledger.commit((tx) => tx.append(actor.signer, { action: 'person.revoked', subject: [], detail: { person, role, scope } }))
  }

  policy(): PolicyState {
    return this.#authority.at().policy
  }

  /**
   * Sets the policy. Throws RequestError `conflict` where it is that already.
   *
   * @param signer an administrator's, made from the passphrase that they just gave.
   */
  setPolicy(signer: Signer, { administratorsDecide, reason }: Policy & { readonly reason: string }): PolicyState {
    const { entry, ...present } = this.policy()
    if (entry !== null && present.administratorsDecide === administratorsDecide) throw new RequestError('conflict', `The policy is that already, by entry ${entry}.`)
    this.#ledger.commit((tx) => tx.append(signer, { action: 'policy.changed', subject: [], detail: { administratorsDecide, reason } }))
    return this.policy()
  }
}

export function describeScope(scope: Scope): string {
  return scope.kind === 'project' ? `the project ${scope.project}` : `the model ${scope.model} of the project ${scope.project}`
}

function isBuiltIn(role: string): boolean {
  return Role.safeParse(role).success
}
