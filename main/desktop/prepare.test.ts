import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeInstallation, type InstallationFixture } from '../client/installation-fixture.ts'
import { findInstallation } from '../client/installation.ts'
import { prepareCheckout, prepareInstalled } from './prepare.ts'
import { removeUnusedCopies } from './runtime-copy.ts'
import { describeFailure } from './start-failure.ts'

let top: string
let installed: InstallationFixture

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'strongroom-prepare-'))
  installed = writeInstallation(join(top, 'mount', 'resources'))
})

afterEach(() => rmSync(top, { recursive: true }))

const prepare = (env: NodeJS.ProcessEnv = {}) => prepareInstalled(installed, nodeFs, env)
const asAppImage = () => ({ APPIMAGE: join(top, 'Strongroom.AppImage'), APPDIR: join(top, 'mount'), XDG_DATA_HOME: join(top, 'home'), PATH: `${join(top, 'mount')}:/usr/bin` })
const runtimes = () => join(top, 'home', 'strongroom-runtime')
const copies = () => readdirSync(runtimes()).sort()

describe('an installed product', () => {
  it('starts from where it lies when it is what was packed', async () => {
    const { installation, env, checked } = await prepare({ HOME: '/h' })
    expect(installation.orchestrator).toBe(join(installed.folder, 'build', 'main', 'orchestrator.js'))
    expect(env).toEqual({ HOME: '/h' })
    expect(checked).toMatchObject({ version: '1.0.0', signed: true, files: 6 })
  })

  it('does not start when a file of its processes, or its window’s archive, was changed; the dialog names it', async () => {
    for (const path of ['node_modules/native/native.node', 'app.asar']) {
      const content = readFileSync(join(installed.folder, path))
      writeFileSync(join(installed.folder, path), 'changed')
      const error: unknown = await prepare().catch((thrown: unknown) => thrown)
      const { title, content: text } = describeFailure(error)
      expect(title).toContain('not what was packed')
      expect(text).toContain(`${path} was changed`)
      expect(text).toContain('Install Strongroom again')
      writeFileSync(join(installed.folder, path), content)
    }
    await prepare()
  })

  it('says so when nobody stands for it', async () => {
    installed = writeInstallation(join(top, 'unsigned', 'resources'), { signed: false })
    expect((await prepare()).checked).toMatchObject({ signed: false })
  })
})

describe('a checkout', () => {
  it('starts as it is', () => {
    const installation = findInstallation()
    expect(prepareCheckout(installation, { A: '1' })).toMatchObject({ installation, env: { A: '1' }, checked: null })
  })
})

