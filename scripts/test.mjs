/**
 * `npm test`: everything, on the pinned Node, after the bootstrap has installed and built. Unit and integration tests first; then whole processes and
 * the window in a real Chromium, and beside them, in what time they leave, lint, types and layer directions. Ends with one line:
 * `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const results = join(root, 'test-results')
const inCi = process.env.CI === 'true'

/** Goes before what may wait: the tests, which are held to a time, come first. */
const YIELDING = process.platform === 'win32' ? [] : ['nice', '-n', '19']

/** Whoever is not root mounts in a user namespace. */
const MAPPED = process.getuid?.() === 0 ? [] : ['--map-root-user']

/** What tests need of the system: how to see that it is there, the Debian package, and what is tested with it. */
const NEEDS = [
  { name: 'chromium', package: 'chromium', there: () => existsSync('/usr/bin/chromium'), why: 'the window in a real browser' },
  { name: 'sqlite3', package: 'sqlite3', there: () => runs('sqlite3', ['--version']), why: 'attacks on the database file' },
  { name: 'a disk of its own', package: 'mount', there: () => runs('unshare', [...MAPPED, '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']), why: 'the disk that is full; run as root, or allow user namespaces' },
  { name: 'pdftoppm', package: 'poppler-utils', there: () => runs('pdftoppm', ['-v']), why: 'the printed anchor, seen and read back' },
  { name: 'openssl', package: 'openssl', there: () => runs('openssl', ['version']), why: 'a time stamp authority' },
  { name: 'strace', package: 'strace', there: () => runs('strace', ['--version']), why: 'that no process asks for the network' },
  { name: 'go', package: 'golang-go', there: () => runs('go', ['version']), why: "the ledger's outputs, checked by other people's code" },
  { name: 'golang.org/x/mod', package: 'golang-golang-x-mod-dev', there: () => existsSync('/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog'), why: 'the same' },
  { name: 'scikit-learn', package: 'python3-sklearn', there: () => runs('/usr/bin/python3', ['-c', 'import sklearn']), why: 'the tutorial and the tumour sample' },
  { name: 'PyYAML', package: 'python3-yaml', there: () => runs('/usr/bin/python3', ['-c', 'import yaml']), why: 'the same' },
  { name: 'PyTorch', package: 'python3-torch', there: () => runs('/usr/bin/python3', ['-c', 'import torch']), why: 'the tumour sample' },
  { name: 'slurmctld', package: 'slurmctld', there: () => existsSync('/usr/sbin/slurmctld'), why: 'stages as jobs of a Slurm cluster' },
  { name: 'slurmd', package: 'slurmd', there: () => existsSync('/usr/sbin/slurmd'), why: 'the same' },
  { name: 'sbatch', package: 'slurm-client', there: () => existsSync('/usr/bin/sbatch'), why: 'the same' },
  { name: 'munged', package: 'munge', there: () => existsSync('/usr/sbin/munged'), why: 'the same' },
]

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Installs what is missing where that is possible (root on Debian); answers what still is. */
function provideNeeds() {
  const missing = () => NEEDS.filter((need) => !need.there())
  let lacking = missing()
  if (lacking.length > 0 && process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const packages = lacking.map((need) => need.package)
    process.stdout.write(`Installing for the tests: ${packages.join(', ')}\n`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: ['ignore', 'ignore', 'inherit'], env })
    lacking = missing()
  }
  for (const need of lacking) process.stdout.write(`Missing: ${need.name}, for ${need.why}. On Debian: apt-get install ${need.package}\n`)
  return lacking
}

function start(title, command, args) {
  const began = performance.now()
  const [program, ...words] = [...YIELDING, command, ...args]
  const child = spawn(program, words, { cwd: root, env: { ...process.env, FORCE_COLOR: '0' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)\n${code === 0 ? '' : `${output}\n`}`)
      resolve(code === 0)
    })
  })
}

function tool(name) {
  return join(bin, name)
}

/** Two at a time, the longest first; answers whether each passed. */
async function checkStatically() {
  const checks = [
    ['lint', 'eslint', ['--max-warnings', '0', '.']],
    ['types: processes', 'tsc', ['-p', 'main']],
    ['types: window', 'tsc', ['-p', 'renderer']],
    ['types: e2e', 'tsc', ['-p', 'e2e']],
    ['layer directions', 'depcruise', ['--config', '.dependency-cruiser.cjs', 'main', 'renderer', 'shared']],
  ]
  const outcomes = []
  const work = async () => {
    for (let check = checks.shift(); check; check = checks.shift()) {
      const [title, command, args] = check
      outcomes.push(await start(title, tool(command), args))
    }
  }
  await Promise.all([work(), work()])
  return outcomes
}

/** Runs vitest projects with their output shown; answers counts of tests. */
async function runVitest(...projects) {
  const file = join(results, `${projects.join('-')}.json`)
  const named = projects.flatMap((project) => ['--project', project])
  const child = spawn(tool('vitest'), ['run', ...named, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  const status = await new Promise((resolve) => child.on('close', resolve))
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(file, 'utf8'))
  const failedOtherwise = status !== 0 && numFailedTests === 0 ? 1 : 0
  return { passed: numPassedTests, failed: numFailedTests + failedOtherwise, skipped: numPendingTests + numTodoTests }
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const lacking = provideNeeds()
const unit = await runVitest('pure', 'unit')
const [e2e, checks] = await Promise.all([runVitest('e2e'), checkStatically()])
const suites = [unit, e2e]
const count = (key) => suites.reduce((sum, suite) => sum + suite[key], 0)
const failed = count('failed') + checks.filter((ok) => !ok).length + (inCi ? lacking.length : 0)
if (inCi) for (const need of lacking) process.stdout.write(`Failed: ${need.name} is missing, and nothing may be skipped here.\n`)
process.stdout.write(`\n${count('passed') + checks.filter(Boolean).length} passed, ${failed} failed, ${count('skipped')} skipped\n`)
process.exit(failed === 0 ? 0 : 1)
