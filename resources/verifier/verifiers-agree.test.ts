import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startVerifiers } from './testing/both-verifiers.ts'
import { findDifferences } from './testing/differences.ts'
import { at, bytesAt, cast, editJson, editList, entryOf, inFolder, inZip, pack, seqOf, story, storyWith, type Members } from './testing/mjs-workbench.ts'
import {
  bag,
  continuation,
  CONTINUED_ORIGIN,
  entryFile,
  jcs,
  JUDGED,
  MEASURED,
  METRICS,
  METRICS_FILE,
  nameKey,
  newKey,
  ORIGIN,
  proofFile,
  RUN_GATES,
  sha256,
  signBag,
  signCheckpoint,
  signManifest,
  sortFiles,
  STAGING_GATE,
  writeTables,
  zipFiles,
  type Files,
  type Json,
  type PackPlan,
  type Step,
  type TestKey,
} from './testing/pack-builder.ts'
import { PYTHON } from './testing/python.ts'

// What the two verifiers once read in two ways, each settled in docs/pack-format.md; then packs altered at random. See also
// `npm run bench -- pack-differences`.

const verifiers = await startVerifiers()
afterAll(verifiers.close)

/** The verdict of both, which must be the same one. */
async function judge(path: string) {
  const { mjs, py } = await verifiers.judge(path)
  expect(py).toEqual(mjs)
  expect(mjs.crashed).toBeUndefined()
  return mjs
}

/** As a zip, which is one file to write and to remove. */
const judgeFiles = (files: Files) => judge(inZip(zipFiles(sortFiles(files))))

async function findingsOf(files: Files | string): Promise<string[] | undefined> {
  const { findings } = await (typeof files === 'string' ? judge(files) : judgeFiles(files))
  return findings?.map(({ code, file }) => `${code} ${file}`)
}

const findingsAfter = async (edit: (files: Files) => void, plan: Partial<PackPlan> = {}) => findingsOf(pack({ ...plan, edit }))
const findingsOfStory = async (steps: readonly Step[]) => findingsOf(pack({ steps }))
const enrol = (person: string, key: TestKey, by = cast.admin): Step => {
  const typed = Buffer.from(key.verifierKey.split('+').slice(2).join('+'), 'base64')
  const { verifierKey } = nameKey(`${ORIGIN}/person/${person}`, typed)
  return { name: `enrol ${person}`, by, action: 'person.enrolled', detail: () => ({ person, roles: ['approver'], key: verifierKey }) }
}
const next = entryFile(story.length)

describe('keys and people', () => {
  it('have one name for one public key', async () => {
    for (const key of [cast.engineer, cast.orchestrator, cast.log]) {
      expect(await findingsOfStory([...story, enrol('p-second', key)])).toEqual([`authority-invalid ${next}`])
    }
    const both = nameKey(`${ORIGIN}/orchestrator`, Buffer.from(cast.log.verifierKey.split('+').slice(2).join('+'), 'base64')).verifierKey
    const shared = storyWith('created', { detail: () => ({ logKey: cast.log.verifierKey, orchestratorKey: both }) })
    expect(await findingsOfStory(shared)).toContain(`entry-invalid ${entryFile(0)}`)
  })

  it('are enrolled once, and never again after they were deactivated', async () => {
    const gone: Step = { name: 'gone', by: cast.admin, action: 'person.deactivated', detail: () => ({ person: 'p-engineer' }) }
    const again = enrol('p-engineer', newKey('another'))
    expect(await findingsOfStory([...story, again])).toEqual([`authority-invalid ${next}`])
    expect(await findingsOfStory([...story, gone, again])).toEqual([`authority-invalid ${entryFile(story.length + 1)}`])
  })

  it('have names without spaces and control characters, of whatever script', async () => {
    for (const odd of ['\ufeff', '\u0085', '\u00a0', '\u2028', '\u3000', '\u001c', '\u007f', ' ', '+', '/']) {
      expect(await findingsOfStory([...story, enrol(`p${odd}x`, cast.stranger)]), JSON.stringify(odd)).toEqual([`entry-invalid ${next}`])
    }
    for (const odd of ['\u200b', 'é', '\u180e', '\ud83d\ude00', '\u00ad']) {
      expect(await findingsOfStory([...story, enrol(`p${odd}x`, cast.stranger)]), JSON.stringify(odd)).toEqual([])
    }
  })

  it('are said exactly: an entry that concerns a person has the members of the format', async () => {
    for (const detail of [{ person: 'p-approver' }, { person: 'p-approver', roles: ['approver'], more: 1 }, { person: 'p-approver', roles: [''] }, { person: '', roles: [] }]) {
      const step: Step = { name: 'roles', by: cast.admin, action: 'person.roles.changed', detail: () => detail }
      expect(await findingsOfStory([...story, step]), jcs(detail)).toEqual([`entry-invalid ${next}`])
    }
  })
})

describe('keys that take the place of others', () => {
  const { admin, engineer, approver, orchestrator, log, stranger } = cast
  const fresh = (key: TestKey) => newKey(key.name)
  const rotated = (old: TestKey, key: TestKey, change: Partial<Step> = {}): Step => ({ name: 'rotated', by: old, action: 'person.key.rotated', detail: () => ({ person: old.name.split('/').at(-1) ?? '', key: key.verifierKey }), cosigners: [key], ...change })
  const recovered = (old: TestKey, key: TestKey, change: Partial<Step> = {}): Step => rotated(old, key, { by: admin, action: 'person.key.recovered', detail: () => ({ person: old.name.split('/').at(-1) ?? '', key: key.verifierKey, reason: 'lost' }), ...change })
  const own = (action: string, old: TestKey, key: TestKey, change: Partial<Step> = {}): Step => ({ name: 'own', by: admin, action, detail: () => ({ key: key.verifierKey }), cosigners: [old, key], ...change })
  const role = (by: TestKey): Step => ({ name: 'later', by, action: 'session.opened', detail: () => ({}) })
  const after = async (...steps: Step[]) => findingsOfStory([...story, ...steps])
  const later = entryFile(story.length + 1)

  it('of a person sign from the next entry on, and the old ones no more', async () => {
    for (const replaced of [rotated, recovered]) {
      const key = fresh(engineer)
      expect(await after(replaced(engineer, key), role(key))).toEqual([])
      expect(await after(replaced(engineer, key), role(engineer))).toEqual([`key-unknown ${later}`])
    }
    const key = fresh(admin)
    expect(await findingsOf(pack({ steps: [...story, rotated(admin, key)], exporter: key }))).toEqual([])
    expect(await findingsOf(pack({ steps: [...story, rotated(admin, key)], exporter: admin }))).toEqual(['pack-signature-invalid signature.dsse.json'])
  })

  it('of a person are rotated by their owner alone and recovered by an administrator who is somebody else', async () => {
    const [key, ownKey] = [fresh(engineer), fresh(admin)]
    expect(await after(rotated(engineer, key, { by: approver }))).toEqual([`authority-invalid ${next}`])
    expect(await after(recovered(engineer, key, { by: approver }))).toEqual([`authority-invalid ${next}`])
    expect(await after(recovered(engineer, key, { by: engineer }))).toEqual([`authority-invalid ${next}`])
    expect(await after(recovered(admin, ownKey))).toEqual([`authority-invalid ${next}`])
    expect(await after(recovered(stranger, fresh(stranger)))).toEqual([`authority-invalid ${next}`])
    const gone: Step = { name: 'gone', by: admin, action: 'person.deactivated', detail: () => ({ person: 'p-engineer' }) }
    expect(await after(gone, recovered(engineer, key))).toEqual([`authority-invalid ${later}`])
    const taken = { ...nameKey(engineer.name, Buffer.from(approver.verifierKey.split('+').slice(2).join('+'), 'base64')), privateKey: approver.privateKey }
    expect(await after(recovered(engineer, taken))).toEqual([`authority-invalid ${next}`])
  })

  it('are introduced by entries that both old and new sign, in their order, and no other entry is signed by two', async () => {
    const [key, newLog, newOrchestrator] = [fresh(engineer), fresh(log), fresh(orchestrator)]
    for (const cosigners of [[], [key, key], [engineer], [approver]]) expect(await after(rotated(engineer, key, { cosigners }))).toEqual([`entry-invalid ${next}`])
    for (const cosigners of [[newLog], [newLog, log], [log], [orchestrator, newLog]]) {
      expect(await findingsOf(pack({ steps: [...story, own('ledger.key.rotated', log, newLog, { cosigners })] }))).toContain(`entry-invalid ${next}`)
    }
    expect(await after(own('orchestrator.key.rotated', fresh(orchestrator), newOrchestrator))).toEqual([`key-unknown ${next}`])
    const forged = { ...key, privateKey: stranger.privateKey }
    expect(await after(rotated(engineer, key, { cosigners: [forged] }))).toEqual([`signature-invalid ${next}`])
    expect(await after({ ...role(engineer), cosigners: [approver] })).toEqual([`entry-invalid ${next}`])
    expect(await after({ ...role(engineer), action: 'person.key.lost', cosigners: [approver] })).toEqual([`entry-invalid ${next}`])
  })

  it('of the orchestrator and the log are replaced by administrators', async () => {
    const [newLog, newOrchestrator] = [fresh(log), fresh(orchestrator)]
    expect(await after(own('orchestrator.key.rotated', orchestrator, newOrchestrator), role(newOrchestrator))).toEqual([])
    expect(await after(own('orchestrator.key.rotated', orchestrator, newOrchestrator), role(orchestrator))).toEqual([`key-unknown ${later}`])
    expect(await after(own('orchestrator.key.rotated', orchestrator, newOrchestrator, { by: engineer }))).toEqual([`authority-invalid ${next}`])
    const steps = [...story, own('ledger.key.rotated', log, newLog)]
    expect(await findingsOf(pack({ steps, log: newLog }))).toEqual([])
    expect(await findingsOf(pack({ steps }))).toEqual(['checkpoint-invalid data/checkpoint.txt'])
    expect(await findingsOf(pack({ steps: [...story, own('ledger.key.rotated', log, newLog, { by: engineer })] }))).toEqual([`authority-invalid ${next}`])
    const damaged = pack({ steps, log: newLog })
    damaged.set(next, Buffer.concat([bytesAt(damaged, next), Buffer.from(' ')]))
    expect(await findingsOf(damaged)).toEqual([`digest-mismatch ${next}`])
  })

  it('of the log are led to from the first one, which is the one that is pinned', async () => {
    const newLog = fresh(log)
    const path = inZip(zipFiles(sortFiles(pack({ steps: [...story, own('ledger.key.rotated', log, newLog)], log: newLog }))))
    for (const [key, found] of [[log, []], [newLog, ['key-not-pinned']]] as const) {
      const { mjs, py } = await verifiers.judge(path, key.verifierKey)
      expect([mjs, py].map(({ findings }) => findings?.map(({ code }) => code))).toEqual([found, found])
    }
  })
})

