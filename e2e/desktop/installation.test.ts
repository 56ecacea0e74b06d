import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import * as nodeFs from 'node:fs'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareInstalled } from '../../main/desktop/prepare.ts'
import { describeFailure } from '../../main/desktop/start-failure.ts'
import { ROOT, packStandIn, readArchive } from './stand-in.ts'

/** Changes one bit in the middle of a file, and changes it back when it is called again. */
function flip(path: string): void {
  const at = Math.floor(statSync(path).size / 2)
  const handle = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(handle, byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 1
  writeSync(handle, byte, 0, 1, at)
  closeSync(handle)
}

const secrets = mkdtempSync(join(tmpdir(), 'strongroom-keys-'))

function keyFile(name: string, privateKey = generateKeyPairSync('ed25519').privateKey, folder = secrets): string {
  const file = join(folder, name)
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

afterAll(() => rmSync(secrets, { recursive: true, force: true }))

describe.skipIf(process.platform !== 'linux')('an installation', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  let folder: string
  let resources: string
  let printed: string
  let key: string

  beforeAll(() => {
    ;({ folder, resources, printed } = packStandIn({ keyFile: keyFile('release.pem', privateKey) }))
    key = readArchive(join(resources, 'app.asar')).get('build/package-key.pem')?.toString('utf8') ?? ''
  })

  afterAll(() => {
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  /** What the window does before it opens, without Electron. */
  const launch = () => prepareInstalled({ folder: resources, key }, nodeFs, {})

  const env = () => ({ PATH: '/usr/bin:/bin', HOME: folder })
  /** One that does not end has started what it must not. */
  const strongroom = (args: readonly string[]) => spawnSync(join(resources, 'build', 'bin', 'strongroom'), args, { env: env(), encoding: 'utf8', timeout: 60_000 })

  /** One of each kind: native modules, Node, processes, what an auditor gets, what a browser gets, the window. */
  const KINDS = [
    'node_modules/better-sqlite3/prebuilds/linux-x64.node',
    'node_modules/onnxruntime-node/dist/index.js',
    'runtime/bin/node',
    'build/main/orchestrator.js',
    'build/main/runner.js',
    'build/resources/verifier/verify.py',
    'build/resources/verifier/verify.mjs',
    'build/resources/frameworks/eu-ai-act.json',
    'build/renderer/index.html',
    'build/package-key.pem',
    'app.asar',
  ].map((path) => path.replace('linux-x64', `linux-${process.arch}`))

  it('starts when it is what was packed, and has the fingerprint of the key that its packager holds', async () => {
    const { checked } = await launch()
    const fingerprint = checked?.fingerprint ?? ''
    expect(checked?.signed).toBe(true)
    expect(printed).toContain(fingerprint)
    const colons = fingerprint.toUpperCase().replace(/(..)(?!$)/g, '$1:')
    for (const form of [fingerprint, colons]) {
      expect(strongroom(['installation', 'verify', '--fingerprint', form])).toMatchObject({ status: 0, stdout: expect.stringMatching(/Signed +yes/) as unknown })
    }
    expect(strongroom(['installation', 'verify', '--fingerprint', '00'.repeat(32)])).toMatchObject({ status: 1, stderr: expect.stringContaining(fingerprint) as unknown })
  })

  it('holds nothing of the key itself', () => {
    const der = privateKey.export({ type: 'pkcs8', format: 'der' })
    const secret = der.subarray(-32)
    const written = readdirSync(resources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'node')
    for (const needle of [secret, secret.toString('hex'), der.toString('base64').slice(24)]) {
      expect(written.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(needle))).toEqual([])
    }
  })

  it('is checked by sha256sum as well', () => {
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: resources })
    const listed = readFileSync(join(resources, 'SHA256SUMS'), 'utf8')
    for (const path of [...KINDS, '../strongroom-desktop']) expect(listed).toContain(`  ${path}\n`)
  })

  it.for(KINDS)('does not start with one bit of %s changed, and says so by its name', async (path) => {
    flip(join(resources, path))
    try {
      const { title, content } = describeFailure(await launch().catch((error: unknown) => error))
      expect(title).toContain('not what was packed')
      expect(content).toContain(`\n  ${path} was changed\nNothing was started`)
    } finally {
      flip(join(resources, path))
    }
  })

  it('names every file when every file was changed', async () => {
    const paths = [...readFileSync(join(resources, 'SHA256SUMS'), 'utf8').matchAll(/^[0-9a-f]{64} {2}(.+)$/gm)].map((match) => match[1] ?? '')
    const ours = paths.filter((path) => !path.startsWith('../') && statSync(join(resources, path)).size > 0)
    expect(ours.length).toBeGreaterThan(100)
    for (const path of ours) flip(join(resources, path))
    try {
      await expect(launch()).rejects.toMatchObject({ damage: ours.sort().map((path) => ({ path, what: 'changed' })) })
    } finally {
      for (const path of ours) flip(join(resources, path))
    }
  })

  it('does not start with a module that would be found before its own', async () => {
    const shadow = join(resources, 'build', 'node_modules', 'better-sqlite3')
    mkdirSync(shadow, { recursive: true })
    writeFileSync(join(shadow, 'index.js'), '')
    await expect(launch()).rejects.toThrow('build/node_modules/better-sqlite3/index.js does not belong there')
    rmSync(join(resources, 'build', 'node_modules'), { recursive: true })
  })

  it('does not start with a list that somebody else signed, though it fits the files', async () => {
    const signature = join(resources, 'SHA256SUMS.sig')
    const kept = readFileSync(signature)
    writeFileSync(signature, sign(null, readFileSync(join(resources, 'SHA256SUMS')), generateKeyPairSync('ed25519').privateKey))
    await expect(launch()).rejects.toThrow('SHA256SUMS was changed')
    writeFileSync(signature, kept)
  })

  it('is refused by its command line too, which starts no orchestrator from it', () => {
    const data = join(folder, 'data')
    flip(join(resources, 'build', 'main', 'runner.js'))
    try {
      for (const args of [['installation', 'verify'], ['--data', data, 'serve']]) {
        const { status, stderr } = strongroom(args)
        expect(status, args.join(' ')).toBe(1)
        expect(stderr).toContain('build/main/runner.js was changed')
      }
      expect(existsSync(join(data, 'strongroom.db'))).toBe(false)
    } finally {
      flip(join(resources, 'build', 'main', 'runner.js'))
    }
  })

  it('has Electron’s own files compared when somebody asks, not at each start', async () => {
    const program = join(resources, '..', 'strongroom-desktop')
    flip(program)
    const { status, stderr } = strongroom(['installation', 'verify'])
    expect(status).toBe(1)
    expect(stderr).toContain('../strongroom-desktop was changed')
    await launch()
    flip(program)
  })

  it('says of a checkout that there is nothing to compare with', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'build', 'main', 'strongroom.js'), 'installation', 'verify'], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toContain('git status')
  })
})

describe('a signed build', () => {
  it('is not made with a key of another kind, one that cannot be read, or one that lies in the project', () => {
    const make = (file: string) => spawnSync(process.execPath, [join(ROOT, 'scripts', 'package.mjs'), '--layout-only'], { env: { ...process.env, STRONGROOM_PACKAGE_KEY: file }, encoding: 'utf8' })
    expect(make(keyFile('ec.pem', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))).toMatchObject({ status: 1, stderr: expect.stringContaining('another kind than Ed25519') as unknown })
    expect(make(join(secrets, 'none.pem'))).toMatchObject({ status: 1, stderr: expect.stringContaining('holds no private key that can be read') as unknown })
    mkdirSync(join(ROOT, 'dist'), { recursive: true })
    const inside = keyFile('inside.pem', undefined, join(ROOT, 'dist'))
    try {
      expect(make(inside)).toMatchObject({ status: 1, stderr: expect.stringContaining('where a secret key does not belong') as unknown })
    } finally {
      rmSync(inside)
    }
  })
})
