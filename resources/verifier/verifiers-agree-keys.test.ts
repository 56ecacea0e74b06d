import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { enrol, findingsOf, findingsOfStory, judgeFiles, next, verifiers } from './testing/agreement.ts'
import { bytesAt, cast, inZip, pack, story, storyWith } from './testing/mjs-workbench.ts'
import {
  continuation,
  CONTINUED_ORIGIN,
  entryFile,
  jcs,
  nameKey,
  newKey,
  ORIGIN,
  signCheckpoint,
  sortFiles,
  zipFiles,
  type Json,
  type Step,
  type TestKey,
} from './testing/pack-builder.ts'
import { PYTHON } from './testing/python.ts'

// Whose keys count, and whose word: what the two verifiers once read in two ways, each settled in docs/pack-format.md.

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
    const first = { entry: story.length, predecessor: ORIGIN, origin: CONTINUED_ORIGIN, signed: 40, isProved: true, by: admin.name, orchestratorKey: null, reason: 'The disk broke.' }
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

  it('may bring a key of the orchestrator, which signs from there on and no other does: on the word of the administrator, as every report says', async () => {
    const next = newKey(`${ORIGIN}/orchestrator`)
    const brings = (over: Partial<Step> = {}, key = next): Step => said({ orchestratorKey: key.verifierKey }, { cosigners: [newLog, key], ...over })
    const by = (orchestrator: TestKey): Step => later({ by: orchestrator })
    const notProved = expect.arrayContaining(['nothing-lost', 'orchestrator-key']) as string[]
    expect(await judgeFiles(pack({ steps: [...story, brings(), by(next)], log: newLog }))).toMatchObject({ findings: [], losses: [{ orchestratorKey: next.id }], notProved: notProved })
    expect((await judgeFiles(pack({ steps: [...story, said()], log: newLog }))).notProved).not.toContain('orchestrator-key')
    // Somebody's own: without the administrator, without having it, with one that the ledger knows, under another name, or beside what the entry says.
    expect(await found(brings(), by(orchestrator))).toEqual([`key-unknown ${after}`])
    expect(await found(said(), by(next))).toEqual([`key-unknown ${after}`])
    for (const who of [orchestrator, approver]) expect(await found(brings({ by: who }))).toEqual([checkpoint, `authority-invalid ${there}`])
    for (const cosigners of [[newLog], [next, newLog], [newLog, orchestrator], [newLog, orchestrator, next], [newLog, next, next]]) expect(await found(brings({ cosigners }))).toContain(`entry-invalid ${there}`)
    expect(await found(brings({ cosigners: [newLog, { ...next, privateKey: stranger.privateKey }] }))).toContain(`signature-invalid ${there}`)
    expect(await found(said({}, { cosigners: [newLog, next] }))).toContain(`entry-invalid ${there}`)
    const renamed = (key: TestKey): TestKey => ({ ...nameKey(next.name, Buffer.from(key.verifierKey.split('+').slice(2).join('+'), 'base64')), privateKey: key.privateKey })
    expect(await found(brings({}, renamed(newLog)))).toContain(`entry-invalid ${there}`)
    for (const key of [orchestrator, renamed(admin)]) expect(await found(brings({ cosigners: [newLog, key] }, key))).toEqual([checkpoint, `authority-invalid ${there}`])
    for (const key of [stranger, newKey(`${ORIGIN}/person/p-admin`), newKey(ORIGIN)]) expect(await found(brings({ cosigners: [newLog, key] }, key))).toContain(`entry-invalid ${there}`)
    const replaced: Step = { name: 'replaced', by: admin, action: 'orchestrator.key.rotated', detail: () => ({ key: next.verifierKey }), cosigners: [next] }
    expect(await found(replaced)).toContain(`entry-invalid ${there}`)
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