describe('a ledger that goes on under another origin', () => {
  const { admin, approver, engineer, log, orchestrator, stranger } = cast
  const newLog = newKey(CONTINUED_ORIGIN)
  const said = (detail: Record<string, Json> = {}, change: Partial<Step> = {}): Step => ({ ...continuation(cast, newLog, detail), ...change })
  const later = (change: Partial<Step> = {}): Step => ({ name: 'later', by: engineer, action: 'session.opened', detail: () => ({}), payload: { origin: CONTINUED_ORIGIN }, ...change })
  const found = async (...steps: Step[]) => findingsOf(pack({ steps: [...story, ...steps], log: newLog }))
  const [there, after] = [next, entryFile(story.length + 1)]
  const checkpoint = 'checkpoint-invalid data/checkpoint.txt'

  it('is led to from the first key, and the pack says that entries were lost', async () => {
    const path = inZip(zipFiles(sortFiles(pack({ steps: [...story, said(), later()], log: newLog }))))
    const { mjs, py } = await verifiers.judge(path, log.verifierKey)
    expect(py).toEqual(mjs)
    expect(mjs).toMatchObject({ findings: [], origin: ORIGIN, logKey: log.verifierKey })
    expect(mjs.notProved).toContain('nothing-lost')
    expect((await judgeFiles(pack())).notProved).not.toContain('nothing-lost')
    const renewed = newKey(CONTINUED_ORIGIN)
    const rotated: Step = { name: 'rotated', by: admin, action: 'ledger.key.rotated', detail: () => ({ key: renewed.verifierKey }), payload: { origin: CONTINUED_ORIGIN }, cosigners: [newLog, renewed] }
    expect(await findingsOf(pack({ steps: [...story, said(), rotated], log: renewed }))).toEqual([])
  })

  it('is said by a line for each loss: what is lost, whose word that is, whether a known log key says so too, and the origin since', async () => {
    const renewed = newKey(ORIGIN)
    const rotated: Step = { name: 'rotated', by: admin, action: 'ledger.key.rotated', detail: () => ({ key: renewed.verifierKey }), cosigners: [log, renewed] }
    const anchorOf = (key: TestKey, size: number) => signCheckpoint(key, `${ORIGIN}\n${size}\n${createHash('sha256').digest('base64')}\n`)
    const lossesOf = async (steps: readonly Step[], key = newLog) => {
      const { findings, losses } = await judgeFiles(pack({ steps: [...story, ...steps], log: key }))
      expect(findings).toEqual([])
      return losses
    }
    const first = { entry: story.length, predecessor: ORIGIN, origin: CONTINUED_ORIGIN, signed: 40, isProved: true, by: admin.name, reason: 'The disk broke.' }
    expect(await lossesOf([said()])).toEqual([first])
    expect(await lossesOf([said({ anchor: anchorOf(newKey(ORIGIN), 40) })])).toEqual([{ ...first, isProved: false }])
    // A key says nothing of sizes at which another was that of the log.
    for (const [key, signed, isProved] of [[renewed, 40, true], [log, 40, false], [renewed, 3, false], [log, 3, true]] as const) {
      expect(await lossesOf([rotated, said({ anchor: anchorOf(key, signed) })])).toEqual([{ ...first, entry: story.length + 1, signed, isProved }])
    }
    const last = newKey(`${ORIGIN}/continued/again`)
    const step = continuation({ ...cast, log: newLog }, last)
    const again: Step = { ...step, name: 'again', detail: (seqOf) => step.detail(() => seqOf('again')) }
    expect(await lossesOf([said(), again], last)).toEqual([first, { ...first, entry: story.length + 1, predecessor: CONTINUED_ORIGIN, origin: last.name }])
    expect((await judgeFiles(pack())).losses).toEqual([])
  })

  it('has an administrator say so, with the key that it goes on with', async () => {
    for (const by of [approver, orchestrator]) expect(await found(said({}, { by }))).toEqual([checkpoint, `authority-invalid ${there}`])
    expect(await found(said({}, { by: stranger }))).toEqual([checkpoint, `key-unknown ${there}`])
    for (const cosigners of [[], [log], [log, newLog], [newLog, newLog]]) expect(await found(said({}, { cosigners }))).toContain(`entry-invalid ${there}`)
    expect(await found(said({}, { cosigners: [{ ...newLog, privateKey: stranger.privateKey }] }))).toContain(`signature-invalid ${there}`)
  })

  it('says which it was, from where on it is lost, and by which checkpoint', async () => {
    const anchorOf = (key: TestKey, origin: string) => signCheckpoint(key, `${origin}\n40\n${createHash('sha256').digest('base64')}\n`)
    for (const detail of [{ size: 3 }, { predecessor: 'elsewhere.example/log' }, { anchor: 'none' }, { anchor: anchorOf(log, 'elsewhere.example/log') }, { reason: 1 }, { more: 1 }]) {
      expect(await found(said(detail)), jcs(detail)).toEqual([checkpoint, `entry-invalid ${there}`])
    }
    const unknown = `${ORIGIN}/continued/unknown`
    expect(await found(said({ predecessor: unknown, anchor: anchorOf(log, unknown) }))).toEqual([checkpoint, `authority-invalid ${there}`])
    expect(await found(said({ anchor: anchorOf({ ...log, privateKey: stranger.privateKey }, ORIGIN) }))).toEqual([checkpoint, `authority-invalid ${there}`])
    // The key that signed it may have come in an entry that is lost.
    expect(await found(said({ anchor: anchorOf(newKey(ORIGIN), ORIGIN) }))).toEqual([])
    expect(await found(said({}, { payload: { origin: CONTINUED_ORIGIN, seen: { size: 3, root: createHash('sha256').digest('base64') } } }))).toContain(`entry-invalid ${there}`)
  })

  it('never goes on under its first origin, under one of before, or with a key that is known', async () => {
    const steps = (key: TestKey) => [...story, { ...continuation(cast, key), payload: { origin: key.name } }]
    for (const name of [ORIGIN, `${ORIGIN}/person/p-admin`, `${ORIGIN}/continued/a/b`, 'elsewhere.example/continued/a']) {
      const key = newKey(name)
      expect(await findingsOf(pack({ steps: steps(key), log: key })), name).toContain(`entry-invalid ${there}`)
    }
    const known = { ...nameKey(CONTINUED_ORIGIN, Buffer.from(log.verifierKey.split('+').slice(2).join('+'), 'base64')), privateKey: log.privateKey }
    expect(await findingsOf(pack({ steps: steps(known), log: known }))).toEqual([checkpoint, `authority-invalid ${there}`])
    const again = { ...continuation({ ...cast, log: newLog }, newKey(CONTINUED_ORIGIN)), name: 'again', payload: { origin: CONTINUED_ORIGIN } }
    expect(await found(said(), { ...again, detail: () => ({ ...again.detail(() => story.length + 1) }) })).toContain(`entry-invalid ${after}`)
  })

  it('is nowhere without being said: later entries and the checkpoint name it, and what names the old one is of another history', async () => {
    expect(await found(said(), later({ payload: { origin: ORIGIN } }))).toEqual([`entry-invalid ${after}`])
    expect(await found(said({}, { omitted: 'not-in-scope' }), later())).toEqual([checkpoint, `entry-invalid ${after}`])
    expect(await findingsOf(pack({ steps: [...story, said({}, { omitted: 'not-in-scope' }), later()] }))).toEqual([`entry-invalid ${after}`])
    expect(await findingsOf(pack({ steps: [...story, said(), later()] }))).toEqual([checkpoint])
    expect(await found(later())).toEqual([checkpoint, `entry-invalid ${there}`])
    expect(await findingsOf(pack({ steps: story.map((step, index) => (index === 0 ? { ...step, payload: { origin: CONTINUED_ORIGIN } } : step)) }))).toContain(`entry-invalid ${entryFile(0)}`)
  })

  it('is left undecided where the entry that says so is damaged', async () => {
    const damaged = pack({ steps: [...story, said(), later()], log: newLog })
    damaged.set(there, Buffer.concat([bytesAt(damaged, there), Buffer.from(' ')]))
    expect(await findingsOf(damaged)).toEqual([`digest-mismatch ${there}`])
  })
})

