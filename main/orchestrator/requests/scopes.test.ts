import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contract, METHODS, ModelName, ProjectId, RequestError, RunId, type Method, type PersonId } from '../../../shared/contract/index.ts'
import { answerAll } from '../answers.ts'
import { Machine } from '../machine.ts'
import { Router, type Call } from '../router.ts'
import { finderOf } from '../targets.ts'
import { enrolWithOwnPassphrase, openTestWorkplace, PASSPHRASE } from '../test-workplace.ts'
import type { Workplace } from '../workplace.ts'

const [shown, hidden] = [ProjectId.parse('shown'), ProjectId.parse('hidden')]
const scores = ModelName.parse('scores')
/** A word that stands in all that there is of the hidden project. */
const SECRET = 'zebra'

let workplace: Workplace
let router: Router
let admin: Call
let scoped: Call
let person: PersonId

async function signIn(handle: string): Promise<Call> {
  const clientKey = handle.padEnd(64, '0')
  const { sessions } = workplace.ready()
  await sessions.open(clientKey, handle, PASSPHRASE)
  return { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
}

/** What is answered, or the error, as a client reads it. */
async function ask(method: Method, input: object, call: Call): Promise<string> {
  const answer: unknown = await router.answer(method, input, call).catch((error: unknown) => error)
  return JSON.stringify(answer instanceof RequestError ? { code: answer.code, message: answer.message, problems: answer.problems } : answer)
}

/** A project with a run, a version and a pack of it. */
async function addProject(project: ProjectId, run: RunId, name: string): Promise<void> {
  const { db, ledger, orchestrator, projects, registry, people, snapshots } = workplace.ready()
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'dvc.yaml'), 'stages: {}\n')
  writeFileSync(join(folder, 'data', `${name}.csv`), 'a\n1\n')
  projects.add(admin.actor(), project, folder, { name, intendedPurpose: name, roles: ['provider'], annexIII: '' })
  const author = people.list().find(({ handle }) => handle === 'ben')
  if (!author) throw new Error('ben was not enrolled')
  await snapshots.take((await signIn('ben')).actor(), { project, folder, path: 'data' })
  db.prepare(
    `INSERT INTO runs (id, project, folder, state, started_by, started_at, entry, pipeline, parameters, snapshots, code)
     VALUES (?, ?, ?, 'succeeded', ?, '2026-11-23T09:00:00.000Z', 0, '{"file":"dvc.yaml","sha256":"","stages":[],"edges":[],"sources":[]}', '{}', '[]', '{"commit":"unknown","dirty":"unknown","diff":""}')`,
  ).run(run, project, folder, author.id)
  ledger.commit((tx) => {
    const code = { commit: 'unknown', dirty: 'unknown', diff: '', reason: 'there is none' }
    const detail = { run, project, pipeline: 'b'.repeat(64), stages: [], parameters: {}, snapshots: [], code, gates: [{ model: 'scores', gates: [] }, { model: 'other', gates: [] }] }
    const { seq } = tx.append(orchestrator, { action: 'run.started', subject: [], detail })
    for (const model of ['scores', 'other']) registry.register(tx, { project, model, run, stage: name, author: author.id, artifact: 'a'.repeat(64), bytes: 10, format: 'onnx', metrics: {}, runEntry: seq })
    tx.append(orchestrator, { action: 'run.finished', subject: [], detail: { run, state: 'succeeded' } })
  })
  db.prepare('INSERT INTO packs (id, project, model, version, created_at, created_by, manifest, tree_size, entries, zip_bytes, entry) VALUES (?, ?, ?, 1, ?, ?, ?, 1, 1, 1, 0)').run(`${name}-1`, project, 'scores', '2026-11-23T09:00:00.000Z', author.id, 'c'.repeat(64))
}

beforeAll(async () => {
  workplace = await openTestWorkplace()
  const answers = answerAll(workplace, new Machine(workplace.folder.root), () => undefined)
  router = new Router(() => answers, () => finderOf(workplace.ready()), { info: () => undefined, error: () => undefined })
  admin = await signIn('asta')
  await enrolWithOwnPassphrase(workplace, admin.actor(), { handle: 'ben', displayName: 'Ben', roles: ['engineer'] })
  person = (await enrolWithOwnPassphrase(workplace, admin.actor(), { handle: 'sue', displayName: 'Sue', roles: [] })).id
  await addProject(shown, RunId.parse(1), 'plain')
  await addProject(hidden, RunId.parse(2), SECRET)
  scoped = await signIn('sue')
})
afterAll(() => workplace.close())

const grant = (role: string, scope: object) => ask('people.grant', { person, role, scope }, admin)
const revoke = (role: string, scope: object) => ask('people.revoke', { person, role, scope }, admin)

