import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Verification } from '../shared/contract/index.ts'
import { SmallDisk, whyNoSmallDisk } from './small-disk.ts'
import { TestWorkplace, type Handle } from './workplace.ts'

const missing = whyNoSmallDisk()
if (missing !== null) console.warn(missing)

const workplace = new TestWorkplace()
const at = (name: string) => join(workplace.folder, name)
const [admin, erin, paul] = [{ as: 'admin' }, { as: 'erin' }, { as: 'paul' }] as const
/** The same people, in the data folder that was restored. */
const restored = ['--data', join(workplace.folder, 'restored')]

interface Made {
  readonly backup: string
  readonly size: number
  readonly files: number
}

/** Makes a version, though nothing changed since the last. */
async function trainIn(data: readonly string[]): Promise<void> {
  const { id } = await workplace.json<{ id: number }>([...data, 'run', 'start', '--project', 'credit', '--force'], erin)
  const { state } = await workplace.json<{ state: string }>([...data, 'run', 'follow', String(id)], erin)
  expect(state).toBe('succeeded')
}

beforeAll(async () => {
  await workplace.setUp()
  mkdirSync(at('credit'))
  writeFileSync(
    join(at('credit'), 'dvc.yaml'),
    `stages:
  train:
    cmd: echo weights > model.onnx && echo '{"auc":0.9}' > metrics.json
    outs: [model.onnx]
    metrics: [metrics.json]
    meta:
      strongroom:
        register: {model: scores, path: model.onnx, format: onnx}
        gates: {staging: {metrics: [{name: auc, min: 0.7}], approvals: 1}, production: gates/production.yaml}
`,
  )
  mkdirSync(join(at('credit'), 'gates'))
  writeFileSync(join(at('credit'), 'gates', 'production.yaml'), 'approvals: 2\nroles: {approver: 1, auditor: 1}\nrollback: {approvals: 1, roles: {approver: 1}}\n')
  await workplace.strongroom(['project', 'add', at('credit'), '--id', 'credit', '--name', 'Credit', '--purpose', 'a test'], erin)
  await trainIn([])
})
afterAll(async () => {
  await workplace.strongroom([...restored, 'stop'], admin).catch(() => undefined)
  await workplace.close()
})

it('restores what was backed up while it ran: the facts are there and hold, and a run and an approval go on', async () => {
  await workplace.strongroom(['model', 'request', 'scores', 'staging', '--project', 'credit'], erin)
  const made = await workplace.json<Made>(['backup', 'create', '--to', at('disk')], admin)
  const backup = join(at('disk'), made.backup)
  expect(await workplace.json(['backup', 'list', at('disk')])).toMatchObject([{ backup: made.backup, size: made.size, files: made.files }])
  expect(await workplace.json(['backup', 'verify', backup])).toMatchObject({ ok: true, faults: [] })
  await workplace.strongroom(['stop'], admin)

  expect(await workplace.strongroom([...restored, 'restore', backup, '--reason', 'the disk broke'])).toContain(`strongroom --data ${at('restored')} --as NAME ledger verify --blobs\n`)
  await workplace.strongroom([...restored, 'model', 'approve', 'scores', '--project', 'credit', '--comment', 'as before'], paul)
  await trainIn(restored)
  expect(await workplace.json([...restored, 'model', 'list', '--project', 'credit'], erin)).toMatchObject([
    { model: 'scores', version: 2, stage: 'experiment' },
    { model: 'scores', version: 1, stage: 'staging' },
  ])
  expect(await workplace.json<Verification>([...restored, 'ledger', 'verify', '--blobs'], paul)).toMatchObject({ ok: true, blobs: { ok: true, missing: { count: 0 } } })
  const { entries } = await workplace.json<{ entries: { seq: number; action: string }[] }>([...restored, 'ledger', 'list', '--limit', '500'], paul)
  expect(entries.find(({ seq }) => seq === made.size)?.action).toBe('ledger.restored')
  // The folder that was lost knows of more: a mark from there is a reason not to restore.
  const lost = join(workplace.data, 'high-water')
  await expect(workplace.strongroom(['--data', at('again'), 'restore', backup, '--reason', 'test', '--anchor', lost])).rejects.toThrow('does not go on under its name')

  // Where there is no newer one, an administrator has the ledger go on under another origin, which says what is lost.
  const again = ['--data', at('again')]
  const restore = [...again, 'restore', backup, '--reason', 'no newer backup', '--anchor', lost, '--continue']
  await expect(workplace.strongroom(restore)).rejects.toThrow('Say which administrator signs')
  await expect(workplace.strongroom([...restore], { as: 'erin' })).rejects.toThrow('and its ledger waits')
  await expect(workplace.strongroom([...again, 'status'], admin)).rejects.toThrow('ledger continue')
  // Killed while it waits for the passphrase, it leaves nobody behind who takes nothing.
  const pipe = at('passphrase')
  execFileSync('mkfifo', [pipe])
  const holder = join(at('again'), 'orchestrator.json')
  const killed = workplace.start([...again, '--passphrase-file', pipe, 'ledger', 'continue', '--reason', 'no newer backup'], 'admin')
  await expect.poll(() => existsSync(holder) && existsSync(join(at('again'), 'orchestrator.sock')), { timeout: 60_000 }).toBe(true)
  killed.kill('SIGKILL')
  await expect.poll(() => existsSync(holder), { timeout: 60_000 }).toBe(false)
  const { entry, origin, signed } = await workplace.json<{ entry: number; origin: string; signed: number }>([...again, 'ledger', 'continue', '--reason', 'no newer backup'], admin)
  try {
    expect(entry).toBe(made.size)
    const verified = await workplace.strongroom([...again, 'ledger', 'verify', '--resume', '--against', lost], admin)
    expect(verified).toContain(`LOST      the entries ${entry} to ${signed - 1} of`)
    expect(verified).toContain('all of them: no full verification was stopped before its end')
    expect(await workplace.strongroom([...again, 'ledger', 'checkpoint'], admin)).toContain(origin)
  } finally {
    await workplace.strongroom([...again, 'stop'], admin)
  }
})

