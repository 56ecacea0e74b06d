/**
 * Packs the product for the platform that it runs on: lays out what goes in, then lets electron-builder make the packages.
 *
 *   npm run package                                 deb, AppImage, rpm (or NSIS, or dmg) in dist/packages
 *   npm run package -- --dir                        the unpacked layout only
 *   npm run package -- --electron-dist FOLDER       with an Electron that lies in FOLDER, instead of electron-builder's download
 *   npm run package -- --layout-only                lays out dist/app and dist/beside, and packs nothing
 *
 * Two trees, since plain Node cannot read inside Electron's archive:
 *   app/     into app.asar: the window's main process, preload script and pages. Electron checks it against its digest.
 *   beside/  into resources/: runtime/ (the pinned Node), build/ (processes, stage PATH, pages for a browser, data), node_modules/ (native).
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pinnedNode } from './pinned-node.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const build = join(root, 'build')
const onWindows = process.platform === 'win32'

/** What each native package needs to run here: its code, and the binary of this platform alone. The rest is for compiling it. */
const NATIVE = {
  'better-sqlite3': ['lib', `prebuilds/${process.platform}-${process.arch}.node`],
  'node-pty': ['lib', 'build/Release', `prebuilds/${process.platform}-${process.arch}`],
  'onnxruntime-node': ['dist', `bin/napi-v6/${process.platform}/${process.arch}`],
  'onnxruntime-common': ['dist/cjs'],
}

class PackagingFailed extends Error {}

const isShipped = (source) => !/\.(map|d\.ts|o|d|mk|pdb)$|[\\/]obj\.target$|[\\/]\.deps$|\.test\.js$/.test(source)

function copy(source, target) {
  if (!existsSync(source)) throw new PackagingFailed(`${source} is missing. Run \`npm run build\` first.`)
  cpSync(source, target, { recursive: true, dereference: true, filter: isShipped })
}

/** The window: what Electron loads from inside the archive. */
function layOutApp(app, { name, version, description }) {
  for (const file of ['desktop.js', 'preload.cjs', 'chunks']) copy(join(build, 'main', file), join(app, 'build', 'main', file))
  copy(join(build, 'renderer'), join(app, 'build', 'renderer'))
  const homepage = 'https://strongroom.invalid'
  const manifest = { name, version, description, homepage, author: 'Strongroom', type: 'module', main: 'build/main/desktop.js' }
  writeFileSync(join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function layOutNativePackages(target) {
  for (const [name, parts] of Object.entries(NATIVE)) {
    const source = join(root, 'node_modules', name)
    for (const part of ['package.json', 'LICENSE', ...parts]) {
      if (existsSync(join(source, part))) copy(join(source, part), join(target, name, part))
    }
    if (!hasBinary(join(target, name)) && name !== 'onnxruntime-common') {
      throw new PackagingFailed(`${name} has no binary for ${process.platform}-${process.arch} in ${source}. Install it, or compile it, first.`)
    }
  }
}

function hasBinary(folder) {
  return readdirSync(folder, { recursive: true }).some((name) => name.endsWith('.node'))
}

/** The pinned Node, and the folder that stands first on a stage's PATH, which finds it from where it lies itself. */
function layOutRuntime(beside) {
  const node = pinnedNode(root)
  const bin = join(beside, 'runtime', 'bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync(node, join(bin, onWindows ? 'node.exe' : 'node'))
  const licence = join(dirname(node), '..', 'LICENSE')
  if (existsSync(licence)) copyFileSync(licence, join(beside, 'runtime', 'LICENSE'))
  writeStageBin(join(beside, 'build', 'bin'))
}

function writeStageBin(bin) {
  mkdirSync(bin, { recursive: true })
  if (onWindows) {
    writeFileSync(join(bin, 'node.cmd'), '@"%~dp0..\\..\\runtime\\bin\\node.exe" %*\r\n')
    writeFileSync(join(bin, 'strongroom.cmd'), '@"%~dp0..\\..\\runtime\\bin\\node.exe" "%~dp0..\\main\\strongroom.js" %*\r\n')
    return
  }
  const here = '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
  writeFileSync(join(bin, 'node'), `${here}exec "$here/../../runtime/bin/node" "$@"\n`)
  writeFileSync(join(bin, 'strongroom'), `${here}exec "$here/../../runtime/bin/node" "$here/../main/strongroom.js" "$@"\n`)
  for (const name of ['node', 'strongroom']) chmodSync(join(bin, name), 0o755)
}

/** Lays out both trees anew under `out`. */
function layOut(out) {
  const app = join(out, 'app')
  const beside = join(out, 'beside')
  const { name, version, description, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const folder of [app, beside]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  layOutApp(app, { name, version, description })
  for (const part of ['main', 'renderer', 'resources']) copy(join(build, part), join(beside, 'build', part))
  // The window's own two files run in Electron alone.
  for (const file of ['desktop.js', 'preload.cjs']) rmSync(join(beside, 'build', 'main', file), { force: true })
  writeFileSync(join(beside, 'build', 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`)
  layOutNativePackages(join(beside, 'node_modules'))
  layOutRuntime(beside)
}

async function pack({ dir, electronDist }) {
  // Loaded here: laying out needs none of it.
  const { Platform, build: buildPackages } = await import('electron-builder')
  // What goes in is laid out already: electron-builder shall not look for dependencies itself.
  const config = { beforeBuild: () => Promise.resolve(false) }
  if (electronDist !== undefined) {
    if (!existsSync(electronDist) || !statSync(electronDist).isDirectory()) throw new PackagingFailed(`${electronDist} is no folder with an Electron.`)
    config.electronDist = electronDist
  }
  const targets = Platform.current().createTarget(dir ? 'dir' : undefined)
  await buildPackages({ projectDir: root, config, targets, publish: 'never' })
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
  layOut(join(root, 'dist'))
  if (values['layout-only']) return
  const electronDist = values['electron-dist']
  await pack({ dir: values.dir, electronDist: electronDist === undefined ? undefined : resolve(electronDist) })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof PackagingFailed)) throw error
  process.stderr.write(`strongroom: ${error.message}\n`)
  process.exitCode = 1
}
