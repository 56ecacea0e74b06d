/**
 * Packs the product for the platform that it runs on: lays out what goes in, lets electron-builder make the packages, and signs the list of
 * files that each installation is checked against.
 *
 *   npm run package                                 deb, AppImage, rpm (or NSIS, or dmg) in dist/packages
 *   npm run package -- --dir                        the unpacked layout only
 *   npm run package -- --electron-dist FOLDER       with an Electron that lies in FOLDER, instead of electron-builder's download
 *   npm run package -- --layout-only                lays out dist/app and dist/beside, and packs nothing
 *
 * STRONGROOM_PACKAGE_KEY names the key that signs; without it the build is an unsigned one, and says so (scripts/packaging/package-key.mjs).
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fingerprintOf } from '../main/client/manifest.ts'
import { setFuses } from './packaging/fuses.mjs'
import { layOut } from './packaging/layout.mjs'
import { commandLineLink } from './packaging/linux-link.mjs'
import { writeManifest } from './packaging/manifest.mjs'
import { packageKey } from './packaging/package-key.mjs'
import { PackagingFailed } from './packaging/packaging-failed.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'dist')

async function pack({ dir, electronDist, key }) {
  // Loaded here: laying out needs none of it.
  const { Arch, Platform, build: buildPackages } = await import('electron-builder')
  const listFiles = (context) =>
    writeManifest({
      resources: context.packager.getResourcesDir(context.appOutDir),
      platform: context.electronPlatformName,
      arch: Arch[context.arch],
      version: context.packager.appInfo.version,
      key,
    })
  const config = {
    // What goes in is laid out already: electron-builder shall not look for dependencies itself.
    beforeBuild: () => Promise.resolve(false),
    afterPack: async (context) => {
      await setFuses(context)
      await listFiles(context)
    },
    // Signing rewrites Windows' executables. A macOS bundle is closed by its signature, and its list leaves out what that rewrites.
    afterSign: async (context) => {
      if (context.electronPlatformName === 'win32') await listFiles(context)
    },
    ...commandLineLink(out),
  }
  if (electronDist !== undefined) {
    if (!existsSync(electronDist) || !statSync(electronDist).isDirectory()) throw new PackagingFailed(`${electronDist} is no folder with an Electron.`)
    config.electronDist = electronDist
  }
  const targets = Platform.current().createTarget(dir ? 'dir' : undefined)
  await buildPackages({ projectDir: root, config, targets, publish: 'never' })
}

function announce({ publicKey, signed }) {
  const fingerprint = fingerprintOf(publicKey)
  const text = signed
    ? `Signed. Tell those who install it this fingerprint, by another way than the package: ${fingerprint}`
    : `This is an unsigned build: its key was thrown away. Set STRONGROOM_PACKAGE_KEY to sign one. Fingerprint: ${fingerprint}`
  process.stdout.write(`strongroom: ${text}\n`)
}

async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      dir: { type: 'boolean', default: false },
      'layout-only': { type: 'boolean', default: false },
      'electron-dist': { type: 'string' },
    },
  })
  const key = packageKey(root)
  layOut(root, out, key.publicKey)
  if (values['layout-only']) return
  const electronDist = values['electron-dist']
  await pack({ dir: values.dir, electronDist: electronDist === undefined ? undefined : resolve(electronDist), key })
  announce(key)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof PackagingFailed)) throw error
  process.stderr.write(`strongroom: ${error.message}\n`)
  process.exitCode = 1
}
