/**
 * The only code that runs on whatever Node the machine has (20 or later): it installs what the lock file names, compiles the one
 * native module that does not come prebuilt, builds the product when its sources changed, and starts the given script on the pinned Node.
 *
 *   node scripts/bootstrap.mjs SCRIPT [ARGS...]   install, build, run SCRIPT
 *   node scripts/bootstrap.mjs --build            install and build only
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from './pinned-node.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const installStamp = join(root, 'node_modules', '.strongroom-installed')
const buildStamp = join(root, 'build', '.stamp')

/** Directories and files whose change asks for a new build. */
const SOURCES = ['main', 'renderer', 'shared', 'resources', 'scripts/build.mjs', 'scripts/stage-bin.mjs', 'package-lock.json']

class SetupFailed extends Error {}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (result.error) throw new SetupFailed(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) throw new SetupFailed(`${[command, ...args].join(' ')} ended with ${result.signal ?? result.status}`)
}

function runNpm(args) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith('.js')) run(process.execPath, [cli, ...args])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' })
}

function lockDigest() {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).update(`${process.platform}-${process.arch}`).digest('hex')
}

function isCurrent(stamp, digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
}

/** node-pty ships no Linux binary; it is compiled from its own npm tarball against the headers of the pinned Node. */
function prepareNodePty(node) {
  const packageDir = join(root, 'node_modules', 'node-pty')
  const shipped = join(packageDir, 'prebuilds', `${process.platform}-${process.arch}`)
  if (existsSync(shipped)) {
    // npm's tarball has lost its mode (microsoft/node-pty#850): without it no terminal opens on macOS.
    if (process.platform === 'darwin') chmodSync(join(shipped, 'spawn-helper'), 0o755)
    return
  }
  note('Compiling node-pty.')
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
  const headers = join(dirname(node), '..')
  const env = { ...process.env }
  if (existsSync(join(headers, 'include', 'node', 'node.h'))) env.npm_config_nodedir = headers
  run(node, [gyp, 'rebuild', '--silent'], { cwd: packageDir, env })
}

function install() {
  const digest = lockDigest()
  if (isCurrent(installStamp, digest)) return
  note('Installing dependencies (no third-party install script runs).')
  runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  prepareNodePty(pinnedNode(root))
  writeFileSync(installStamp, digest)
}

function* filesUnder(path) {
  const info = statSync(path)
  if (!info.isDirectory()) {
    yield [path, info]
    return
  }
  for (const name of readdirSync(path).sort()) {
    if (name !== '__pycache__') yield* filesUnder(join(path, name))
  }
}

function sourcesDigest() {
  const hash = createHash('sha256')
  for (const source of SOURCES) {
    const path = join(root, source)
    if (!existsSync(path)) continue
    for (const [file, info] of filesUnder(path)) {
      if (!/\.test\.tsx?$/.test(file)) hash.update(`${file}\0${info.size}\0${info.mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

function build() {
  const digest = sourcesDigest()
  if (isCurrent(buildStamp, digest)) return
  note('Building.')
  rmSync(buildStamp, { force: true })
  run(pinnedNode(root), [join(root, 'scripts', 'build.mjs')])
  mkdirSync(dirname(buildStamp), { recursive: true })
  writeFileSync(buildStamp, digest)
}

function note(text) {
  process.stderr.write(`strongroom: ${text}\n`)
}

/** Installs and builds what is missing; answers the path of the pinned Node. */
export function prepare() {
  install()
  build()
  return pinnedNode(root)
}

/** Replaces this process, as far as Node can, with `script` on the pinned Node; ends with its exit code. */
export function continueOn(node, script, args) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':')
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const result = spawnSync(node, [script, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  process.exit(result.status ?? 1)
}

export function main(args) {
  try {
    const node = prepare()
    if (args[0] === '--build') return
    continueOn(node, join(root, args[0]), args.slice(1))
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error
    note(`Set-up failed. ${error.message}. What it printed stands above.`)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
