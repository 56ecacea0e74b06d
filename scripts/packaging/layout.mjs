/**
 * Lays out what goes into a package, as two trees, since plain Node cannot read inside Electron's archive:
 *   app/     into app.asar: the window's main process, preload script and pages. Electron checks it against its digest.
 *   beside/  into resources/: runtime/ (the pinned Node), build/ (processes, stage PATH, pages for a browser, data), node_modules/ (native).
 * Both carry the public key that the list of files is signed with: the window's lies where Electron guards it.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PACKAGE_KEY_FILE } from '../../main/client/manifest.ts'
import { pinnedNode } from '../pinned-node.mjs'
import { writeStageBin } from '../stage-bin.mjs'
import { PackagingFailed } from './packaging-failed.mjs'

const onWindows = process.platform === 'win32'

/** What each native package needs to run here: its code, and the binary of this platform alone. The rest is for compiling it. */
const NATIVE = {
  'better-sqlite3': ['lib', `prebuilds/${process.platform}-${process.arch}.node`],
  'node-pty': ['lib', 'build/Release', `prebuilds/${process.platform}-${process.arch}`],
  'onnxruntime-node': ['dist', `bin/napi-v6/${process.platform}/${process.arch}`],
  'onnxruntime-common': ['dist/cjs'],
}

const isShipped = (source) => !/\.(map|d\.ts|o|d|mk|pdb)$|[\\/]obj\.target$|[\\/]\.deps$|\.test\.js$/.test(source)

function copy(source, target) {
  if (!existsSync(source)) throw new PackagingFailed(`${source} is missing. Run \`npm run build\` first.`)
  cpSync(source, target, { recursive: true, dereference: true, filter: isShipped })
}

/** The window: what Electron loads from inside the archive. */
function layOutApp(root, app, { name, version, description }) {
  const build = join(root, 'build')
  for (const file of ['desktop.js', 'preload.cjs', 'chunks']) copy(join(build, 'main', file), join(app, 'build', 'main', file))
  copy(join(build, 'renderer'), join(app, 'build', 'renderer'))
  const homepage = 'https://strongroom.invalid'
  const manifest = { name, version, description, homepage, author: 'Strongroom', type: 'module', main: 'build/main/desktop.js', desktopName: 'strongroom-desktop.desktop' }
  writeFileSync(join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function layOutNativePackages(root, target) {
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
function layOutRuntime(root, beside) {
  const node = pinnedNode(root)
  const name = onWindows ? 'node.exe' : 'node'
  mkdirSync(join(beside, 'runtime', 'bin'), { recursive: true })
  copyFileSync(node, join(beside, 'runtime', 'bin', name))
  const licence = join(dirname(node), '..', 'LICENSE')
  if (existsSync(licence)) copyFileSync(licence, join(beside, 'runtime', 'LICENSE'))
  writeStageBin(join(beside, 'build', 'bin'), { node: `../../runtime/bin/${name}`, cli: '../main/strongroom.js' })
}

/**
 * Lays out both trees anew under `out`.
 *
 * @param {string} root the checkout, built.
 * @param {import('node:crypto').KeyObject} publicKey
 */
export function layOut(root, out, publicKey) {
  const app = join(out, 'app')
  const beside = join(out, 'beside')
  const { name, version, description, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const folder of [app, beside]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  layOutApp(root, app, { name, version, description })
  for (const part of ['main', 'renderer', 'resources']) copy(join(root, 'build', part), join(beside, 'build', part))
  // The window's own two files run in Electron alone.
  for (const file of ['desktop.js', 'preload.cjs']) rmSync(join(beside, 'build', 'main', file), { force: true })
  writeFileSync(join(beside, 'build', 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`)
  for (const tree of [app, beside]) writeFileSync(join(tree, PACKAGE_KEY_FILE), publicKey.export({ type: 'spki', format: 'pem' }))
  layOutNativePackages(root, join(beside, 'node_modules'))
  layOutRuntime(root, beside)
}