describe('an AppImage', () => {
  it('trains from a copy of its own files, which nobody else may enter, and shows the window from its mount', async () => {
    const { installation, env, checked } = await prepare(asAppImage())
    const [name = ''] = copies()
    expect(name).toMatch(/^1\.0\.0-[0-9a-f]{16}$/)
    const copy = join(runtimes(), name)
    expect(installation).toMatchObject({ node: join(copy, 'runtime', 'bin', 'node'), orchestrator: join(copy, 'build', 'main', 'orchestrator.js') })
    expect(installation.renderer).toBe(join(installed.folder, 'app.asar', 'build', 'renderer'))
    expect(env).toEqual({ XDG_DATA_HOME: join(top, 'home'), PATH: '/usr/bin' })
    expect(checked).toMatchObject({ files: 6 })
    for (const folder of [runtimes(), copy, join(copy, 'runtime', 'bin')]) expect(statSync(folder).mode & 0o777, folder).toBe(0o700)
    expect(statSync(installation.node).mode & 0o100).not.toBe(0)
    rmSync(join(top, 'mount'), { recursive: true })
    expect(readFileSync(installation.node, 'utf8')).toBe('the Node that it runs on')
  })

  it('makes the copy once, and compares it at every start', async () => {
    const { installation } = await prepare(asAppImage())
    const made = statSync(installation.node).ino
    expect(statSync((await prepare(asAppImage())).installation.node).ino).toBe(made)
    writeFileSync(installation.runner, 'changed')
    const error: unknown = await prepare(asAppImage()).catch((thrown: unknown) => thrown)
    const { content } = describeFailure(error)
    expect(content).toContain('build/main/runner.js was changed')
    expect(content).toContain(`delete ${join(runtimes(), copies()[0] ?? '')}`)
    rmSync(join(runtimes(), copies()[0] ?? ''), { recursive: true })
    await prepare(asAppImage())
  })

  it('makes no copy of what was changed, and leaves none behind', async () => {
    writeFileSync(join(installed.folder, 'build', 'main', 'orchestrator.js'), 'changed')
    await expect(prepare(asAppImage())).rejects.toThrow(`What lies in ${installed.folder} is not what was packed:\n  build/main/orchestrator.js was changed`)
    expect(copies()).toEqual([])
  })

  it('does not start with an archive that was changed, nor copies anything', async () => {
    writeFileSync(join(installed.folder, 'app.asar'), 'changed')
    await expect(prepare(asAppImage())).rejects.toThrow('app.asar was changed')
    expect(nodeFs.existsSync(runtimes())).toBe(false)
  })

  it('may be started twice at once', async () => {
    const [one, other] = await Promise.all([prepare(asAppImage()), prepare(asAppImage())])
    expect(one.installation).toEqual(other.installation)
    expect(copies()).toHaveLength(1)
  })

  it('keeps a copy for each build, of the same version too', async () => {
    await prepare(asAppImage())
    installed = writeInstallation(join(top, 'mount', 'next'))
    await prepare(asAppImage())
    expect(copies()).toHaveLength(2)
  })

  it('removes, once it runs, the copies that nothing runs from', async () => {
    await prepare(asAppImage())
    installed = writeInstallation(join(top, 'mount', 'next'), { version: '2.0.0' })
    await (await prepare(asAppImage())).tidy()
    expect(copies()).toEqual([expect.stringMatching(/^2\.0\.0-/)])
  })
})

describe('the copies of earlier versions', () => {
  const folder = () => join(top, 'runtimes')
  const make = (name: string) => mkdirSync(join(folder(), name, 'runtime', 'bin'), { recursive: true })
  const names = () => readdirSync(folder()).sort()

  it('stay as long as anything runs from them', async () => {
    for (const name of ['1.0.0-a', '2.0.0-b', '3.0.0-c']) make(name)
    await removeUnusedCopies(folder(), join(folder(), '3.0.0-c'), () => Promise.resolve(['/usr/bin/node', join(folder(), '1.0.0-a', 'runtime', 'bin', 'node')]))
    expect(names()).toEqual(['1.0.0-a', '3.0.0-c'])
  })

  it('stay when something is started from one at that very moment', async () => {
    make('1.0.0-a')
    let looks = 0
    // The system names a program by where it lies now: under the name that the folder has been given.
    const running = () => Promise.resolve(looks++ === 0 ? [] : names().map((name) => join(folder(), name, 'runtime', 'bin', 'node')))
    await removeUnusedCopies(folder(), join(folder(), 'keep'), running)
    expect(names()).toEqual(['1.0.0-a'])
    expect(looks).toBe(2)
  })

  it('are left to a process that is making or removing them now, and taken from one that is gone', async () => {
    for (const name of [`.making-${process.pid}-00`, '.making-999999999-00', '.removing-999999999-00']) make(name)
    await removeUnusedCopies(folder(), join(folder(), 'keep'), () => Promise.resolve([]))
    expect(names()).toEqual([`.making-${process.pid}-00`])
  })

  it.runIf(process.platform === 'linux')('are known to be used by what the system says of this very process', async () => {
    make('1.0.0-a')
    const node = join(folder(), '1.0.0-a', 'runtime', 'bin', 'node')
    const { execFileSync, spawn } = await import('node:child_process')
    // By a process of its own: a process that another test begins meanwhile would inherit the file open for writing, and it could not be run.
    execFileSync('cp', [process.execPath, node])
    const child = spawn(node, ['-e', 'process.stdout.write("up"); process.stdin.resume()'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await removeUnusedCopies(folder(), join(folder(), 'keep'))
    expect(names()).toEqual(['1.0.0-a'])
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end()
    await gone
    await removeUnusedCopies(folder(), join(folder(), 'keep'))
    expect(names()).toEqual([])
  })
})