describe('the project of a pack', () => {
  const changed = (project: string, name = 'Films'): Step => {
    return { name: 'description', by: cast.engineer, action: 'project.changed', detail: () => ({ project, name, intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '5(b)' }) }
  }
  const wrong = ['format-invalid data/pack.json']

  it('is described as the last entry about it describes it', async () => {
    const edits: Members[] = [{ name: 'Films' }, { intendedPurpose: '' }, { roles: ['deployer'] }, { roles: ['provider', 'deployer'] }, { roles: [] }, { annexIII: 'none' }, { id: 'films' }]
    for (const edit of edits) {
      const found = await findingsAfter(editJson('data/pack.json', (scope) => Object.assign(scope.project as Members, edit)))
      expect(found, jcs(edit)).toEqual(wrong)
    }
    expect(await findingsOfStory([...story, changed('credit')])).toEqual(wrong)
    expect(await findingsOfStory([...story, changed('another')])).toEqual([])
    expect(await findingsOfStory([...story, changed('credit'), changed('credit', 'Credit')])).toEqual([])
  })

  it('is described by an entry in the pack, or it is left undecided where one was set aside', async () => {
    expect(await findingsOfStory(story.filter(({ name }) => name !== 'project'))).toEqual(wrong)
    expect(await findingsOfStory(storyWith('project', { detail: () => ({ project: 'credit' }) }))).toEqual(wrong)
    for (const name of ['project', 'later']) {
      const files = pack({ steps: [...story, { ...changed('credit'), name: 'later' }] })
      const path = name === 'project' ? entryOf('project') : next
      files.set(path, Buffer.concat([bytesAt(files, path), Buffer.from(' ')]))
      expect(await findingsOf(files), name).toEqual([`digest-mismatch ${path}`])
    }
  })
})

describe('the exporter', () => {
  const unfit = ['pack-signature-invalid signature.dsse.json']
  const roles = (person: string, ...held: string[]): Step => ({ name: 'roles', by: cast.admin, action: 'person.roles.changed', detail: () => ({ person, roles: held }) })

  it('is an approver or an auditor at the last entry of the pack', async () => {
    const packOf = (exporter: TestKey, ...more: Step[]) => findingsOf(pack({ steps: [...story, ...more], exporter }))
    expect(await packOf(cast.approver)).toEqual([])
    expect(await packOf(cast.approver, roles('p-approver', 'auditor'))).toEqual([])
    expect(await packOf(cast.approver, roles('p-approver', 'engineer', 'administrator'))).toEqual(unfit)
    expect(await packOf(cast.engineer, roles('p-engineer', 'engineer'))).toEqual(unfit)
    expect(await packOf(cast.admin, roles('p-admin', 'administrator'))).toEqual(unfit)
    expect(await packOf(cast.orchestrator)).toEqual(unfit)
  })

  it('may have been given the role in an entry that was set aside', async () => {
    const files = pack({ steps: [...story, roles('p-engineer', 'engineer'), roles('p-engineer', 'auditor')], exporter: cast.engineer })
    const path = entryFile(story.length + 1)
    files.set(path, Buffer.concat([bytesAt(files, path), Buffer.from(' ')]))
    expect(await findingsOf(files)).toEqual([`digest-mismatch ${path}`])
  })

  it('is said to be the author of the version where that is so', async () => {
    const [own, other] = [await judgeFiles(pack({ exporter: cast.engineer })), await judgeFiles(pack({ exporter: cast.approver }))]
    expect({ ok: own.ok, last: own.notProved?.at(-1) }).toEqual({ ok: true, last: 'exporter-not-author' })
    expect(other.notProved).not.toContain('exporter-not-author')
    const path = inZip(zipFiles(sortFiles(pack({ exporter: cast.engineer }))))
    for (const [program, verifier] of [[process.execPath, 'verify.mjs'], [PYTHON, 'verify.py']] as const) {
      const { stdout } = spawnSync(program, [fileURLToPath(new URL(verifier, import.meta.url)), path], { encoding: 'utf8' })
      expect(stdout).toMatch(new RegExp(`Exporter +${cast.engineer.name}, the author of the version`))
    }
  })
})

describe('dates and times', () => {
  const dates = { '2026-02-30': false, '2025-02-29': false, '2024-02-29': true, '2026-13-01': false, '2026-11-31': false, '0000-01-01': false, '0001-01-01': true, tomorrow: false, '': false, '2026-11-23 ': false, '20261123': false, '٢٠٢٦-11-23': false }

  it('exist', async () => {
    for (const [date, isOne] of Object.entries(dates)) {
      expect(await findingsAfter(editJson('data/pack.json', (scope) => (scope.asOf = date))), date).toEqual(isOne ? [] : ['format-invalid data/pack.json'])
      const bagged = pack()
      bagged.set('bag-info.txt', Buffer.from(bytesAt(bagged, 'bag-info.txt').toString().replace('2026-11-23', date)))
      signBag(bagged, cast.admin)
      expect(await findingsOf(bagged), date).toEqual(isOne ? [] : ['bag-invalid bag-info.txt'])
    }
    const times = { '2026-02-30T00:00:00Z': false, '2026-11-23T24:00:00Z': false, '2026-11-23T23:59:60Z': false, '2026-11-23T23:59:59Z': true, '2026-11-23T09:00:00.Z': false, '2026-11-23T09:00:00.000000001Z': true, '2026-11-23T09:00:00+00:00': false, 'T09:00:00Z': false }
    for (const [time, isOne] of Object.entries(times)) {
      expect(await findingsAfter(editJson('data/pack.json', (scope) => (scope.created = time))), time).toEqual(isOne ? [] : ['format-invalid data/pack.json'])
      expect(await findingsOfStory(storyWith('stage', { payload: { time } })), time).toEqual(isOne ? [] : [`entry-invalid ${entryOf('stage')}`])
    }
  })
})

describe('the scope', () => {
  const scopeWith = (edit: (scope: Members) => unknown) => findingsAfter(editJson('data/pack.json', edit))
  const invalid = ['format-invalid data/pack.json']

  it('is about the model file that was registered, by its version', async () => {
    expect(await scopeWith(({ model }) => ((model as Members).artifact = '0'.repeat(64)))).toEqual(invalid)
    expect(await scopeWith(({ model }) => ((model as Members).version = 2))).toEqual(invalid)
    expect(await scopeWith(({ model }) => ((model as Members).version = '1'))).toContain(invalid[0])
    expect(await scopeWith(({ project }) => ((project as Members).id = 'another'))).toEqual(invalid)
  })

  it('names frameworks by what can be the name of their file', async () => {
    for (const id of ['a/b', '', 'a b', 'x'.repeat(190)]) {
      expect(await scopeWith((scope) => Object.assign(at(scope.frameworks as Members[], 0), { id, file: `data/frameworks/${id}.json` })), id).toContain(invalid[0])
    }
  })
})

describe('files', () => {
  it('that are empty folders in place of a required one are unlisted, and folders with something in them make it missing', async () => {
    const folder = inFolder(pack())
    rmSync(join(folder, 'README.txt'))
    mkdirSync(join(folder, 'README.txt'))
    expect(await findingsOf(folder)).toEqual(['file-unlisted README.txt'])
    writeFileSync(join(folder, 'README.txt', 'x'), 'x')
    expect(await findingsOf(folder)).toEqual(['file-missing README.txt', 'file-unlisted README.txt/x'])
  })

  it('in a folder with a name that no pack has are not looked at', async () => {
    const folder = inFolder(pack())
    mkdirSync(join(folder, 'data/o dd'))
    writeFileSync(join(folder, 'data/o dd/x'), 'x')
    mkdirSync(Buffer.from(`${folder}/\u00ff`, 'latin1'))
    expect(await findingsOf(folder)).toEqual(['path-invalid data/o dd', 'path-invalid \ufffd'])
  })

  it('that are links in place of a proof are no missing ones', async () => {
    const folder = inFolder(pack())
    rmSync(join(folder, proofFile(1)))
    symlinkSync('00000002.tlog-proof', join(folder, proofFile(1)))
    expect(await findingsOf(folder)).toEqual([`path-invalid ${proofFile(1)}`])
  })

  it('count where they belong to the pack: damaged ones do, and others do not', async () => {
    const all = (await judgeFiles(pack())).counts as { files: number; entries: number }
    const countsOf = async (files: Files) => (await judgeFiles(files)).counts
    expect(await countsOf(pack().set('data/strange.txt', Buffer.from('x')).set(entryOf('session'), Buffer.from('x')))).toEqual(all)
    expect(await countsOf(pack().set(entryOf('run'), Buffer.from('x')))).toEqual(all)
    const missing = pack()
    missing.delete(entryOf('run'))
    expect(await countsOf(missing)).toEqual({ ...all, files: all.files - 1, entries: all.entries - 1 })
    expect(await countsOf(pack({ edit: (files) => files.set('data/frameworks/more.json', Buffer.from('{}')) }))).toEqual(all)
  })

  it('that no manifest lists are found once, and count for nothing', async () => {
    expect(await findingsOf(pack().set(entryOf('session'), Buffer.from('x')))).toEqual([`file-unlisted ${entryOf('session')}`])
    const files = pack()
    const lines = bytesAt(files, 'manifest-sha256.txt').toString().split('\n')
    files.set('manifest-sha256.txt', Buffer.from(lines.filter((line) => !line.endsWith(entryOf('run'))).join('\n')))
    signBag(files, cast.admin)
    expect(await findingsOf(files)).toEqual(['bag-invalid bag-info.txt', `file-unlisted ${entryOf('run')}`, 'omissions-invalid data/omissions.json'])
  })

  it('are not held against a manifest that is none', async () => {
    const files = pack()
    files.set('README.txt', Buffer.from('another'))
    files.set('tagmanifest-sha256.txt', Buffer.from(`${bytesAt(files, 'tagmanifest-sha256.txt').toString()}x`))
    signManifest(files, cast.admin)
    expect(await findingsOf(files)).toEqual(['bag-invalid tagmanifest-sha256.txt'])
  })

  it('have a bag-info.txt whose values say something, in any script', async () => {
    const edits: Record<string, boolean> = { 'Source-Organization: \ufeffA\u200b\u00a0': true, 'Source-Organization:  ': true, 'Source-Organization: ': false, 'Source-Organization:x': false, 'Source-Organization: a\u0085': false, 'Source-Organization: a\tb': false, 'Source-Organization: a\u2028b: c': true }
    for (const [line, isOne] of Object.entries(edits)) {
      const files = pack()
      files.set('bag-info.txt', Buffer.from(bytesAt(files, 'bag-info.txt').toString().replace('Source-Organization: Test', line)))
      signBag(files, cast.admin)
      expect(await findingsOf(files), JSON.stringify(line)).toEqual(isOne ? [] : ['bag-invalid bag-info.txt'])
    }
  })
})

