import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MANIFEST_FILE, PACKAGE_KEY_FILE, SIGNATURE_FILE, formatManifest } from './manifest.ts'
import type { SignedFolder } from './verify-installation.ts'

/** For tests: an installation as small as can be, with a signed list of its files. */
export interface InstallationFixture extends SignedFolder {
  readonly privateKey: KeyObject
}

export const FIXTURE_FILES: Readonly<Record<string, string>> = {
  'app.asar': 'the window',
  'build/main/orchestrator.js': 'console.log("orchestrator")',
  'build/main/runner.js': 'console.log("runner")',
  'node_modules/native/native.node': 'binary',
  'runtime/bin/node': 'the Node that it runs on',
  '../electron': 'Electron',
}

/** @param resources a folder that is not there yet, a folder below one of the test's own. */
export function writeInstallation(resources: string, { version = '1.0.0', signed = true, sealed = [] as readonly string[], files = FIXTURE_FILES } = {}): InstallationFixture {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const all = { ...files, [PACKAGE_KEY_FILE]: key }
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(resources, path)), { recursive: true })
    writeFileSync(join(resources, path), content, { mode: path.includes('/bin/') ? 0o755 : 0o644 })
  }
  const digests = Object.entries(all).map(([path, content]): [string, string] => [path, createHash('sha256').update(content).digest('hex')])
  const listed = digests.filter(([path]) => !sealed.includes(path))
  const text = Buffer.from(formatManifest({ version, platform: 'linux-x64', signed, files: new Map(listed), sealed }))
  writeFileSync(join(resources, MANIFEST_FILE), text)
  writeFileSync(join(resources, SIGNATURE_FILE), sign(null, text, privateKey))
  return { folder: resources, key, privateKey }
}
