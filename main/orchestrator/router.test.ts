import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { contract, DEFAULT_POLICY, holdingsOf, METHODS, PersonId, RequestError, ROLES, type Method, type Role } from '../../shared/contract/index.ts'
import { signerFromKey } from '../ledger/index.ts'
import { Router, type Answers, type Call } from './router.ts'
import type { Finder } from './targets.ts'

/** Who may change something, in words of its own: not read from the matrix that the router reads. Everything else reads. */
const CHANGES: Partial<Record<Method, readonly Role[]>> = {
  'orchestrator.stop': ['engineer', 'administrator'],
  'people.enrol': ['administrator'],
  'people.setRoles': ['administrator'],
  'people.deactivate': ['administrator'],
  'people.recover': ['administrator'],
  'people.grant': ['administrator'],
  'people.revoke': ['administrator'],
  'roles.define': ['administrator'],
  'roles.remove': ['administrator'],
  'policy.set': ['administrator'],
  'people.erase': ['administrator'],
  'keys.rotate': ['administrator'],
  'projects.add': ['engineer', 'administrator'],
  'projects.change': ['engineer', 'administrator'],
  'samples.add': ['engineer', 'administrator'],
  'datasets.snapshot': ['engineer'],
  'datasets.export': ['engineer', 'auditor'],
  'executors.set': ['administrator'],
  'executors.check': ['administrator'],
  'executors.remove': ['administrator'],
  'runs.start': ['engineer'],
  'runs.prioritise': ['engineer', 'administrator'],
  'queue.setPolicy': ['administrator'],
  'runs.cancel': ['engineer', 'administrator'],
  'models.requestPromotion': ['engineer', 'approver'],
  'models.examine': ['engineer'],
  'models.import': ['engineer'],
  'models.decide': ['approver', 'auditor'],
  'models.archive': ['approver'],
  'models.withdraw': ['engineer', 'approver'],
  'models.requestRollback': ['engineer', 'approver'],
  'models.setAlias': ['engineer', 'approver'],
  'models.removeAlias': ['engineer', 'approver'],
  'models.setTag': ['engineer', 'approver'],
  'models.removeTag': ['engineer', 'approver'],
  'models.hold': ['approver', 'auditor'],
  'models.release': ['approver', 'auditor'],
  'evidence.export': ['approver', 'auditor'],
  'backups.create': ['administrator'],
  'backups.schedule': ['administrator'],
  'backups.unschedule': ['administrator'],
  'anchors.print': ['approver', 'auditor', 'administrator'],
  'timestamps.addAuthority': ['approver', 'auditor', 'administrator'],
  'timestamps.removeAuthority': ['approver', 'auditor', 'administrator'],
  'timestamps.request': ['approver', 'auditor', 'administrator'],
  'timestamps.import': ['approver', 'auditor', 'administrator'],
  'witnesses.add': ['approver', 'auditor', 'administrator'],
  'witnesses.remove': ['approver', 'auditor', 'administrator'],
  'witnesses.request': ['approver', 'auditor', 'administrator'],
  'witnesses.import': ['approver', 'auditor', 'administrator'],
}

const signer = signerFromKey('test', generateKeyPairSync('ed25519').privateKey)

function callBy(roles: readonly Role[] | null): Call {
  const signedIn = <T>(answer: T): T => {
    if (roles === null) throw new RequestError('not-signed-in', 'Nobody is signed in here.')
    return answer
  }
  return {
    clientKey: 'test',
    actor: () => signedIn({ person: PersonId.parse('p-00000001'), displayName: 'Test', signer }),
    holdings: () => holdingsOf(signedIn(roles ?? []), [], new Map(), DEFAULT_POLICY),
    signal: new AbortController().signal,
    progress: () => undefined,
  }
}

const router = new Router(() => ({}) as Answers, () => ({}) as Finder, { info: () => undefined, error: () => undefined })

/** The code that a request without its input meets: who asks is looked at before what is asked. */
async function codeOf(method: Method, roles: readonly Role[] | null): Promise<string> {
  const outcome: unknown = await router.answer(method, undefined, callBy(roles)).catch((error: unknown) => error)
  return outcome instanceof RequestError ? outcome.code : 'answered'
}

describe('the router', () => {
  it.each(METHODS.flatMap((method) => ROLES.map((role) => [method, role] as const)))('lets %s be asked by whom it may: %s', async (method, role) => {
    const refused = (await codeOf(method, [role])) === 'not-permitted'
    expect(refused).toBe(!(CHANGES[method] ?? ROLES).includes(role))
  })

  it.each(METHODS)('answers %s to nobody who is not signed in, unless it is public', async (method) => {
    expect((await codeOf(method, null)) === 'not-signed-in').toBe(contract[method].access !== 'public')
  })

  it('takes no text that cannot be written down, wherever it stands', async () => {
      const input = { project: 'credit', name: 'half \ud83d', intendedPurpose: 'x', roles: ['provider'], annexIII: '' }
    await expect(router.answer('projects.change', input, callBy(['engineer']))).rejects.toMatchObject({ code: 'invalid-request', message: expect.stringContaining('lone surrogate') as string })
  })

  it('knows as public what comes before a sign-in alone, and gives without a role what is the machine’s or one’s own', () => {
    const withAccess = (access: string) => METHODS.filter((method) => contract[method].access === access).sort()
    expect(withAccess('public')).toEqual(['ledger.continue', 'session.open', 'workplace.setUp', 'workplace.state'])
    // Whoever is signed in may ask these, without any role.
    expect(withAccess('session')).toEqual(['executors.list', 'machine.state', 'queue.state', 'session.changePassphrase', 'session.close', 'session.rotateKey', 'session.touch'])
  })
})