describe('entry 0', () => {
  it('that is damaged or listed and missing leaves open whose the ledger is', async () => {
    expect(await findingsOf(pack().set(entryFile(0), Buffer.from('x')))).toEqual([`digest-mismatch ${entryFile(0)}`])
    const files = pack()
    files.delete(entryFile(0))
    expect(await findingsOf(files)).toEqual([`file-missing ${entryFile(0)}`, 'omissions-invalid data/omissions.json'])
  })

  it('that the exporter left out leaves nothing to believe', async () => {
    const leftOut = await findingsOfStory(storyWith('created', { omitted: 'not-in-scope' }))
    expect(leftOut).toContain('omissions-invalid data/omissions.json')
    expect(leftOut).toContain('checkpoint-invalid data/checkpoint.txt')
    expect(leftOut).toContain('pack-signature-invalid signature.dsse.json')
    expect(leftOut?.filter((finding) => finding.startsWith('key-unknown'))).toHaveLength(11)
  })
})

describe('an entry', () => {
  it('that nobody is known to have signed is held to nothing else', async () => {
    const early = storyWith('stage', { by: cast.stranger, detail: () => ({ run: 'r-9' }) })
    expect(await findingsOfStory(early)).toEqual([`key-unknown ${entryOf('stage')}`])
  })

  it('that starts a run or names a version without saying which starts and names none', async () => {
    const unnamed: Step[] = [
      { name: 'start', by: cast.engineer, action: 'run.started', detail: () => ({}) },
      { name: 'of null', by: cast.orchestrator, action: 'stage.started', detail: () => ({ run: null }) },
    ]
    expect(await findingsOfStory([...story, ...unnamed])).toEqual([`order-invalid ${entryFile(story.length + 1)}`])
    const ofNull: Step[] = [
      { name: 'start', by: cast.engineer, action: 'run.started', detail: () => ({ run: null }) },
      { name: 'unnamed', by: cast.orchestrator, action: 'stage.started', detail: () => ({}) },
    ]
    expect(await findingsOfStory([...story, ...ofNull])).toEqual([`order-invalid ${entryFile(story.length + 1)}`])
    const nameless = { project: 'credit', model: 'scorer' }
    const decided: Step[] = [
      { name: 'register', by: cast.orchestrator, action: 'model.version.registered', detail: () => ({ ...nameless, author: 'p-engineer' }) },
      { name: 'request', by: cast.engineer, action: 'model.promotion.requested', detail: () => ({ ...nameless, to: 'staging' }) },
      { name: 'approve', by: cast.approver, action: 'model.promotion.approved', detail: (seq) => ({ ...nameless, to: 'staging', request: seq('request') }) },
      { name: 'change', by: cast.orchestrator, action: 'model.stage.changed', detail: () => ({ ...nameless, to: 'staging' }) },
    ]
    expect(await findingsOfStory([...story, ...decided])).toEqual([`gate-invalid ${entryFile(story.length + 1)}`, `authority-invalid ${entryFile(story.length + 2)}`, `order-invalid ${entryFile(story.length + 3)}`])
  })

  it('that asks for a promotion was judged by the gate and the metrics that its run recorded', async () => {
    const [auc, ece] = [at(JUDGED, 0), at(JUDGED, 1)]
    const request = { project: 'credit', model: 'scorer', version: 1, to: 'staging', gateEntry: seqOf('run'), conditions: JUDGED, approvals: 1 }
    const undecided = (at: number) => [`gate-invalid ${entryFile(at)}`, `authority-invalid ${entryFile(at + 1)}`, `order-invalid ${entryFile(at + 2)}`]
    const judged = (change: Members) => findingsOfStory(storyWith('requested', { detail: () => ({ ...request, ...change }) }))
    const dishonest: Members[] = [
      { conditions: [] }, { conditions: [auc] }, { conditions: [ece, auc] }, { conditions: 'none' }, { conditions: [{ ...auc, note: '' }, ece] }, { conditions: [...JUDGED, { ...auc, metric: 'f1' }] },
      { conditions: [{ ...auc, threshold: '0.1' }, ece] }, { conditions: [{ ...auc, bound: 'max' }, ece] }, { conditions: [{ ...auc, metric: 'constructor' }, ece] },
      { conditions: [{ ...auc, value: '0.9' }, ece] }, { conditions: [{ ...auc, value: '0.81250' }, ece] }, { conditions: [{ ...auc, value: 'not recorded', met: 'no' }, ece] }, { conditions: [{ ...auc, met: 'no' }, ece] },
      { approvals: 2 }, { approvals: 0 }, { approvals: '1' }, { approvals: true }, { to: 'production' }, { version: 2 },
      { gateEntry: seqOf('stage') }, { gateEntry: 99 }, { gateEntry: '5' }, { gateEntry: null },
    ]
    for (const change of dishonest) expect(await judged(change), jcs(change)).toEqual(undecided(seqOf('requested')))
    expect(await judged({})).toEqual([])

    const fixed = (gates: Json, conditions: Json = JUDGED, approvals = 1) =>
      findingsOfStory(
        storyWith('run', { detail: () => ({ run: 'r-1', gates }) }).map((step) => (step.name === 'requested' ? { ...step, detail: () => ({ ...request, conditions, approvals }) } : step)),
      )
    const [gate, other] = [RUN_GATES[0], { model: 'scorer', gates: [] }]
    for (const gates of [[gate, other], [other, gate], [{ model: 'scorer', gates: [{ ...STAGING_GATE, to: 'production', conditions: [] }, STAGING_GATE] }]]) expect(await fixed(gates as Json), jcs(gates as Json)).toEqual([])
    for (const gates of [[], null, [other], [{ model: 'decoy', gates: [STAGING_GATE] }], [{ ...gate, more: 1 }], [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 0 }] }]]) {
      expect(await fixed(gates as Json), jcs(gates as Json)).toEqual(undecided(seqOf('requested')))
    }
    expect(await fixed([other], [])).toEqual([])
    expect(await fixed([{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2 }] }], JUDGED, 2)).toEqual([`order-invalid ${entryOf('changed')}`])
    const limit = (threshold: string) => ({ metric: 'auc', bound: 'min', threshold })
    const tight = (threshold: string) => fixed([{ model: 'scorer', gates: [{ to: 'staging', conditions: [limit(threshold)], approvals: 1 }] }], [{ ...limit(threshold), value: '0.8125', met: 'yes' }])
    for (const met of ['0.8125', '-7', `0.81249${'9'.repeat(5000)}`, `-1${'0'.repeat(5000)}`]) expect(await tight(met)).toEqual([])
    for (const unmet of [`0.8125${'0'.repeat(5000)}1`, `1${'0'.repeat(5000)}`, '0.82']) expect(await tight(unmet)).toEqual(undecided(seqOf('requested')))
  })

  it('that asks for a promotion was judged by a metric that the run recorded once', async () => {
    const at = seqOf('requested')
    const found = async (metrics: Json, extra: Members = {}) => {
      const more: Step = { name: 'more', by: cast.orchestrator, action: 'stage.succeeded', detail: () => ({ run: 'r-1', stage: 'holdout', metrics, ...extra }) }
      return (await findingsOfStory([...story.slice(0, at), more, ...story.slice(at)]))?.filter((finding) => finding.startsWith('gate-invalid'))
    }
    for (const metrics of [{ auc: '0.55' }, { auc: '0.8125' }, { auc: 1 }, { 'train.ece': '0.05' }]) expect(await found(metrics), jcs(metrics)).toEqual([`gate-invalid ${entryFile(at + 1)}`])
    for (const metrics of [{ ece: '0.9' }, { 'train.auc': '0.9' }, ['auc'], null]) expect(await found(metrics as Json), jcs(metrics as Json)).toEqual([])
    expect(await found({ auc: '0.55' }, { run: 'r-2' })).toEqual([])
    const unmeasured = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: { auc: '0.8125' }, outs: [{ sha256: sha256(METRICS) }] }) })
    expect(await findingsOfStory(unmeasured)).toContain(`gate-invalid ${entryOf('requested')}`)
    const ofAnotherRun = storyWith('registered', { detail: () => ({ project: 'credit', model: 'scorer', version: 1, run: 'r-2', author: 'p-engineer', artifact: sha256(Buffer.from('model')) }) })
    expect(await findingsOfStory(ofAnotherRun)).toContain(`gate-invalid ${entryOf('requested')}`)
  })

  it('that moves a version has the approvals of different people that its request asks for', async () => {
    const fixed = storyWith('run', { detail: () => ({ run: 'r-1', gates: [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2 }] }] }) })
    const judged = fixed.map((step): Step => (step.name === 'requested' ? { ...step, detail: (seq) => ({ ...step.detail(seq), approvals: 2 }) } : step))
    const withMore = (...more: Step[]) => judged.flatMap((step) => (step.name === 'changed' ? [...more, step] : [step]))
    const second = newKey(`${ORIGIN}/person/p-second`)
    const again: Step = { name: 'again', by: cast.approver, action: 'model.promotion.approved', detail: (seq) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') }) }
    expect(await findingsOfStory(withMore(again))).toEqual([`order-invalid ${entryFile(seqOf('changed') + 1)}`])
    expect(await findingsOfStory(withMore(enrol('p-second', second), { ...again, by: second }))).toEqual([])
  })

  it('that asks for a promotion answers what a policy asks for, by whose roles and how late it counts', async () => {
    const auditor = newKey(`${ORIGIN}/person/p-auditor`)
    const both = newKey(`${ORIGIN}/person/p-both`)
    const policy = { path: 'gates/staging.yaml', sha256: 'a'.repeat(64), evidence: ['model-card'], tests: ['train'], roles: { approver: 1, auditor: 1 }, expires: { approvals: 30, evidence: 90, production: 0 } }
    const requirements = (entry: Json) => [['evidence', 'model-card'], ['test', 'train']].map(([what = '', name = '']): Json => ({ what, name, entry, met: 'yes' }))
    const changes = (altered: { policy?: object; requirements?: (entry: number) => Json; trained?: object }) => (step: Step): Step => {
      if (step.name === 'run') return { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates: [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2, policy: { ...policy, ...altered.policy } }] }] }) }
      if (step.name === 'trained') return { ...step, detail: (seq) => ({ ...step.detail(seq), evidence: [{ kind: 'model-card', path: 'CARD.md', sha256: 'b'.repeat(64) }], ...altered.trained }) }
      if (step.name === 'requested') return { ...step, detail: (seq) => ({ ...step.detail(seq), approvals: 2, requirements: (altered.requirements ?? requirements)(seq('trained')) }) }
      return step
    }
    const approval = (by: TestKey, time?: string): Step => ({ name: `by-${by.name}`, by, action: 'model.promotion.approved', detail: (seq) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') }), ...(time === undefined ? {} : { payload: { time } }) })
    const told = (altered: Parameters<typeof changes>[0], ...more: Step[]) => {
      const enrolled = [enrol('p-auditor', auditor), { ...enrol('p-both', both), detail: () => ({ person: 'p-both', roles: ['approver', 'auditor'], key: both.verifierKey }) }]
      const auditors = enrolled.map((step, i): Step => (i === 0 ? { ...step, detail: () => ({ person: 'p-auditor', roles: ['auditor'], key: auditor.verifierKey }) } : step))
      return story.map(changes(altered)).flatMap((step) => (step.name === 'session' ? [...auditors, step] : step.name === 'changed' ? [...more, step] : [step]))
    }
    const findings = async (altered: Parameters<typeof changes>[0], ...more: Step[]) => {
      const steps = told(altered, ...more)
      const named = (found: string) => found.replace(/data\/entries\/0*(\d+)\.json/, (_, seq: string) => steps[Number(seq)]?.name ?? '')
      return (await findingsOfStory(steps))?.map(named)
    }
    expect(await findings({}, approval(auditor))).toEqual([])
    expect(await findings({}, approval(both))).toEqual([])
    expect(await findings({})).toEqual(['order-invalid changed'])
    expect(await findings({ policy: { roles: { approver: 2 } } }, approval(auditor))).toEqual([`authority-invalid by-${auditor.name}`, 'order-invalid changed'])
    expect(await findings({ policy: { roles: { auditor: 2 } } }, approval(auditor), approval(both))).toEqual(['authority-invalid approved'])
    expect(await findings({ policy: { roles: { auditor: 1, approver: 2 } } }, approval(auditor))).toEqual(['order-invalid changed'])
    expect(await findings({}, approval(auditor, '2026-10-23T08:59:59.999Z'))).toEqual(['order-invalid changed'])
    expect(await findings({}, approval(auditor, '2026-10-24T09:00:00.000Z'))).toEqual([])
    const refused = ['authority-invalid approved', 'order-invalid changed']
    expect(await findings({ requirements: () => [] })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ trained: { evidence: [] } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ policy: { tests: ['test'] } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ policy: { extra: 1 } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ requirements: (entry) => requirements(entry - 1) })).toEqual(['gate-invalid requested', ...refused])
    const old = told({}, approval(auditor)).map((step) => (step.name === 'trained' ? { ...step, payload: { time: '2026-08-25T08:59:59.000Z' } } : step))
    expect((await findingsOfStory(old))?.[0]).toContain('gate-invalid')
  })

  it('that returns a version to production follows a rollback of its own, after it was in production and left', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const by = (name: string, key: TestKey, action: string, detail: Step['detail']): Step => ({ name, by: key, action, detail })
    const move = (name: string, to: string) => by(name, cast.orchestrator, 'model.stage.changed', () => ({ ...version, to }))
    const inUse = [
      ...story.slice(0, -1),
      by('asked', cast.engineer, 'model.promotion.requested', (seq) => ({ ...version, to: 'production', gateEntry: seq('run'), conditions: [], approvals: 1 })),
      by('agreed', cast.approver, 'model.promotion.approved', (seq) => ({ ...version, to: 'production', request: seq('asked') })),
      move('entered', 'production'),
      move('left', 'archived'),
    ]
    const rollback = by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), approvals: 1 }))
    const agree = (name: string, action: string, key = cast.approver) => by(name, key, action, (seq) => ({ ...version, to: 'production', request: seq('rollback') }))
    const at = (offset: number) => entryFile(inUse.length + offset)
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.rollback.approved'), move('returned', 'production')])).toEqual([])
    expect(await findingsOfStory([...inUse, move('returned', 'production')])).toEqual([`order-invalid ${at(0)}`])
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.promotion.approved')])).toEqual([`authority-invalid ${at(1)}`])
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.rollback.approved', cast.engineer)])).toEqual([`authority-invalid ${at(1)}`])
    expect(await findingsOfStory([...story, { ...rollback, detail: (seq) => ({ ...version, to: 'production', entered: seq('changed'), approvals: 1 }) }])).toEqual([`order-invalid ${entryFile(story.length)}`])
  })

  it('that asks for a rollback is held to what the gate of the version states for that, or asks for entering', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const by = (name: string, key: TestKey, action: string, detail: Step['detail']): Step => ({ name, by: key, action, detail })
    const move = (name: string, to: string, key = cast.orchestrator) => by(name, key, 'model.stage.changed', () => ({ ...version, to }))
    const auditor = newKey(`${ORIGIN}/person/p-auditor`)
    const policy = { path: '', sha256: '', evidence: [], tests: [], roles: { approver: 1 }, expires: { approvals: 0, evidence: 0, production: 0 } }
    const gate = (change: Members) => [{ model: 'scorer', gates: [STAGING_GATE, { to: 'production', conditions: [], approvals: 1, policy: { ...policy, ...change } }] }] as Json
    const approve = (key: TestKey, request = 'rollback', kind = 'rollback') => by(`by-${key.name}-${request}`, key, `model.${kind}.approved`, (seq) => ({ ...version, to: 'production', request: seq(request) }))
    const inUse = (gates: Json) => [
      ...storyWith('run', { detail: () => ({ run: 'r-1', project: 'credit', gates }) }).slice(0, -1),
      { ...enrol('p-auditor', auditor), detail: () => ({ person: 'p-auditor', roles: ['auditor'], key: auditor.verifierKey }) },
      by('asked', cast.engineer, 'model.promotion.requested', (seq) => ({ ...version, to: 'production', gateEntry: seq('run'), conditions: [], requirements: [], approvals: 1 })),
      approve(cast.approver, 'asked', 'promotion'),
      move('entered', 'production'),
    ]
    const rollback = (approvals: number, change: Members = {}) => by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), gateEntry: seq('run'), approvals, ...change }))
    const findings = async (gates: Json, ...more: Step[]) => {
      const steps = [...inUse(gates), ...more]
      return (await findingsOfStory(steps))?.map((found) => found.replace(/data\/entries\/0*(\d+)\.json/, (_, seq: string) => steps[Number(seq)]?.name ?? ''))
    }
    const left = move('left', 'archived')
    const back = move('back', 'production')
    const both = gate({ rollback: { approvals: 2, roles: { auditor: 1 } } })
    expect(await findings(gate({}), left, rollback(1), approve(cast.approver), back)).toEqual([])
    expect(await findings(gate({}), left, rollback(1), approve(auditor), back)).toEqual([`authority-invalid by-${auditor.name}-rollback`, 'order-invalid back'])
    expect(await findings(gate({ rollback: { approvals: 1, roles: { auditor: 1 } } }), left, rollback(1), approve(auditor), back)).toEqual([])
    expect(await findings(both, left, rollback(2), approve(auditor), back)).toEqual(['order-invalid back'])
    const undecided = ['order-invalid rollback', `authority-invalid by-${cast.approver.name}-rollback`]
    expect(await findings(both, left, rollback(1), approve(cast.approver))).toEqual(undecided)
    expect(await findings(gate({}), left, rollback(2), approve(cast.approver))).toEqual(undecided)
    for (const gateEntry of [null, -1, '3', 10_000, 0] as Json[]) expect(await findings(gate({}), left, rollback(1, { gateEntry }), approve(cast.approver))).toEqual(undecided)
    expect(await findings(gate({}), move('left', 'archived', cast.approver), rollback(1), approve(cast.approver))).toEqual(undecided)
    for (const wrong of [null, {}, { approvals: 0, roles: {} }, { approvals: 1, roles: {}, more: 1 }] as Json[]) expect(await findings(gate({ rollback: wrong })), jcs(wrong)).toContain('gate-invalid requested')
    const told = async (request: Step) => (await judgeFiles(pack({ steps: [...inUse(gate({})), left, request, approve(cast.approver), back] }))).notProved?.includes('rollback-gates')
    expect([await told(rollback(1)), await told(by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), approvals: 1 })))]).toEqual([false, true])
  })

  it('that withdraws a request is by who made it, and nothing is decided on it after', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1, to: 'staging' }
    const withdraw = (key: TestKey): Step => ({ name: 'withdrawn', by: key, action: 'model.promotion.withdrawn', detail: (seq) => ({ ...version, request: seq('requested') }) })
    const before = (step: Step) => story.slice(0, seqOf('approved')).concat(step, story.slice(seqOf('approved')))
    const shifted = (name: string) => entryFile(seqOf(name) + 1)
    expect(await findingsOfStory(before(withdraw(cast.engineer)))).toEqual([`authority-invalid ${shifted('approved')}`, `order-invalid ${shifted('changed')}`])
    expect(await findingsOfStory(before(withdraw(cast.approver)))).toEqual([`authority-invalid ${shifted('requested')}`])
  })

  it('that rejects a request ends it: nothing is decided on it after, and no version moves by it', async () => {
    const detail = (seq: (name: string) => number) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') })
    const second = newKey(`${ORIGIN}/person/p-second`)
    const reject: Step = { name: 'rejected', by: second, action: 'model.promotion.rejected', detail }
    const withdraw: Step = { name: 'withdrawn', by: cast.engineer, action: 'model.promotion.withdrawn', detail }
    const enrolled = [...story.slice(0, seqOf('requested')), enrol('p-second', second), ...story.slice(seqOf('requested'))]
    const [approved, changed] = [seqOf('approved') + 1, seqOf('changed') + 1]
    const insert = (at: number, ...steps: Step[]) => findingsOfStory([...enrolled.slice(0, at), ...steps, ...enrolled.slice(at)])
    const moved = `order-invalid ${entryFile(changed + 1)}`
    expect(await insert(approved, reject)).toEqual([`authority-invalid ${entryFile(approved + 1)}`, moved])
    expect(await insert(changed, reject)).toEqual([moved])
    expect(await insert(changed, withdraw)).toEqual([moved])
    expect(await insert(changed + 1, reject)).toEqual([])
    const again: Step[] = ['requested', 'approved', 'changed'].map((name) => enrolled.find((step) => step.name === name) ?? reject)
    expect(await findingsOfStory([...enrolled.slice(0, approved), reject, ...again.map((step) => step.name === 'approved' ? { ...step, detail: (seq: (name: string) => number) => ({ ...detail(seq), request: approved + 1 }) } : step)])).toEqual([])
  })

  it('that puts a key in the place of the one that signs models is an administrator\'s, and that one signs no more', async () => {
    const rotate = (by: TestKey, change: Members = {}): Step => ({ name: 'rotated', by, action: 'model.key.rotated', detail: () => ({ hint: 'b'.repeat(64), key: 'PEM', replaces: 'a'.repeat(64), ...change }) })
    const sign = (hint: Json): Step => ({ name: 'signed', by: cast.orchestrator, action: 'model.version.signed', detail: () => ({ hint }) })
    const at = (offset: number) => entryFile(story.length + offset)
    expect(await findingsOfStory([...story, sign('a'.repeat(64)), rotate(cast.admin), sign('b'.repeat(64)), sign(null)])).toEqual([])
    expect(await findingsOfStory([...story, rotate(cast.admin), sign('a'.repeat(64))])).toEqual([`order-invalid ${at(1)}`])
    expect(await findingsOfStory([...story, rotate(cast.approver), sign('a'.repeat(64))])).toEqual([`authority-invalid ${at(0)}`])
    expect(await findingsOfStory([...story, rotate(cast.orchestrator)])).toEqual([`authority-invalid ${at(0)}`])
    // Of several keys in use the same one takes the place, an entry for each: none of them signs any more.
    const both = [rotate(cast.admin), rotate(cast.admin, { replaces: 'c'.repeat(64) })]
    expect(await findingsOfStory([...story, sign('c'.repeat(64)), ...both, sign('b'.repeat(64))])).toEqual([])
    for (const replaced of ['a', 'c']) expect(await findingsOfStory([...story, ...both, sign(replaced.repeat(64))])).toEqual([`order-invalid ${at(2)}`])
    for (const change of [{ hint: 'b' }, { replaces: null }, { more: 1 }]) expect(await findingsOfStory([...story, rotate(cast.admin, change)])).toEqual([`entry-invalid ${at(0)}`])
    expect(await findingsOfStory([...story, { ...rotate(cast.admin), cosigners: [cast.approver] }])).toEqual([`entry-invalid ${at(0)}`])
  })

  it('that releases a hold is by a second person who may', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const held = (by: TestKey): Step => ({ name: 'held', by, action: 'model.hold.placed', detail: () => ({ ...version, reason: 'x' }) })
    const release = (by: TestKey): Step => ({ name: 'released', by, action: 'model.hold.released', detail: (seq) => ({ ...version, hold: seq('held'), reason: 'x' }) })
    const at = (offset: number) => `authority-invalid ${entryFile(story.length + offset)}`
    expect(await findingsOfStory([...story, held(cast.approver), release(cast.admin)])).toEqual([])
    expect(await findingsOfStory([...story, held(cast.approver), release(cast.approver)])).toEqual([at(1)])
    expect(await findingsOfStory([...story, held(cast.orchestrator)])).toEqual([at(0)])
  })

  it('that decides on a version whose registration names no author decides nothing', async () => {
    const artifact = sha256(Buffer.from('model'))
    for (const author of [undefined, null, 1]) {
      const detail = { project: 'credit', model: 'scorer', version: 1, run: 'r-1', artifact, ...(author === undefined ? {} : { author }) }
      expect(await findingsOfStory(storyWith('registered', { detail: () => detail }))).toEqual([`authority-invalid ${entryOf('approved')}`, `order-invalid ${entryOf('changed')}`])
    }
  })

  it('that decides on what can be no request is found even after an entry that was damaged', async () => {
    for (const request of [-1, '11', null, true, seqOf('approved')]) {
      const detail = { project: 'credit', model: 'scorer', version: 1, to: 'staging', request }
      const files = pack({ steps: storyWith('approved', { detail: () => detail }) })
      files.set(entryOf('run'), Buffer.from('damaged'))
      expect(await findingsOf(files), jcs(request)).toEqual([`digest-mismatch ${entryOf('run')}`, `authority-invalid ${entryOf('approved')}`])
    }
  })

  it('that is too large is proved to be in the tree all the same', async () => {
    const large: Step = { name: 'large', by: cast.engineer, action: 'run.started', detail: () => ({ run: 'x'.repeat(65_536) }) }
    expect(await findingsOfStory([...story, large])).toEqual([`entry-invalid ${next}`])
    const edit = (files: Files) => void files.set(proofFile(story.length), bytesAt(files, proofFile(0)))
    expect(await findingsAfter(edit, { steps: [...story, large] })).toEqual([`entry-invalid ${next}`, `proof-invalid ${proofFile(story.length)}`])
  })
})

