import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contract, DEFAULT_POLICY, holdingsOf, METHODS, ModelName, PERMISSION_NAMES, PersonId, ProjectId, RequestError, ROLES, permissionsOf, type Grant, type Holding, type Method, type Permission,
} from '../../shared/contract/index.ts'
import { signerFromKey } from '../ledger/index.ts'
import { Router, type Answers, type Call } from './router.ts'

// What each request is about, in words of its own: not read from the contract that the router reads.

/** About the project `credit`: named, or that of run 1 or snapshot 1. */
const OF_THE_PROJECT: readonly Method[] = [
  'projects.get', 'projects.change', 'pipelines.read', 'datasets.list', 'datasets.files', 'datasets.export', 'datasets.snapshot',
  'runs.get', 'runs.start', 'runs.status', 'runs.prioritise', 'runs.cancel', 'runs.terminal', 'runs.metrics', 'runs.proveMetric', 'runs.samples',
]
/** About the model `scores` of it. */
const OF_THE_MODEL: readonly Method[] = [
  'models.get', 'models.examine', 'models.import', 'models.requestPromotion', 'models.statement', 'models.decide', 'models.withdraw', 'models.requestRollback', 'models.setAlias', 'models.removeAlias',
  'models.setTag', 'models.removeTag', 'models.hold', 'models.release', 'models.archive', 'models.card', 'models.bom', 'models.verify', 'models.export', 'models.download',
  'evidence.coverage', 'evidence.statement', 'evidence.export', 'evidence.report', 'evidence.verify',
]
/** Whose answer has what the asker may read, and no more. */
const LISTS: readonly Method[] = ['projects.list', 'samples.list', 'runs.list', 'models.list', 'evidence.packs']

/** Everything that any of these takes: a schema leaves out what it does not know. */
const INPUT = {
  project: 'credit', model: 'scores', version: 1, run: 1, snapshot: 1, pack: 'pack-1', stage: 'train', attempt: 1, offset: 0, record: 0,
  name: 'Credit', intendedPurpose: 'scores', roles: ['provider'], annexIII: '', path: 'data', to: 'staging', purpose: 'a test', reason: 'a test',
  decision: 'approved', treeSize: 1, passphrase: 'x', alias: 'champion', key: 'team', value: 'x', hold: 0, source: 'a test', licence: 'MIT', artifact: 'a'.repeat(64), statement: 'a test', priority: 0,
}

const [credit, hidden] = [ProjectId.parse('credit'), ProjectId.parse('hidden')]
const [scores, other] = [ModelName.parse('scores'), ModelName.parse('other')]
const SCOPES = {
  organisation: null,
  'the project': { kind: 'project', project: credit },
  'another project': { kind: 'project', project: hidden },
  'the model': { kind: 'model', project: credit, model: scores },
  'another model': { kind: 'model', project: credit, model: other },
  'a model of that name elsewhere': { kind: 'model', project: hidden, model: scores },
} as const satisfies Record<string, Grant['scope'] | null>
type ScopeName = keyof typeof SCOPES

const signer = signerFromKey('test', generateKeyPairSync('ed25519').privateKey)
const answers = new Proxy({}, { get: () => () => 'answered' }) as Answers
const router = new Router(
  () => answers,
  () => ({
    run: (run) => (run === 1 ? { project: credit } : run === 2 ? { project: hidden } : undefined),
    snapshot: (snapshot) => (snapshot === 1 ? { project: credit } : snapshot === 2 ? { project: hidden } : undefined),
    pack: (pack) => (pack === 'pack-1' ? { project: credit, model: scores } : pack === 'pack-2' ? { project: hidden, model: scores } : undefined),
  }),
  { info: () => undefined, error: () => undefined },
)

function callBy(holdings: readonly Holding[]): Call {
  return { clientKey: 'test', actor: () => ({ person: PersonId.parse('p-00000001'), displayName: 'Test', signer }), holdings: () => holdings, signal: new AbortController().signal, progress: () => undefined }
}

