import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectToOrchestrator } from '../main/client/index.ts'
import { ProjectId, RequestError, type Client, type RunDetail } from '../shared/contract/index.ts'
import { commandOf, SmallDisk, whyNoSmallDisk } from './small-disk.ts'
import { PASSPHRASES, seedFolder, TestWorkplace, type Handle } from './workplace.ts'

const KB = 1000
const MB = 1000 * KB
const erin = { as: 'erin' } as const

const missing = whyNoSmallDisk()
if (missing !== null) console.warn(missing)
// Where everything is tested, a machine that cannot lend a disk fails.
const skipped = missing !== null && process.env.CI !== 'true'

interface Bench {
  readonly disk: SmallDisk
  readonly workplace: TestWorkplace
}

async function onSmallDisk(megabytes: number): Promise<Bench> {
  const disk = await SmallDisk.mount(megabytes)
  return { disk, workplace: new TestWorkplace({ under: () => disk.launch, data: join(disk.folder, 'data') }) }
}

async function close({ disk, workplace }: Bench): Promise<void> {
  disk.free()
  await workplace.close()
  await disk.close()
}

async function becomes(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50)
}

describe.skipIf(skipped)('a disk that is full', () => {
  let bench: Bench
  let disk: SmallDisk
  let workplace: TestWorkplace
  let client: Client
  const sockets: Socket[] = []

  beforeAll(async () => {
    bench = await onSmallDisk(48)
    ;({ disk, workplace } = bench)
    cpSync(join(seedFolder(), 'data'), disk.seen(workplace.data), { recursive: true })
    client = await signIn('erin')
  })
  // A test that fails must not be why the next one does.
  afterEach(async () => {
    await disk.remount('rw')
    disk.free()
  })
  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await close(bench)
  })

  /** Stays signed in, so that looking adds nothing to the ledger. Starts the orchestrator where it does not run. */
  const signIn = async (handle: Handle): Promise<Client> => {
    await workplace.strongroom(['status'])
    const connection = await connectToOrchestrator(disk.seen(workplace.data), { start: false, clientKey: randomBytes(32).toString('hex') })
    sockets.push(connection.socket)
    await connection.client.call('session.open', { handle, passphrase: PASSPHRASES[handle] })
    return connection.client
  }
  /** A project whose folder lies on the disk as well. */
  const addProject = async (name: string, yaml: string): Promise<{ project: ProjectId; folder: string }> => {
    const folder = join(disk.folder, name)
    const project = ProjectId.parse(name)
    mkdirSync(disk.seen(folder))
    writeFileSync(disk.seen(join(folder, 'dvc.yaml')), yaml)
    await client.call('projects.add', { id: project, folder, name, intendedPurpose: 'a test', roles: ['provider'], annexIII: '' })
    return { project, folder: disk.seen(folder) }
  }
  const ended = async (run: RunDetail['id']): Promise<RunDetail> => {
    const look = () => client.call('runs.get', { run })
    await becomes(async () => !['queued', 'running'].includes((await look()).state))
    return look()
  }
  const expectWhole = async (): Promise<void> => {
    disk.free()
    expect(await client.call('ledger.verify', {})).toMatchObject({ ok: true })
  }
  const inData = (...names: string[]): string => disk.seen(join(workplace.data, ...names))
  const orchestrators = (): number[] => disk.processes().filter((pid) => commandOf(pid).includes('orchestrator.js'))
  const signalOrchestrator = async (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of orchestrators()) process.kill(pid, signal)
    await becomes(() => orchestrators().length === 0)
  }

  it('before a commit refuses it, naming what is full and what to do', async () => {
    const { size } = await client.call('ledger.state', {})
    disk.fill(0)
    await expect(workplace.strongroom(['project', 'list'], erin)).rejects.toThrow(
      `The disk is full: there is no space left to write ${workplace.data}/strongroom.db. Free some space on it and try again: nothing was changed.`,
    )
    expect((await client.call('ledger.state', {})).size).toBe(size)
    await expectWhole()
  })

  it('during a snapshot leaves nothing half-stored, and the snapshot is taken once there is room', async () => {
    const { project, folder } = await addProject('large', 'stages: {}\n')
    writeFileSync(join(folder, 'large.bin'), randomBytes(8 * MB))
    disk.fill(3 * MB)
    const snapshot = () => client.call('datasets.snapshot', { project, path: 'large.bin' })
    await expect(snapshot()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(join(workplace.data, 'blobs')) as string })
    expect(readdirSync(inData('blobs', 'incoming'))).toEqual([])
    disk.free()
    expect((await snapshot()).bytes).toBe(8 * MB)
    rmSync(join(folder, 'large.bin'))
    await expectWhole()
  })

  it('during an import leaves nothing half-stored and records nothing, and the model is imported once there is room', async () => {
    const { project, folder } = await addProject('foreign', 'stages: {}\n')
    const path = join(disk.folder, 'net.bin')
    writeFileSync(disk.seen(path), randomBytes(8 * MB))
    const given = { project, model: 'net', path, source: 'a test', licence: 'MIT' }
    // She signs under a passphrase that she chose; in the end it is the one that the other tests know.
    for (const [passphrase, newPassphrase] of [[PASSPHRASES.erin, PASSPHRASES.ada], [PASSPHRASES.ada, PASSPHRASES.erin]] as const) await client.call('session.changePassphrase', { passphrase, newPassphrase })
    const { artifact, statement } = await client.call('models.examine', given)
    const { size } = await client.call('ledger.state', {})
    disk.fill(3 * MB)
    const take = () => client.call('models.import', { ...given, artifact, statement, passphrase: PASSPHRASES.erin })
    await expect(take()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(join(workplace.data, 'blobs')) as string })
    expect([readdirSync(inData('blobs', 'incoming')), (await client.call('ledger.state', {})).size]).toEqual([[], size])
    disk.free()
    expect(await take()).toMatchObject({ artifact, version: 1 })
    rmSync(disk.seen(path))
    rmSync(folder, { recursive: true })
    await expectWhole()
  })

  it('while a stage writes and floods its terminal ends the stage with that reason, and what was recorded of it is whole', async () => {
    const { project, folder } = await addProject('flood', 'stages:\n  flood:\n    cmd: yes flood | tee out.bin\n    outs: [out.bin]\n')
    const { id } = await client.call('runs.start', { project })
    const { state, stages } = await ended(id)
    expect({ state, reason: stages[0]?.reason }).toEqual({ state: 'failed', reason: expect.stringContaining('The disk is full') as string })
    rmSync(join(folder, 'out.bin'))
    const recording = inData('runs', String(id), 'flood', '1', 'recording.cast')
    expect(createHash('sha256').update(readFileSync(recording)).digest('hex')).toBe(stages[0]?.recording)
    rmSync(recording)
    await expectWhole()
  })

  it('when a stage has ended keeps what it made until there is room, and says so meanwhile', async () => {
    const { project, folder } = await addProject('late', 'stages:\n  make:\n    cmd: echo once >> journal && head -c 8000000 /dev/urandom > out.bin\n    outs: [out.bin]\n')
    disk.fill(12 * MB)
    const { id } = await client.call('runs.start', { project })
    const reason = async () => (await client.call('runs.get', { run: id })).stages[0]?.reason
    await becomes(async () => (await reason())?.startsWith('It has ended and waits to be recorded. The disk is full') ?? false)
    disk.free()
    expect(await ended(id)).toMatchObject({ state: 'succeeded', stages: [{ attempt: 1, reason: null }] })
    expect(readFileSync(join(folder, 'journal'), 'utf8')).toBe('once\n')
    rmSync(join(folder, 'out.bin'))
    await expectWhole()
  })

  it('before a stage begins makes it wait, and it begins once there is room', async () => {
    const { project } = await addProject('early', 'stages:\n  make:\n    cmd: echo made > out.txt\n    outs: [out.txt]\n')
    disk.fill(240 * KB)
    const { id } = await client.call('runs.start', { project })
    const reason = async () => (await client.call('runs.get', { run: id })).stages[0]?.reason
    await becomes(async () => (await reason())?.startsWith('It waits to begin. The disk is full') ?? false)
    disk.free()
    expect(await ended(id)).toMatchObject({ state: 'succeeded', stages: [{ attempt: 1 }] })
    await expectWhole()
  })

  it('during the export of a pack leaves no part of one, and the pack is exported once there is room', async () => {
    const register = 'meta: {strongroom: {register: {model: m, path: model.bin, format: other}}}'
    const { project } = await addProject('model', `stages:\n  train:\n    cmd: echo weights > model.bin\n    outs: [model.bin]\n    ${register}\n`)
    expect((await ended((await client.call('runs.start', { project })).id)).state).toBe('succeeded')
    const auditor = await signIn('ada')
    const version = { project, model: 'm', version: 1 }
    const { tree } = await auditor.call('evidence.statement', version)
    const exported = () => auditor.call('evidence.export', { ...version, treeSize: tree.size, passphrase: PASSPHRASES.ada })
    disk.fill(400 * KB)
    await expect(exported()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(join(workplace.data, 'packs')) as string })
    expect(readdirSync(inData('packs'))).toEqual([])
    disk.free()
    expect(await auditor.call('evidence.verify', { pack: (await exported()).id })).toMatchObject({ ok: true })
    await expectWhole()
  })

  it('to whatever page: each request is done or refused, and what was acknowledged is there, also after a kill', async () => {
    const project = ProjectId.parse('large')
    const acknowledged = new Map<number, string>()
    let refused = 0
    const sweep = async (): Promise<void> => {
      for (let leave = 0; leave <= 160 * KB; leave += 4096) {
        disk.fill(MB)
        writeFileSync(disk.seen(join(disk.folder, 'large', 'changing.txt')), randomBytes(32))
        disk.fill(leave)
        try {
          const { entry, manifest } = await client.call('datasets.snapshot', { project, path: 'changing.txt' })
          acknowledged.set(entry, manifest)
        } catch (error) {
          if (!(error instanceof RequestError) || error.code !== 'disk-full') throw error
          refused++
        }
      }
    }
    await sweep()
    await signalOrchestrator('SIGKILL')
    disk.free()
    client = await signIn('erin')
    await sweep()
    expect(refused).toBeGreaterThan(5)
    expect(acknowledged.size).toBeGreaterThan(5)
    await expectWhole()
    const kept = new Map((await client.call('datasets.list', { project })).map(({ entry, manifest }) => [entry, manifest]))
    for (const [entry, manifest] of acknowledged) expect(kept.get(entry)).toBe(manifest)
  })

  it('does not keep the orchestrator from stopping, and one that cannot start says why', async () => {
    disk.fill(0)
    await signalOrchestrator('SIGTERM')
    expect(existsSync(inData('orchestrator.json'))).toBe(false)
    await expect(workplace.strongroom(['status'])).rejects.toThrow('The disk is full')
    expect(orchestrators()).toEqual([])
    disk.free()
    client = await signIn('erin')
    await expectWhole()
  })

  it('that becomes read-only is named, and all is there when it is writable again', async () => {
    await signalOrchestrator('SIGTERM')
    await disk.remount('ro')
    await expect(workplace.strongroom(['people', 'list'], erin)).rejects.toThrow('its disk or its folder is read-only. Make it writable')
    await disk.remount('rw')
    client = await signIn('erin')
    await expectWhole()
  })

  it('or a folder of the data that cannot be written while all else can, is named', async () => {
    writeFileSync(disk.seen(join(disk.folder, 'large', 'changing.txt')), randomBytes(32))
    const snapshot = () => client.call('datasets.snapshot', { project: ProjectId.parse('large'), path: 'changing.txt' })
    chmodSync(inData('blobs', 'incoming'), 0o500)
    await expect(snapshot()).rejects.toMatchObject({ code: 'storage-unavailable', message: expect.stringContaining('Check that its folder exists and is yours') as string })
    chmodSync(inData('blobs', 'incoming'), 0o700)
    expect((await snapshot()).bytes).toBe(32)
    await expectWhole()
  })
})