describe('a version that was imported', () => {
  const { engineer, approver, admin, orchestrator } = cast
  const version = { project: 'credit', model: 'scorer', version: 1 }
  const artifact = sha256(Buffer.from('model'))
  const detail = { ...version, author: 'p-engineer', artifact, gates: [{ model: 'scorer', gates: [] }] as Json, gatesFrom: 'none' }
  const imported = (change: Partial<Step> = {}, request: { readonly [name: string]: Json } = {}) =>
    story.map((step): Step => {
      if (step.name === 'registered') return { ...step, name: 'imported', by: engineer, action: 'model.version.imported', detail: () => detail, ...change }
      if (step.name !== 'requested') return step
      return { ...step, detail: (at) => ({ ...version, from: 'experiment', to: 'staging', gateEntry: at('imported'), conditions: [], approvals: 1, ...request }) }
    })
  const [at, asked, decided, moved] = ['registered', 'requested', 'approved', 'changed'].map((name) => entryFile(seqOf(name)))
  const unasked = [`authority-invalid ${decided}`, `order-invalid ${moved}`]

  it('is judged by the gates that its import says, without any run, and is not said to have met those of a run', async () => {
    const { ok, proved, notProved } = await judgeFiles(pack({ steps: imported() }))
    expect([ok, proved?.includes('gates-met'), notProved?.at(-1)]).toEqual([true, false, 'import-gates'])
    const policy = { path: '', sha256: '', evidence: [], tests: [], roles: { approver: 1 }, expires: { approvals: 30, evidence: 0, production: 0 } }
    const held = { ...detail, gates: [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2, policy }] }] as Json }
    expect(await findingsOfStory(imported({ detail: () => held }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    expect(await findingsOfStory(imported({ detail: () => held }, { approvals: 2 }))).toEqual([`order-invalid ${moved}`])
    for (const gates of [null, [], 'x', [{ model: 'scorer' }]] as Json[]) expect(await findingsOfStory(imported({ detail: () => ({ ...detail, gates }) }))).toEqual([`gate-invalid ${asked}`, ...unasked])
  })

  it('has the gates of the entry that it says they are from, where that is in the pack', async () => {
    const from = (gates: Json, change: Partial<Step> = {}) => imported({ detail: (seq) => ({ ...detail, gates, gatesFrom: seq('run') }), ...change }, { approvals: 2, conditions: [] })
    const stated = [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json
    const fixedBy = (gates: Json) => from(stated).map((step): Step => (step.name === 'run' ? { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates }) } : step))
    const unimported = [`authority-invalid ${at}`, `gate-invalid ${asked}`, ...unasked, 'format-invalid data/pack.json']
    // Two approvals, of which the story has one: the import itself is as it must be.
    expect(await findingsOfStory(fixedBy(stated))).toEqual([`order-invalid ${moved}`])
    expect(await findingsOfStory(fixedBy([{ model: 'other', gates: [] }, ...(stated as Json[])]))).toEqual([`order-invalid ${moved}`])
    for (const gates of [[], null, 'x', [null], [{ model: 'scorer', gates: [] }], [...(stated as Json[]), { model: 'scorer', gates: [] }]] as Json[]) {
      expect((await findingsOfStory(fixedBy(gates)))?.filter((each) => each.includes(at ?? '')), jcs(gates)).toEqual([unimported[0]])
    }
    expect((await findingsOfStory(imported({ detail: () => ({ ...detail, gatesFrom: 10_000 }) })))?.[0]).toBe(unimported[0])
    for (const name of ['created', 'trained']) expect(await findingsOfStory(imported({ detail: (seq) => ({ ...detail, gatesFrom: seq(name) }) })), name).toEqual(unimported)
    // What no entry of the pack shows is not known to be anything else.
    const files = pack({ steps: imported({ detail: (seq) => ({ ...detail, gatesFrom: seq('trained') }) }) })
    files.set(entryOf('trained'), Buffer.from('damaged'))
    expect(await findingsOf(files)).toEqual([`digest-mismatch ${entryOf('trained')}`])
  })

  it('has those of the model that its content was made as, under its own name, where the start says none for it', async () => {
    const stated = [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json
    const made = [{ model: 'maker', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json[]
    const judge = async (known: Json | undefined, gates: Json) =>
      (await findingsOfStory(imported({ detail: (seq) => ({ ...detail, gates: stated, gatesFrom: seq('run'), ...(known === undefined ? {} : { known }) }) }, { approvals: 2 }).map((step): Step => (step.name === 'run' ? { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates }) } : step))))?.filter((each) => each.includes(at ?? ''))
    expect(await judge({ model: 'maker' }, made)).toEqual([])
    for (const known of [undefined, null, { model: 'other' }, { model: 1 }, []] as (Json | undefined)[]) expect(await judge(known, made), jcs(known ?? null)).toEqual([`authority-invalid ${at}`])
    // Its own count, where the start says any.
    expect(await judge({ model: 'maker' }, [...made, { model: 'scorer', gates: [] }])).toEqual([`authority-invalid ${at}`])
  })

  it('meets no condition and no requirement, whatever a run of somebody else measured', async () => {
    const gated = { ...detail, gates: RUN_GATES as Json }
    expect(await findingsOfStory(imported({ detail: () => gated }, { conditions: JUDGED }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    expect(await findingsOfStory(imported({ detail: () => gated }, { conditions: JUDGED, gateEntry: seqOf('run') }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    const policy = { path: '', sha256: '', evidence: [], tests: ['train'], roles: {}, expires: { approvals: 0, evidence: 0, production: 0 } }
    const tested = { ...detail, gates: [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 1, policy }] }] as Json }
    const requirements = [{ what: 'test', name: 'train', entry: seqOf('trained'), met: 'yes' }]
    expect(await findingsOfStory(imported({ detail: () => tested }, { requirements }))).toEqual([`gate-invalid ${asked}`, ...unasked])
  })

  it('is signed by its author, who does not decide on it', async () => {
    for (const by of [approver, admin, orchestrator]) expect(await findingsOfStory(imported({ by }))).toContain(`authority-invalid ${at}`)
    for (const author of ['p-approver', '', null, 1] as Json[]) expect(await findingsOfStory(imported({ detail: () => ({ ...detail, author }) }))).toContain(`authority-invalid ${at}`)
    expect(await findingsOfStory(imported().map((step) => (step.name === 'approved' ? { ...step, by: engineer } : step)))).toEqual(expect.arrayContaining(unasked))
  })

  it('is the one that the pack names, and was not registered beside', async () => {
    expect(await findingsOfStory(imported({ detail: () => ({ ...detail, artifact: '0'.repeat(64) }) }))).toEqual(['format-invalid data/pack.json'])
    const registered = story.filter(({ name }) => name === 'registered')
    const both = imported().flatMap((step) => (step.name === 'imported' ? [step, ...registered] : [step]))
    expect(await findingsOfStory(both)).toContain(`gate-invalid ${entryFile(seqOf('requested') + 1)}`)
  })
})

describe('the proofs of damaged entries', () => {
  it('are looked at as far as they can be', async () => {
    const files = pack()
    files.set(proofFile(seqOf('run')), bytesAt(files, proofFile(0)))
    bag(files, cast.admin)
    files.set(entryOf('run'), Buffer.from('damaged'))
    expect(await findingsOf(files)).toEqual([`digest-mismatch ${entryOf('run')}`, `proof-invalid ${proofFile(seqOf('run'))}`])
  })
})

describe('the checkpoint', () => {
  const cosigned = (name: string) => (files: Files) => {
    const old = bytesAt(files, 'data/checkpoint.txt').toString()
    const note = signCheckpoint(cast.log, old.slice(0, old.indexOf('\n\n') + 1), `— ${name} ${Buffer.alloc(68, 7).toString('base64')}\n`)
    for (const [path, bytes] of files) if (path.endsWith('.tlog-proof')) files.set(path, Buffer.from(bytes.toString().replace(old, () => note)))
    files.set('data/checkpoint.txt', Buffer.from(note))
  }

  it('has signature lines of whoever has a name that a key can have', async () => {
    expect(await findingsAfter(cosigned('witness\u200b.example/é'))).toEqual([])
    for (const name of ['wit\ufeffness', 'wit\u0085ness', 'wit+ness', 'wit\u3000ness', '']) expect(await findingsAfter(cosigned(name)), JSON.stringify(name)).toEqual(['checkpoint-invalid data/checkpoint.txt'])
  })
})

describe('JSON', () => {
  const ofDepth = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as Json

  it('nests at most 64 arrays and objects', async () => {
    // In the payload of an entry there are two around it.
    for (const [depth, isOne] of [[62, true], [63, false]] as const) {
      const steps = storyWith('run', { detail: () => ({ run: 'r-1', project: 'credit', gates: RUN_GATES, deep: ofDepth(depth) }) })
      expect((await findingsOfStory(steps))?.includes(`entry-invalid ${entryOf('run')}`)).toBe(!isOne)
    }
  })

  it('of a document states numbers as doubles, and no integer beyond 2^53 - 1', async () => {
    const factAbout = async (number: string, value: Json) => {
      const document = Buffer.from(`{"accuracy": ${number}}`)
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, out: sha256(document) }) })
      const edit = (files: Files) => {
        files.delete(METRICS_FILE)
        files.set(`data/documents/${sha256(document)}/metrics.json`, document)
        editList('data/facts.json', (facts) => facts.splice(2, facts.length, { ...at(facts, 2), document: sha256(document), value }))(files)
      }
      return findingsAfter(edit, { steps })
    }
    const stated: [string, Json, boolean][] = [
      ['1200.0', 1200, true], ['12e2', 1200, true], ['1200.0', '1200', false], ['-0', 0, true], ['-0.0', 0, true], ['1e-7', '1e-7', true], ['0.0000001', '1e-7', true],
      ['9007199254740991', 9007199254740991, true], ['9007199254740991.0', 9007199254740991, true], ['9007199254740992', '9007199254740992', false], ['1e21', '1e+21', false], ['1e21', '1e21', false],
      [`0.${'3'.repeat(2000)}`, '0.3333333333333333', true], ['4.350', '4.35', true], ['true', 'true', true], ['true', true, false], ['null', 'null', false], ['1e999', 'Infinity', false], ['123456789012345.678', '123456789012345.67', true],
    ]
    for (const [number, value, isOne] of stated) {
      const findings = await factAbout(number, value)
      expect(findings?.length === 0, `${number.slice(0, 30)} as ${jcs(value)}: ${findings?.join()}`).toBe(isOne)
    }
  })

  it('of a document names a member once, however it is spelt', async () => {
    const texts: [string, boolean][] = [
      ['{"accuracy": 0.91, "a": {"accuracy": 1}}', true], ['{"accuracy": 0.91, "acc\\u0075racy": 0.91}', false], ['{"accuracy": 0.91, "a": "\\"b\\": 1"}', true], ['{"accuracy":\t0.91 ,\r\n"__proto__" : 1}', true],
      ['{"accuracy": 0.91, "__proto__": 1, "__proto__": 2}', false], ['{"a\\\\": 1, "accuracy": 0.91}', true], ['{"accuracy": 0.91, "\\ud800": 1}', false],
    ]
    for (const [text, isOne] of texts) {
      const document = Buffer.from(text)
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, out: sha256(document) }) })
      const edit = (files: Files) => {
        files.delete(METRICS_FILE)
        files.set(`data/documents/${sha256(document)}/metrics.json`, document)
        editList('data/facts.json', (facts) => facts.splice(2, facts.length, { ...at(facts, 2), document: sha256(document) }))(files)
      }
      expect(await findingsAfter(edit, { steps }), text).toEqual(isOne ? [] : ['fact-invalid data/facts.json'])
    }
  })
})

