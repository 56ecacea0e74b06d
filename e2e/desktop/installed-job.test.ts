import { execFileSync, spawn } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openOrchestratorSocket, readHolder, dataFolder } from '../../main/client/index.ts'
import { prepareInstalled, type Prepared } from '../../main/desktop/prepare.ts'
import { removeUnusedCopies } from '../../main/desktop/runtime-copy.ts'
import { TestWorkplace } from '../workplace.ts'
import { packStandIn, readArchive } from './stand-in.ts'

/** Nothing of this machine's own Node or npm is in reach of what is started here. */
const BARE = ['/usr/bin/env', 'PATH=/usr/bin:/bin']

/**
 * A network namespace of its own, in which not even the loopback interface is up, and a tracer that writes down each socket that the command, or
 * any process of it, asks for: a file for each process.
 */
const cutOff = (traces: string) => ['unshare', '--map-root-user', '--net', 'strace', '-f', '-ff', '--seccomp-bpf', '-qq', '-e', 'trace=socket', '-o', join(traces, 'process')]

/** Address families that were asked for, by how often. */
function families(traces: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const file of readdirSync(traces)) {
    for (const [, family = ''] of readFileSync(join(traces, file), 'utf8').matchAll(/^socket\((\w+)/gm)) counts[family] = (counts[family] ?? 0) + 1
  }
  return counts
}

function makeFolder(...names: readonly string[]): string {
  const folder = join(...names)
  mkdirSync(folder)
  return folder
}

const onLinux = process.platform === 'linux'
let packed: ReturnType<typeof packStandIn>

beforeAll(() => {
  if (onLinux) packed = packStandIn()
})

afterAll(() => {
  if (packed) rmSync(packed.folder, { recursive: true, force: true })
})

describe.skipIf(!onLinux)('what is installed, on a machine whose network is cut', () => {
  let workplace: TestWorkplace
  let traces: string

  beforeAll(async () => {
    const { resources } = packed
    workplace = new TestWorkplace({ under: (folder) => cutOff(makeFolder(folder, 'traces')), program: [...BARE, join(resources, 'build', 'bin', 'strongroom')] })
    traces = join(workplace.folder, 'traces')
    // Not left to the first command to start: a tracer ends with the last process that it follows.
    const started = [...cutOff(traces), ...BARE, join(resources, 'build', 'bin', 'node'), join(resources, 'build', 'main', 'orchestrator.js'), '--data', workplace.data]
    spawn(started[0] ?? '', started.slice(1), { stdio: 'ignore' })
    await vi.waitFor(() => expect(existsSync(join(workplace.data, 'orchestrator.sock'))).toBe(true), { timeout: 20_000 })
  })

  afterAll(() => workplace?.close())

  it('is seen to be cut off, and whoever asks for the network is seen to ask', () => {
    const control = makeFolder(workplace.folder, 'control')
    const [command = '', ...words] = [...cutOff(control), process.execPath, '-e', "require('node:net').connect(9, '127.0.0.1').on('error', (error) => console.log(error.code))"]
    expect(execFileSync(command, words, { encoding: 'utf8' }).trim()).toBe('ENETUNREACH')
    expect(families(control)).toHaveProperty('AF_INET')
  })

  it('does the main job by itself: set-up, sample, run, promotion, pack, both verifiers', { timeout: 300_000 }, async () => {
    const erin = { as: 'erin' } as const
    await workplace.setUp()
    const { pid } = readHolder(dataFolder(workplace.data)) ?? { pid: 0 }
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(join(packed.resources, 'runtime', 'bin', 'node'))
    await workplace.strongroom(['sample', 'add', 'credit-risk'], erin)
    await workplace.strongroom(['run', 'start', '--project', 'credit-risk', '--follow'], erin)
    await workplace.strongroom(['model', 'request', 'credit-risk', 'staging'], erin)
    await workplace.strongroom(['model', 'approve', 'credit-risk', '--comment', 'Test'], { as: 'paul' })
    const pack = await workplace.json<{ id: string; folder: string; zip: string }>(['evidence', 'export', 'credit-risk'], { as: 'paul' })
    expect(await workplace.strongroom(['evidence', 'verify', pack.id], { as: 'ada' })).toContain('The pack is as it was signed.')
    const node = join(packed.resources, 'build', 'bin', 'node')
    const env = { PATH: '/usr/bin:/bin' }
    const [one, other] = [[node, 'verify.mjs'], ['python3', 'verify.py']].map(([program = '', verifier = '']) => execFileSync(program, [join(pack.folder, verifier), pack.zip, '--json'], { env, encoding: 'utf8' }))
    expect(one).toBe(other)
    expect(await workplace.strongroom(['ledger', 'verify'], { as: 'ada' })).toContain('nothing recorded was altered')
  })

  it('is what was packed afterwards too: it writes nothing into itself', async () => {
    expect(await workplace.strongroom(['installation', 'verify'])).toContain('all as they were packed')
  })

  it('asked for the network in no process of all that', async () => {
    await workplace.strongroom(['stop'], { as: 'admin' })
    const { AF_UNIX: local, ...others } = families(traces)
    expect(local).toBeGreaterThan(20)
    expect(others).toEqual({})
  })
})