describe.skipIf(skipped)('the first set-up', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await onSmallDisk(16)
  })
  afterEach(() => close(bench))

  /** Tries with more and more room, by `step` bytes, until one succeeds, which each before is refused for want of; answers how many were. */
  const setUpBySteps = async (step: number): Promise<number> => {
    const { disk, workplace } = bench
    const setUp = () => workplace.strongroom(['setup', '--organisation', 'Test Bank', '--admin', 'admin'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.admin } })
    let refusals = 0
    for (; ; refusals++) {
      disk.fill(refusals * step)
      const refusal = await setUp().then(
        () => null,
        (error: unknown) => String(error),
      )
      if (refusal === null) break
      expect(refusal).toContain('The disk is full')
    }
    disk.free()
    expect(await workplace.strongroom(['ledger', 'verify'], { as: 'admin' })).toContain('nothing recorded was altered')
    return refusals
  }

  it('on a full disk is refused, however far it came, and succeeds with the first try that has room', { timeout: 300_000 }, async () => {
    expect(await setUpBySteps(64 * 1024)).toBeGreaterThan(2)
  })

  it('is refused by an orchestrator that runs already, which takes it once there is room', { timeout: 300_000 }, async () => {
    const { disk, workplace } = bench
    const orchestrator = join(import.meta.dirname, '..', 'build', 'main', 'orchestrator.js')
    const [command = '', ...words] = [...disk.launch, process.execPath, orchestrator, '--data', workplace.data]
    spawn(command, words, { stdio: 'ignore' })
    await becomes(() => existsSync(disk.seen(join(workplace.data, 'orchestrator.sock'))))
    expect(await setUpBySteps(8192)).toBeGreaterThan(2)
  })
})