describe('the facts', () => {
  it('are sorted by their numbers', async () => {
    const ids = (...wanted: string[]) => editList('data/facts.json', (facts) => facts.splice(0, facts.length, ...wanted.map((id) => ({ ...at(facts, 1), id }))))
    const claimed = (...wanted: string[]) => (files: Files) => {
      ids(...wanted)(files)
      editList('data/claims.json', (claims) => (at(claims, 0).facts = wanted.slice(0, 1)))(files)
    }
    expect(await findingsAfter(claimed('F9998', 'F9999', 'F10000'))).toEqual([])
    expect(await findingsAfter(claimed('F10000', 'F9999'))).toEqual(['fact-invalid data/facts.json'])
    for (const id of ['F00001', 'F1234567890', 'F001', 'F00٣1']) expect(await findingsAfter(claimed(id))).toContain('format-invalid data/facts.json')
  })
})

describe('the claims', () => {
  it('give a reason that is more than spaces where a row does not apply', async () => {
    for (const [text, isOne] of [['', false], ['   ', false], ['\t', true], ['\ufeff', true], ['\u200b', true]] as const) {
      const edit = editList('data/claims.json', (claims) => Object.assign(at(claims, 1), { status: 'not-applicable', missing: [], text }))
      expect(await findingsAfter(edit), JSON.stringify(text)).toEqual(isOne ? [] : ['claim-invalid data/claims.json'])
    }
  })

  it('are held to their form where pack.json cannot be read', async () => {
    const edit = (files: Files) => {
      editList('data/claims.json', (claims) => (at(claims, 0).status = 'met'))(files)
      editJson('data/pack.json', (scope) => (scope.more = 1))(files)
    }
    expect(await findingsAfter(edit)).toEqual(['claim-invalid data/claims.json', 'format-invalid data/pack.json'])
  })
})