it('lets a version return to production by what its gate file says of that, and the next key of the registry sign, in the folder that was restored', async () => {
  const model = (as: Handle, ...args: string[]) => workplace.strongroom([...restored, 'model', ...args, '--project', 'credit'], { as })
  const stages = async () => (await workplace.json<{ version: number; stage: string }[]>([...restored, 'model', 'list', '--project', 'credit'], erin)).map(({ version, stage }) => [version, stage])
  const promote = async (version: string, stage: string, ...by: Handle[]) => {
    await model('erin', 'request', version, stage)
    for (const who of by) await model(who, 'approve', version)
  }
  await promote('scores:1', 'production', 'paul', 'ada')
  await promote('scores:2', 'staging', 'paul')
  await promote('scores:2', 'production', 'ada', 'paul')
  expect(await stages()).toEqual([[2, 'production'], [1, 'archived']])
  expect(await model('erin', 'rollback', 'scores:1', '--reason', 'the new one drifts')).toContain('1 approval')
  await model('paul', 'approve', 'scores:1')
  expect(await stages()).toEqual([[2, 'archived'], [1, 'production']])

  const keys = () => workplace.json<{ hint: string; until: number | null }[]>([...restored, 'model', 'keys'], paul)
  const [first] = await keys()
  const { entry } = await workplace.json<{ entry: number }>([...restored, 'key', 'rotate', '--registry'], admin)
  expect(await keys()).toMatchObject([{ hint: first?.hint, until: entry }, { until: null }])
  await trainIn(restored)
  const signedBy = async (version: string) => (await workplace.json<{ hint: string }>([...restored, 'model', 'verify', version, '--project', 'credit'], paul)).hint
  expect([await signedBy('scores:1'), await signedBy('scores:3')]).toEqual((await keys()).map(({ hint }) => hint))
})

it.skipIf(missing !== null && process.env.CI !== 'true')('leaves nothing half on a disk that is full, says so in status, and is made once there is room', async () => {
  const disk = await SmallDisk.mount(1)
  const other = new TestWorkplace({ under: () => disk.launch })
  try {
    await other.setUp({ asCopy: true })
    const target = join(disk.folder, 'backups')
    disk.fill(64_000)
    await expect(other.strongroom(['backup', 'create', '--to', target], admin)).rejects.toThrow('The disk is full')
    expect(readdirSync(disk.seen(target)).filter((name) => /^\d{4}-/.test(name))).toEqual([])
    expect(await other.json(['status'], admin)).toMatchObject({ backups: { failing: { folder: target, reason: expect.stringContaining('The disk is full') as string } } })
    disk.free()
    expect(await other.json(['backup', 'create', '--to', target], admin)).toMatchObject({ folder: target })
    expect(await other.json(['status'], admin)).toMatchObject({ backups: { failing: null } })
    expect(await other.json<Verification>(['ledger', 'verify'], admin)).toMatchObject({ ok: true })
  } finally {
    await other.close()
    await disk.close()
  }
})