it.each([
  ['an engineer', 'engineer', { kind: 'project', project: shown }],
  ['an approver', 'approver', { kind: 'project', project: shown }],
  ['an auditor', 'auditor', { kind: 'model', project: shown, model: scores }],
])('tells %s for one project or model nothing of another project, whatever they ask', async (_, role, scope) => {
  await grant(role, scope)
  const inputs = [
    { project: hidden, model: 'scores', version: 1, run: 2, snapshot: 2, pack: `${SECRET.slice(0, 3)}`, passphrase: PASSPHRASE },
    { project: hidden, model: 'nothing', version: 9, run: 2, snapshot: 2, pack: 'none', passphrase: PASSPHRASE },
    {},
  ].map((target) => ({
    stage: 'train', attempt: 1, offset: 0, record: 0, name: 'x', intendedPurpose: 'x', roles: ['provider'], annexIII: '', path: 'data', to: '/tmp/none/x', purpose: 'x', reason: 'x',
    decision: 'approved', treeSize: 1, alias: 'champion', key: 'team', value: 'x', hold: 0, source: 'x', licence: 'MIT', artifact: 'a'.repeat(64), ...target,
  }))
  for (const method of METHODS.filter((each) => contract[each].access !== 'public' && !each.startsWith('session.'))) {
    for (const input of inputs) expect(await ask(method, input, scoped), method).not.toContain(SECRET)
  }
  await revoke(role, scope)
})

it('lists for a role what it is for', async () => {
  const asked = async () => {
    const lists = await Promise.all([
      ask('projects.list', {}, scoped), ask('runs.list', {}, scoped), ask('runs.list', { project: hidden }, scoped),
      ask('models.list', { project: shown }, scoped), ask('models.list', { project: hidden }, scoped), ask('evidence.packs', { project: shown }, scoped),
    ])
    return lists.map((list) => (JSON.parse(list) as { id?: string | number; model?: string }[] | { code: string })).map((list) => (Array.isArray(list) ? list.map(({ id, model }) => id ?? model) : list.code))
  }
  await grant('engineer', { kind: 'project', project: shown })
  expect(await asked()).toEqual([['shown'], [1], [], ['other', 'scores'], [], ['plain-1']])
  await revoke('engineer', { kind: 'project', project: shown })
  await grant('engineer', { kind: 'model', project: shown, model: scores })
  expect(await asked()).toEqual([['shown'], 'not-permitted', 'not-permitted', ['scores'], [], ['plain-1']])
  await revoke('engineer', { kind: 'model', project: shown, model: scores })
  expect(await asked()).toEqual(['not-permitted', 'not-permitted', 'not-permitted', 'not-permitted', 'not-permitted', 'not-permitted'])
})

it('shows grants to who reads of people for those projects alone that they may see', async () => {
  await ask('roles.define', { role: 'registrar', sentence: 'Keeps the list.', permissions: ['people.read'] }, admin)
  await grant('approver', { kind: 'project', project: hidden })
  const { people } = workplace.ready()
  await people.enrol(admin.actor(), { handle: 'rex', displayName: 'Rex', passphrase: PASSPHRASE, roles: ['registrar'] })
  const rex = await signIn('rex')
  expect(await ask('people.list', {}, admin)).toContain('hidden')
  expect(await ask('people.list', {}, rex)).not.toContain('hidden')
  await revoke('approver', { kind: 'project', project: hidden })
})

it('gives no role for a project or model that is misspelt', async () => {
  expect(await grant('engineer', { kind: 'project', project: 'shwon' })).toContain('There is no project shwon')
  expect(await grant('engineer', { kind: 'model', project: shown, model: 'score' })).toContain('Its models are other, scores')
})

it('signs nothing for a role that was revoked while the passphrase was checked', async () => {
  const scope = { kind: 'model', project: shown, model: scores }
  await grant('auditor', scope)
  const { ledger } = workplace.ready()
  const placing = ask('models.hold', { project: shown, model: 'scores', version: 1, reason: 'x', passphrase: PASSPHRASE }, scoped)
  const { size } = ledger
  await revoke('auditor', scope)
  expect(await placing).toContain('not-permitted')
  expect(ledger.count({ action: 'model.hold.placed', from: size })).toBe(0)
})

it('imports no model from the folder of a project whose data the person may not copy out', async () => {
  await grant('engineer', { kind: 'model', project: shown, model: scores })
  const { projects } = workplace.ready()
  const examine = (folder: string, call: Call) => ask('models.examine', { project: shown, model: 'scores', path: join(folder, 'data'), source: 'x', licence: 'MIT' }, call)
  const secret = projects.get(hidden).folder
  expect(await examine(secret, scoped)).toContain('invalid-path')
  expect(await examine(projects.get(shown).folder, scoped)).toContain('invalid-path')
  await grant('engineer', { kind: 'project', project: shown })
  expect(await examine(projects.get(shown).folder, scoped)).toContain('"files":1')
  await revoke('engineer', { kind: 'project', project: shown })
  expect(await examine(secret, await signIn('ben'))).toContain('"files":1')
  await revoke('engineer', { kind: 'model', project: shown, model: scores })
})

it('lets a project be moved by nobody who manages it alone: its folder could be that of another', async () => {
  await grant('engineer', { kind: 'project', project: shown })
  const { folder, ...system } = workplace.ready().projects.get(shown)
  const change = (moved: object) => ask('projects.change', { ...system, project: shown, intendedPurpose: 'another', ...moved }, scoped)
  expect(await change({ folder })).toContain('not-permitted')
  expect(await change({})).toContain('"intendedPurpose":"another"')
  await revoke('engineer', { kind: 'project', project: shown })
})
