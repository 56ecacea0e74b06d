import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FIXTURE_FILES, writeInstallation, type InstallationFixture } from './installation-fixture.ts'
import { refuseDamaged } from './installation.ts'
import { MANIFEST_FILE, PARTS, SIGNATURE_FILE } from './manifest.ts'
import { InstallationDamaged, compareFiles, readManifest, type Damage } from './verify-installation.ts'

let top: string
let installed: InstallationFixture

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'strongroom-installation-'))
  installed = writeInstallation(join(top, 'resources'))
})

afterEach(() => rmSync(top, { recursive: true }))

const inside = (path: string) => join(installed.folder, path)

async function damage(parts = PARTS): Promise<readonly Damage[]> {
  const { manifest } = await readManifest(installed)
  return (await compareFiles(installed.folder, manifest, parts)).damage
}

describe('the check of an installation', () => {
  it('finds nothing in what was packed, and says how much it looked at', async () => {
    const { manifest, fingerprint } = await readManifest(installed)
    const compared = await compareFiles(installed.folder, manifest, PARTS)
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(compared).toEqual({ files: 7, bytes: [...Object.values(FIXTURE_FILES), installed.key].join('').length, damage: [] })
  })

  it('names each file that differs in one bit', async () => {
    for (const path of manifestPaths()) {
      const content = readFileSync(inside(path))
      const flipped = Buffer.from(content)
      flipped[content.length - 1] = (flipped[content.length - 1] ?? 0) ^ 1
      writeFileSync(inside(path), flipped)
      expect(await damage(), path).toEqual([{ path, what: 'changed' }])
      writeFileSync(inside(path), content)
    }
  })

  it('names each file that is missing', async () => {
    for (const path of manifestPaths()) {
      const content = readFileSync(inside(path))
      rmSync(inside(path))
      expect(await damage(), path).toEqual([{ path, what: 'missing' }])
      writeFileSync(inside(path), content)
    }
  })

  it('names a file more where it could take the place of another, and lets others be', async () => {
    mkdirSync(inside('build/node_modules/native'), { recursive: true })
    writeFileSync(inside('build/node_modules/native/index.js'), '')
    writeFileSync(inside('apparmor-profile'), '')
    expect(await damage()).toEqual([{ path: 'build/node_modules/native/index.js', what: 'unexpected' }])
  })

  it('names a link in the place of a file, wherever it leads', async () => {
    rmSync(inside('runtime/bin/node'))
    writeFileSync(join(top, 'node'), FIXTURE_FILES['runtime/bin/node'] ?? '')
    symlinkSync(join(top, 'node'), inside('runtime/bin/node'))
    expect(await damage()).toEqual([{ path: 'runtime/bin/node', what: 'unexpected' }])
  })

  it('names a folder in the place of a file', async () => {
    rmSync(inside('app.asar'))
    mkdirSync(inside('app.asar'))
    expect(await damage()).toEqual([{ path: 'app.asar', what: 'unreadable' }])
  })

  it('looks at the parts that it is asked for', async () => {
    writeFileSync(inside('../electron'), 'changed')
    writeFileSync(inside('app.asar'), 'changed')
    expect(await damage(['processes'])).toEqual([])
    expect(await damage(['processes', 'window'])).toEqual([{ path: 'app.asar', what: 'changed' }])
    expect(await damage()).toHaveLength(2)
  })

  it('leaves to the system’s signature what that rewrites, but not whether it is there', async () => {
    rmSync(installed.folder, { recursive: true })
    installed = writeInstallation(installed.folder, { sealed: ['runtime/bin/node'] })
    writeFileSync(inside('runtime/bin/node'), 'signed since')
    expect(await damage()).toEqual([])
    rmSync(inside('runtime/bin/node'))
    expect(await damage()).toEqual([{ path: 'runtime/bin/node', what: 'missing' }])
  })
})

describe('the list itself', () => {
  const refused = async (what: Damage['what'], path = MANIFEST_FILE) => {
    const error: unknown = await readManifest(installed).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InstallationDamaged)
    expect((error as InstallationDamaged).damage).toEqual([{ path, what }])
  }

  it('is refused when a line is taken out of it', async () => {
    const text = readFileSync(inside(MANIFEST_FILE), 'utf8')
    writeFileSync(inside(MANIFEST_FILE), text.replace(/.*orchestrator\.js\n/, ''))
    await refused('changed')
  })

  it('is refused when another key signed it', async () => {
    writeFileSync(inside(SIGNATURE_FILE), sign(null, readFileSync(inside(MANIFEST_FILE)), generateKeyPairSync('ed25519').privateKey))
    await refused('changed')
  })

  it('is refused when it, its signature or its key is not there', async () => {
    const signature = readFileSync(inside(SIGNATURE_FILE))
    rmSync(inside(SIGNATURE_FILE))
    await refused('missing', SIGNATURE_FILE)
    writeFileSync(inside(SIGNATURE_FILE), signature)
    rmSync(inside(MANIFEST_FILE))
    await refused('missing')
    installed = { ...writeInstallation(installed.folder), key: 'no key' }
    await refused('changed')
  })

  it('is refused when its signer wrote what is no list', async () => {
    const text = Buffer.from('# of the future\n')
    writeFileSync(inside(MANIFEST_FILE), text)
    writeFileSync(inside(SIGNATURE_FILE), sign(null, text, installed.privateKey))
    await refused('unreadable')
  })
})

describe('an orchestrator', () => {
  const from = (signed: InstallationFixture | null) =>
    refuseDamaged({ node: '', orchestrator: '', runner: '', ledgerVerifier: '', fileThread: '', bin: '', renderer: '', resources: '', fonts: '', signed })

  it('is not started from files that were changed, and the error says which and what to do', async () => {
    for (const path of ['build/main/orchestrator.js', 'build/main/runner.js', 'runtime/bin/node']) writeFileSync(inside(path), 'changed')
    await expect(from(installed)).rejects.toMatchObject({
      code: 'installation-damaged',
      message: expect.stringMatching(/orchestrator\.js was changed\n.*runner\.js was changed\n.*bin\/node was changed\nNothing was started from it\. Install Strongroom again/) as unknown,
    })
  })

  it('names five files and counts the rest', async () => {
    for (let index = 0; index < 7; index++) writeFileSync(inside(`build/more-${index}`), '')
    await expect(from(installed)).rejects.toThrow(/more-4 does not belong there\n {2}and 2 more\n/)
  })

  it('is started from files that are as they were packed, and from any checkout', async () => {
    await from(installed)
    await from(null)
  })
})

function manifestPaths(): string[] {
  return [...Object.keys(FIXTURE_FILES), 'build/package-key.pem']
}