describe('the tables', () => {
  it('say what claims and facts say, and nothing else', async () => {
    const both = ['table-invalid data/gaps.csv', 'table-invalid data/traceability.csv']
    for (const path of ['data/gaps.csv', 'data/traceability.csv']) {
      const edits: ((text: string) => string)[] = [(text) => text.replace('missing', 'supported'), (text) => text.replaceAll('\r\n', '\n'), (text) => text.slice(0, text.lastIndexOf('\r\n', text.length - 3) + 2), (text) => `${text}act,A-9,,,,,,\r\n`, () => '']
      for (const change of edits) {
        const edit = (files: Files) => {
          writeTables(files)
          files.set(path, Buffer.from(change(bytesAt(files, path).toString())))
        }
        expect(await findingsAfter(edit), `${path} ${change.toString()}`).toEqual([`table-invalid ${path}`])
      }
    }
    const reworded = (files: Files) => {
      writeTables(files)
      editList('data/claims.json', (claims) => Object.assign(at(claims, 1), { status: 'not-yet' }))(files)
    }
    expect(await findingsAfter(reworded)).toEqual(both)
  })

  it('mark formulas, quote what a table needs quoted, and leave numbers alone', async () => {
    for (const text of ['=1+1', ' @x', '\t-1', '-0.5', '-1e-7', '-1.', '+1', 'a,"b"\r\nc', '\u00a0=1', '\u2028=1', '1,5', '\v=1']) {
      expect(await findingsAfter(editList('data/claims.json', (claims) => (at(claims, 1).text = text))), JSON.stringify(text)).toEqual([])
    }
  })

  it('are not judged where what they come from has a finding', async () => {
    const edit = (files: Files) => {
      for (const path of ['data/gaps.csv', 'data/traceability.csv']) files.set(path, Buffer.from('x'))
      editList('data/claims.json', (claims) => (at(claims, 0).status = 'met'))(files)
    }
    expect(await findingsAfter(edit)).toEqual(['claim-invalid data/claims.json'])
  })
})