describe.skipIf(!onLinux)('an AppImage whose mount vanishes', () => {
  let mount: string
  let prepared: Prepared
  let workplace: TestWorkplace
  let runtimes: string
  let copy: string

  /** Processes of this machine that have a file of the mount open, run from it, or stand in it. */
  function holdersOf(mount: string): string[] {
    const holds = (pid: string) => {
      try {
        const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
        const links = ['exe', 'cwd', ...readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)].map((name) => readlinkSync(`/proc/${pid}/${name}`))
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return [maps, environment, ...links].some((text) => text.includes(mount))
      } catch {
        // It ended, or is somebody else's.
        return false
      }
    }
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && holds(name))
  }

  beforeAll(async () => {
    mount = join(packed.folder, '.mount_StrongX1')
    cpSync(packed.unpacked, mount, { recursive: true })
    const resources = join(mount, 'resources')
    const key = readArchive(join(resources, 'app.asar')).get('build/package-key.pem')?.toString('utf8') ?? ''
    // As the AppImage's launcher sets them.
    const env = {
      APPIMAGE: join(packed.folder, 'Strongroom.AppImage'),
      APPDIR: mount,
      PATH: `${mount}:${mount}/usr/sbin:/usr/bin:/bin`,
      LD_LIBRARY_PATH: `${mount}/usr/lib`,
      HOME: packed.folder,
      XDG_DATA_HOME: join(packed.folder, 'home'),
    }
    prepared = await prepareInstalled({ folder: resources, key }, nodeFs, env)
    runtimes = join(packed.folder, 'home', 'strongroom-runtime')
    const [name = ''] = readdirSync(runtimes)
    copy = join(runtimes, name)
    workplace = new TestWorkplace({ program: [...BARE, join(copy, 'build', 'bin', 'strongroom')] })
    await workplace.setUp({ asCopy: true })
  })

  afterAll(() => workplace?.close())

  it('goes on training, since nothing that trains has anything to do with the mount', async () => {
    const socket = await openOrchestratorSocket(workplace.data, { start: true, installation: prepared.installation, env: prepared.env })
    socket.destroy()
    const project = join(workplace.folder, 'long')
    mkdirSync(project)
    writeFileSync(join(project, 'dvc.yaml'), 'stages:\n  train:\n    cmd: until test -e go; do sleep 0.1; done; node -p process.execPath > trained.txt\n    outs: [trained.txt]\n')
    await workplace.strongroom(['project', 'add', project, '--id', 'long', '--name', 'Long', '--purpose', 'a test'], { as: 'erin' })
    const { id } = await workplace.json<{ id: number }>(['run', 'start', '--project', 'long'], { as: 'erin' })
    const state = async () => (await workplace.json<{ stages: { state: string }[] }>(['run', 'show', String(id)], { as: 'erin' })).stages.map((stage) => stage.state)
    await vi.waitFor(async () => expect(await state()).toEqual(['running']), { timeout: 30_000 })

    const holders = holdersOf(mount)
    rmSync(mount, { recursive: true })
    writeFileSync(join(project, 'go'), '')
    expect(holders).toEqual([])
    await workplace.strongroom(['run', 'follow', String(id)], { as: 'erin' })
    expect(readFileSync(join(project, 'trained.txt'), 'utf8').trim()).toBe(join(copy, 'runtime', 'bin', 'node'))
    expect(await workplace.strongroom(['ledger', 'verify'], { as: 'ada' })).toContain('nothing recorded was altered')
  })

  it('can still be checked, as far as it was copied', async () => {
    const { files } = await workplace.json<{ files: number }>(['installation', 'verify'])
    expect(files).toBeGreaterThan(100)
    writeFileSync(join(copy, 'build', 'more.js'), '')
    await expect(workplace.strongroom(['installation', 'verify'])).rejects.toThrow('build/more.js does not belong there')
    rmSync(join(copy, 'build', 'more.js'))
  })

  it('leaves its copy to what runs from it, and a later version takes it away when nothing does', async () => {
    const later = join(runtimes, 'later')
    await removeUnusedCopies(runtimes, later)
    expect(existsSync(copy)).toBe(true)
    const { pid } = readHolder(dataFolder(workplace.data)) ?? { pid: 0 }
    await workplace.strongroom(['stop'], { as: 'admin' })
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 20_000 })
    await removeUnusedCopies(runtimes, later)
    expect(existsSync(copy)).toBe(false)
  })
})