async function outcomeOf(method: Method, holdings: readonly Holding[], input: object = INPUT): Promise<string> {
  const outcome: unknown = await router.answer(method, input, callBy(holdings)).catch((error: unknown) => error)
  return outcome instanceof RequestError ? outcome.code : 'answered'
}

function held(role: string, scope: ScopeName, defined = new Map<string, readonly Permission[]>()): Holding[] {
  const where = SCOPES[scope]
  return where === null ? holdingsOf([role], [], defined, DEFAULT_POLICY) : holdingsOf([], [{ role, scope: where }], defined, DEFAULT_POLICY)
}

/** Whether a role that is held so is enough, by the words of docs/decisions/010. */
function isEnough(method: Method, permissions: readonly Permission[], scope: ScopeName): boolean {
  const { access } = contract[method]
  if (access === 'public' || access === 'session') return true
  if (!permissions.includes(access)) return false
  if (scope === 'organisation') return !(permissions.includes('people.manage') && ['model.sign', 'model.decide'].includes(access))
  const [noun = ''] = access.split('.')
  const isModelScope = SCOPES[scope].kind === 'model'
  if (!(isModelScope ? ['model', 'evidence'] : ['project', 'dataset', 'run', 'model', 'evidence']).includes(noun) && access !== 'project.read') return false
  if (LISTS.includes(method)) return true
  if (OF_THE_PROJECT.includes(method)) return scope === 'the project' || (SCOPES[scope].project === credit && access === 'project.read')
  return OF_THE_MODEL.includes(method) && (scope === 'the project' || scope === 'the model')
}

async function expectJudged(role: string, permissions: readonly Permission[], defined?: Map<string, readonly Permission[]>): Promise<void> {
  for (const scope of Object.keys(SCOPES) as ScopeName[]) {
    const holdings = held(role, scope, defined)
    for (const method of METHODS) {
      const outcome = await outcomeOf(method, holdings)
      const isScoped = [...OF_THE_PROJECT, ...OF_THE_MODEL, ...LISTS].includes(method)
      const expected = !isEnough(method, permissions, scope) ? 'not-permitted' : isScoped ? 'answered' : outcome === 'not-permitted' ? 'anything else' : outcome
      expect(`${method} by ${role} for ${scope}: ${outcome}`).toBe(`${method} by ${role} for ${scope}: ${expected}`)
    }
  }
}

describe('a request', () => {
  it.each(ROLES)('is answered for whom the scope of a role reaches, and for nobody else: %s', async (role) => {
    await expectJudged(role, permissionsOf(role))
  })

  it('is answered for whom a role that the workplace defined reaches, and for nobody else, whatever its permissions', async () => {
    await fc.assert(fc.asyncProperty(fc.subarray(PERMISSION_NAMES), (permissions) => expectJudged('of-our-own', permissions, new Map([['of-our-own', permissions]]))), { numRuns: 25 })
  })

  it('is not answered for a role that was removed', async () => {
    for (const method of OF_THE_MODEL) expect(await outcomeOf(method, held('gone', 'organisation'))).toBe('not-permitted')
  })

  it.each([
    ['run', 2, 99],
    ['snapshot', 2, 99],
    ['pack', 'pack-2', 'pack-9'],
    ['project', 'hidden', 'nothing'],
  ] as const)('is refused in the same words for what is elsewhere and for what is nowhere: %s', async (member, elsewhere, nowhere) => {
    const about = [...OF_THE_PROJECT, ...OF_THE_MODEL].filter((method) => contract[method].about === (member === 'project' ? 'model' : member) || (member === 'project' && contract[method].about === 'project'))
    for (const method of about) {
      for (const role of ROLES) {
        const refusal = async (value: string | number) => {
          const error: unknown = await router.answer(method, { ...INPUT, [member]: value }, callBy(held(role, 'the project'))).catch((thrown: unknown) => thrown)
          return error instanceof RequestError ? `${error.code} ${error.message.replace(String(value), 'X')}` : 'answered'
        }
        expect(await refusal(elsewhere)).toBe(await refusal(nowhere))
        expect(await refusal(elsewhere)).toMatch(/^not-permitted /)
      }
    }
  })
})
