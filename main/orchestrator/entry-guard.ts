import { ENTRY_DETAILS, mayDo, PersonId, RequestError, rolesWith, SIGNED_BY_PERSONS, type ActionName, type Holding, type Permission, type Person, type Target } from '../../shared/contract/index.ts'
import { firstPassphrase, type People } from '../identity/index.ts'
import { orchestratorName, personName, type Fact, type LedgerOptions } from '../ledger/index.ts'
import { subjectOfEntry, type Finder } from './targets.ts'

/**
 * Keeps out of the ledger what must never be signed: an action that is not on the closed list or a detail of another shape (both bugs), and
 * what a person may not sign by the roles that they hold at that very moment. A request was authorised when it began; a passphrase, an export
 * or a seal takes time, and a role may be taken away meanwhile. A role that is held for a project or model counts for entries about that. Acts on accounts
 * and keys are of one who alone can sign them (21 CFR 11.100, 11.300), whether or not they ask for the passphrase again. Where an entry is known not to be the
 * one that was recorded, nobody signs anything but that they come and go. Throws `not-permitted`, `first-passphrase`; LedgerError.
 *
 * @param people of the workplace; undefined while it is set up, when the orchestrator alone signs.
 */
export function guardEntries(origin: string, people: () => People | undefined, finder: () => Finder): LedgerOptions['guard'] {
  const orchestrator = orchestratorName(origin)
  const ofPerson = personName(origin, '')
  return ({ action, detail }, actor) => {
    if (!isAction(action)) throw new Error(`There is no ledger action ${action}.`)
    ENTRY_DETAILS[action].parse(detail)
    if (actor === orchestrator) return
    const signs = people()
    const person = signs?.get(PersonId.parse(actor.slice(ofPerson.length)))
    const needed = permissionFor(action, detail)
    if (needed !== 'session' || isOfAccountsOrKeys(action, needed)) signs?.authority.requireKnown()
    checkAuthority(needed, person, signs?.authority.at().holdings(person?.id ?? '') ?? [], subjectOfEntry(detail, finder))
    if (person?.passphraseBy === 'another' && isOfAccountsOrKeys(action, needed)) throw firstPassphrase(person.handle)
  }
}

function isAction(action: string): action is ActionName {
  return Object.hasOwn(ENTRY_DETAILS, action)
}

function permissionFor(action: ActionName, detail: Fact['detail']): Permission | 'session' {
  const needed = SIGNED_BY_PERSONS[action]
  if (needed === undefined) throw new Error(`No person signs ${action}.`)
  return typeof needed === 'function' ? needed(detail) : needed
}

/** `ledger.continued` is left out: nothing can be recorded before it, so nobody could choose another passphrase first. */
function isOfAccountsOrKeys(action: ActionName, needed: Permission | 'session'): boolean {
  if (action === 'ledger.continued') return false
  return needed === 'people.manage' || needed === 'keys.manage' || action === 'person.key.rotated'
}

function checkAuthority(needed: Permission | 'session', person: Person | undefined, holdings: readonly Holding[], target: Target | undefined): void {
  if (person === undefined) throw new Error('The key of nobody who is enrolled signs.')
  if (!person.active) throw new RequestError('not-permitted', 'This account was deactivated. Nothing was recorded.')
  if (needed === 'session' || mayDo(holdings, needed, target)) return
  throw new RequestError('not-permitted', `This needs ${rolesWith(needed)}, which was taken away meanwhile. Nothing was recorded.`)
}
