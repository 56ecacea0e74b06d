import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, packStandIn, readArchive, writeStandIn } from './stand-in.ts'

/** What a built file and all that it imports at once want from outside the archive. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const imported = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^'"]*?["']([^'"]+)["']/gm)].map((match) => match[1] ?? '')
  return imported.flatMap((name) => (name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : name.startsWith('node:') ? [] : [name]))
}

// Only the platform that a package is for can lay it out: it carries that platform's Node and native modules.
describe.skipIf(process.platform !== 'linux')('the packed product', () => {
  let folder: string
  let unpacked: string
  let resources: string
  let printed: string

  beforeAll(() => {
    ;({ folder, unpacked, resources, printed } = packStandIn())
  })

  afterAll(() => {
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  it('holds the window in the archive, and nothing else', () => {
    const names = [...readArchive(join(resources, 'app.asar')).keys()]
    expect(names).toEqual(expect.arrayContaining(['package.json', 'build/main/desktop.js', 'build/main/preload.cjs', 'build/renderer/index.html', 'build/package-key.pem']))
    expect(names.filter((name) => !/^(package\.json$|build\/package-key\.pem$|build\/main\/(desktop\.js|preload\.cjs|chunks\/)|build\/renderer\/)/.test(name))).toEqual([])
    expect(names.filter((name) => name.endsWith('.map') || /gallery/i.test(name))).toEqual([])
  })

  it('holds what plain Node runs beside the archive, with the native modules of this platform alone', () => {
    for (const name of ['orchestrator.js', 'runner.js', 'strongroom.js']) expect(existsSync(join(resources, 'build', 'main', name)), name).toBe(true)
    const pages = readdirSync(join(resources, 'build', 'renderer'), { recursive: true, encoding: 'utf8' })
    expect(pages).toContain('index.html')
    expect(pages.filter((name) => /gallery/i.test(name))).toEqual([])
    const binaries = readdirSync(join(resources, 'node_modules'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.node'))
    expect(binaries.map((name) => name.split('/')[0]).sort()).toEqual(['better-sqlite3', 'node-pty', 'onnxruntime-node'])
  })

  it('wants nothing of the window that is not in the archive but what Electron has itself', () => {
    expect(packagesOf(join(ROOT, 'dist', 'app', 'build', 'main', 'desktop.js')).sort()).toEqual(['electron', 'original-fs'])
    expect(readFileSync(join(ROOT, 'dist', 'app', 'build', 'main', 'preload.cjs'), 'utf8').match(/require\([^)]*\)/g)).toEqual(['require("electron")'])
  })

  it('has Electron’s locks closed', async () => {
    const fuses = await getCurrentFuseWire(join(unpacked, 'strongroom-desktop'))
    expect(fuses.version).toBe(FuseVersion.V1)
    expect({
      runAsNode: fuses[FuseV1Options.RunAsNode],
      nodeOptions: fuses[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
      inspect: fuses[FuseV1Options.EnableNodeCliInspectArguments],
      fileProtocol: fuses[FuseV1Options.GrantFileProtocolExtraPrivileges],
      ownSnapshot: fuses[FuseV1Options.LoadBrowserProcessSpecificV8Snapshot],
      integrity: fuses[FuseV1Options.EnableEmbeddedAsarIntegrityValidation],
      asarOnly: fuses[FuseV1Options.OnlyLoadAppFromAsar],
      cookies: fuses[FuseV1Options.EnableCookieEncryption],
      wasmTraps: fuses[FuseV1Options.WasmTrapHandlers],
    }).toEqual({
      runAsNode: FuseState.DISABLE,
      nodeOptions: FuseState.DISABLE,
      inspect: FuseState.DISABLE,
      fileProtocol: FuseState.DISABLE,
      ownSnapshot: FuseState.DISABLE,
      integrity: FuseState.ENABLE,
      asarOnly: FuseState.ENABLE,
      cookies: FuseState.ENABLE,
      wasmTraps: FuseState.ENABLE,
    })
  })

  it('is not made of an Electron with a lock that nobody has decided on', () => {
    const set = (fuses: string) => {
      const electron = join(folder, `electron-${fuses}`)
      writeStandIn(electron, fuses)
      const context = JSON.stringify({ appOutDir: electron, electronPlatformName: 'linux', packager: { executableName: 'electron' } })
      const script = `import { setFuses } from ${JSON.stringify(join(ROOT, 'scripts', 'packaging', 'fuses.mjs'))}; await setFuses(${context})`
      return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
    }
    expect(set('101100110').status).toBe(0)
    expect(set('1011001100')).toMatchObject({ status: 1, stderr: expect.stringContaining('strictlyRequireAllFuses') as unknown })
  })

  it('says that nobody stands for it, when nobody signed it', () => {
    expect(printed).toContain('unsigned build')
    const stdout = execFileSync(join(resources, 'build', 'bin', 'strongroom'), ['installation', 'verify'], { env: { PATH: '/usr/bin:/bin', HOME: folder }, encoding: 'utf8' })
    expect(stdout).toContain('an unsigned build')
  })

  it('runs its command line and a stage’s node on the Node that it carries, with no other in reach', () => {
    const bin = join(resources, 'build', 'bin')
    const env = { PATH: '/usr/bin:/bin', HOME: folder }
    const node = execFileSync(join(bin, 'node'), ['-p', 'process.execPath'], { env, encoding: 'utf8' }).trim()
    expect(node).toBe(join(resources, 'runtime', 'bin', 'node'))
    const linked = join(folder, 'strongroom')
    symlinkSync(join(bin, 'strongroom'), linked)
    expect(execFileSync(linked, ['--version'], { env, encoding: 'utf8' })).toMatch(/\d+\.\d+\.\d+/)
  })

  it('loads every native module from where it lies', () => {
    const script = ["new (require('better-sqlite3'))(':memory:').close()", "require('node-pty').spawn", "require('onnxruntime-node').InferenceSession.create"].join(';')
    const node = join(resources, 'build', 'bin', 'node')
    execFileSync(node, ['-e', script], { cwd: join(resources, 'build'), env: { PATH: '/usr/bin:/bin' } })
  })

  it('has no link that leads out of it', () => {
    const links = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter((name) => lstatSync(join(unpacked, name)).isSymbolicLink())
    expect(links).toEqual([])
  })
})
