import { mayDo, RequestError, type Holding, type Person, type Scope } from '../../../shared/contract/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type PeopleMethods =
  | 'workplace.state'
  | 'workplace.setUp'
  | 'session.open'
  | 'session.close'
  | 'session.touch'
  | 'session.changePassphrase'
  | 'session.rotateKey'
  | 'people.list'
  | 'people.recover'
  | 'people.erase'
  | 'keys.rotate'
  | 'people.enrol'
  | 'people.setRoles'
  | 'people.deactivate'
  | 'people.grant'
  | 'people.revoke'
  | 'roles.list'
  | 'roles.define'
  | 'roles.remove'
  | 'policy.get'
  | 'policy.set'

export function answerPeople(workplace: Workplace): Pick<Answers, PeopleMethods> {
  return {
    'workplace.state': (_, { clientKey }) => {
      const { services } = workplace
      return {
        setUp: services !== null || workplace.isShort,
        isShort: workplace.isShort,
        organisation: services?.organisation ?? null,
        origin: services?.ledger.presentOrigin ?? null,
        dataFolder: workplace.folder.root,
        software: workplace.software,
        session: services?.sessions.find(clientKey) ?? null,
        sessionEnd: services?.sessions.endOf(clientKey) ?? null,
      }
    },
    'workplace.setUp': async ({ organisation, origin, administrator }, { clientKey }) => {
      const services = await workplace.setUp({ organisation, origin, administrator })
      const session = await services.sessions.open(clientKey, administrator.handle, administrator.passphrase)
      workplace.emitTo(clientKey, { type: 'session.changed' })
      workplace.emit({ type: 'workplace.changed' })
      const [logKey] = services.ledger.verifierKeys()
      if (!logKey) throw new Error('a ledger that was just created has no log key')
      return { session, logKey: logKey.text }
    },
    'session.open': async ({ handle, passphrase }, { clientKey }) => {
      const session = await workplace.ready().sessions.open(clientKey, handle, passphrase)
      workplace.emitTo(clientKey, { type: 'session.changed' })
      return session
    },
    'session.close': (_, { clientKey }) => {
      workplace.ready().sessions.close(clientKey)
      workplace.emitTo(clientKey, { type: 'session.changed' })
      return {}
    },
    'session.touch': (_, { clientKey }) => {
      workplace.ready().sessions.touch(clientKey)
      return {}
    },
    'session.changePassphrase': async ({ passphrase, newPassphrase }, { clientKey }) => {
      await workplace.ready().sessions.changePassphrase(clientKey, passphrase, newPassphrase)
      workplace.emit({ type: 'people.changed' })
      return {}
    },
    'session.rotateKey': async ({ passphrase }, call) => {
      const { sessions, people } = workplace.ready()
      await sessions.rotateKey(call.clientKey, passphrase)
      workplace.emit({ type: 'people.changed' })
      return people.get(call.actor().person)
    },
    'people.recover': async ({ person, reason, newPassphrase, passphrase }, call) => {
      const { sessions, people } = workplace.ready()
      await sessions.recover(await sessions.signAgain(call.actor(), passphrase), person, newPassphrase, reason)
      workplace.emit({ type: 'people.changed' })
      return people.get(person)
    },
    'people.erase': async ({ person, passphrase }, call) => {
      const { sessions, people, evidence, backups } = workplace.ready()
      const signer = await sessions.signAgain(call.actor(), passphrase)
      const packs = await evidence.packsDisclosing(people.get(person).enrolledEntry)
      const erased = people.erase(signer, person)
      workplace.emit({ type: 'people.changed' })
      return { person: erased, packs, backups: backups.replacePersonalKeys() }
    },
    'keys.rotate': async ({ key, passphrase }, call) => {
      const { sessions, signatures } = workplace.ready()
      const signer = await sessions.signAgain(call.actor(), passphrase)
      return key === 'registry' ? signatures.rotate(signer) : workplace.rotateKey(key, signer)
    },
    'people.list': (_, call) => {
      const holdings = call.holdings()
      return workplace.ready().people.list().map((person) => withVisibleGrants(person, holdings))
    },
    'people.enrol': async (newPerson, call) => {
      const person = await workplace.ready().people.enrol(call.actor(), newPerson)
      workplace.emit({ type: 'people.changed' })
      return person
    },
    'people.setRoles': ({ person, roles }, call) => {
      const changed = workplace.ready().people.setRoles(call.actor(), person, roles)
      workplace.emit({ type: 'people.changed' })
      return changed
    },
    'people.grant': ({ person, ...grant }, call) => {
      const { people, roles } = workplace.ready()
      requireScope(workplace, grant.scope)
      roles.grant(call.actor(), person, grant)
      workplace.emit({ type: 'people.changed' })
      return people.get(person)
    },
    'people.revoke': ({ person, ...grant }, call) => {
      const { people, roles } = workplace.ready()
      roles.revoke(call.actor(), person, grant)
      workplace.emit({ type: 'people.changed' })
      return people.get(person)
    },
    'roles.list': () => workplace.ready().roles.list(),
    'roles.define': (role, call) => {
      const defined = workplace.ready().roles.define(call.actor(), role)
      workplace.emit({ type: 'people.changed' })
      return defined
    },
    'roles.remove': ({ role }, call) => {
      workplace.ready().roles.remove(call.actor(), role)
      workplace.emit({ type: 'people.changed' })
      return {}
    },
    'policy.get': () => workplace.ready().roles.policy(),
    'policy.set': async ({ passphrase, ...policy }, call) => {
      const { roles, sessions } = workplace.ready()
      const set = roles.setPolicy(await sessions.signAgain(call.actor(), passphrase), policy)
      workplace.emit({ type: 'people.changed' })
      return set
    },
    'people.deactivate': ({ person }, call) => {
      if (call.actor().person === person) throw new RequestError('conflict', 'You cannot deactivate your own account. Ask another administrator.')
      const changed = workplace.ready().people.deactivate(call.actor(), person)
      workplace.emit({ type: 'people.changed' })
      return changed
    },
  }
}

/** Who may read of people learns from their grants of no project that they may not see. */
function withVisibleGrants(person: Person, holdings: readonly Holding[]): Person {
  return { ...person, grants: person.grants.filter(({ scope }) => mayDo(holdings, 'project.read', { project: scope.project })) }
}

/** A role for what is misspelt would look given and let nobody do anything. */
function requireScope(workplace: Workplace, scope: Scope): void {
  const { projects, registry } = workplace.ready()
  projects.get(scope.project)
  if (scope.kind === 'project') return
  const models = [...new Set(registry.versions(scope.project).map(({ model }) => model))]
  if (models.includes(scope.model)) return
  const known = models.length === 0 ? 'It has no model yet' : `Its models are ${models.join(', ')}`
  throw new RequestError('not-found', `The project ${scope.project} has no model ${scope.model}. ${known}. A role for the project holds for every model of it.`)
}