describe('what is proved', () => {
  const shipped = ['eu-ai-act', 'nist-ai-rmf'].map((id) => {
    const bytes = readFileSync(new URL(`../frameworks/${id}.json`, import.meta.url))
    return { id, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
  const withFrameworks = (frameworks: readonly { id: string; bytes: Buffer }[]) => (files: Files) => {
    files.delete('data/frameworks/act.json')
    for (const { id, bytes } of frameworks) files.set(`data/frameworks/${id}.json`, bytes)
    editJson('data/pack.json', (scope) => (scope.frameworks = frameworks.map(({ id, bytes }) => ({ id, title: id, file: `data/frameworks/${id}.json`, sha256: sha256(bytes) }))))(files)
    const claims = frameworks.flatMap(({ id, bytes }) => {
      const { obligations, items } = JSON.parse(bytes.toString()) as { [list: string]: { id: string; assessable: boolean }[] }
      const rows = (obligations ?? items ?? []).filter(({ assessable }) => assessable)
      return rows.map((row) => ({ framework: id, obligation: row.id, status: 'missing', text: '', facts: [], missing: ['x'], appliesFrom: null }))
    })
    files.set('data/claims.json', Buffer.from(jcs(claims)))
  }

  it('includes that the frameworks are those of this release, where they are all of them and unaltered', async () => {
    const { proved, notProved } = await judgeFiles(pack({ edit: withFrameworks(shipped) }))
    expect(proved).toContain('frameworks-as-shipped')
    expect(notProved).not.toContain('frameworks-as-shipped')
    const [act, rmf] = shipped
    if (act === undefined || rmf === undefined) throw new Error('a framework is missing')
    const trimmed = { ...rmf, bytes: Buffer.from('{"items": [{"id": "GOVERN 1.1", "assessable": true}]}') }
    for (const others of [[act], [rmf], [act, trimmed], [...shipped, { id: 'third', bytes: trimmed.bytes }], []]) {
      const { ok, proved: provedOfOthers, notProved: notProvedOfOthers } = await judgeFiles(pack({ edit: withFrameworks(others) }))
      expect({ ok, isProved: provedOfOthers?.includes('frameworks-as-shipped'), isNot: notProvedOfOthers?.includes('frameworks-as-shipped') }).toEqual({ ok: true, isProved: false, isNot: true })
    }
  })

  it('names the release of the product', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    for (const name of ['verify.mjs', 'verify.py']) {
      const program = readFileSync(new URL(name, import.meta.url), 'utf8')
      expect(/^(?:const )?RELEASE = '(.+)'$/m.exec(program)?.[1], name).toBe(version)
      for (const framework of shipped) expect(program.includes(framework.sha256), `${name}: the digest of ${framework.id}`).toBe(true)
    }
  })

  it('does not include that no key ended: an exporter can leave that entry out, and nobody can see it', async () => {
    const demoted: Step = { name: 'demoted', by: cast.admin, action: 'person.roles.changed', detail: () => ({ person: 'p-approver', roles: ['auditor'] }) }
    const steps = (omitted?: string) => story.flatMap((step) => (step.name === 'approved' ? [omitted === undefined ? demoted : { ...demoted, omitted }, step] : [step]))
    expect(await findingsOfStory(steps())).toEqual([`authority-invalid ${entryFile(seqOf('approved') + 1)}`, `order-invalid ${entryFile(seqOf('changed') + 1)}`])
    const { ok, notProved } = await judgeFiles(pack({ steps: steps('not-in-scope') }))
    expect({ ok, notProved }).toMatchObject({ ok: true, notProved: expect.arrayContaining(['keys-complete', 'exporter-words']) as unknown })
  })
})

describe('a zip', () => {
  it('is read by its directory, which lies after all contents', async () => {
    const zip = zipFiles(sortFiles(pack()))
    const directory = zip.readUInt32LE(zip.length - 6)
    const beyond = Buffer.from(zip)
    beyond.writeUInt32LE(directory - 10, directory + 42)
    expect(await findingsOf(inZip(beyond))).toHaveLength(1)
    const comment = Buffer.from(zip)
    comment.writeUInt16LE(0xffff, directory + 32)
    expect(await findingsOf(inZip(comment))).toHaveLength(1)
  })

  it('holds at most 65,535 files', async () => {
    const many = (count: number) => zipFiles(Array.from({ length: count }, (_, i): [string, Buffer] => [`f${String(i).padStart(6, '0')}`, Buffer.alloc(0)]), { count: count % 65_536 })
    expect((await judge(inZip(many(65_535)))).counts).toMatchObject({ files: 0 })
    expect((await judge(inZip(many(65_536)))).counts).toMatchObject({ files: null })
  })
})

it('the verifiers say the same of packs altered at random, and accept none that says more than the honest one', { timeout: 180_000 }, async () => {
  const { cases, agreed, accepted, differences } = await findDifferences({ seed: 1, count: 120 })
  expect(differences).toEqual([])
  expect(agreed).toBe(cases)
  // Were none accepted, or all, the alterations would not be worth their time.
  expect(accepted).toBeGreaterThan(1)
  expect(accepted).toBeLessThan(40)
})
