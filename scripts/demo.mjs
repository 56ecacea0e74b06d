/**
 * The main job on the bundled sample, by the command line alone, each step a process of its own as a person would type it. Ends with the
 * paths of the model and the pack and with what two independent verifiers say; exit code 0 only if both accept the pack and agree.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const strongroom = join(root, 'build', 'main', 'strongroom.js')
const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
const data = join(root, 'demo-data', stamp)
const began = performance.now()

/** A demonstration: the passphrases are printed, and good for nothing else. */
const PEOPLE = {
  admin: { name: 'Asta Admin', role: 'administrator', passphrase: 'admin of the demonstration' },
  erin: { name: 'Erin Engineer', role: 'engineer', passphrase: 'engineer of the demonstration' },
  paul: { name: 'Paul Approver', role: 'approver', passphrase: 'approver of the demonstration' },
  ada: { name: 'Ada Auditor', role: 'auditor', passphrase: 'auditor of the demonstration' },
}

/** What the administrator types when they enrol somebody. */
const GIVEN = 'what was given at enrolment'

class StepFailed extends Error {}

/** Runs `strongroom ARGS` as a person; answers its standard output. With `live`, its output is shown as it comes. */
function run(who, args, { live = false, passphraseFile, passphrase = PEOPLE[who].passphrase } = {}) {
  const files = passphraseFile ? ['--new-passphrase-file', passphraseFile] : []
  const env = { ...process.env, STRONGROOM_PASSPHRASE: passphrase }
  const child = spawn(process.execPath, [strongroom, '--data', data, ...(args[0] === 'setup' ? [] : ['--as', who]), ...args, ...files], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    if (live) process.stdout.write(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new StepFailed(`strongroom ${args.join(' ')} ended with ${code}:\n${errors || out}`))))
  })
}

async function json(who, args, options) {
  return JSON.parse(await run(who, ['--json', ...args], options))
}

async function step(title, work) {
  const start = performance.now()
  process.stdout.write(`${title}\n`)
  const result = await work()
  process.stdout.write(`  ${' '.repeat(52)}${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s\n`)
  return result
}

const say = (line) => process.stdout.write(`  ${line}\n`)

/** Runs a program that has nothing to do with us but the pack; answers its exit code and what it found. */
function verify(command, args) {
  return new Promise((resolve, reject) => {
    execFile(command, [...args, '--json'], { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error && error.code === 'ENOENT') reject(new StepFailed(`${command} is not installed. The README names what a machine needs.`))
      else resolve({ code: error ? error.code : 0, text: stdout, errors: stderr })
    })
  })
}

async function main() {
  mkdirSync(dirname(data), { recursive: true })
  const secrets = mkdtempSync(join(tmpdir(), 'strongroom-demo-'))
  try {
    for (const [handle, { passphrase }] of Object.entries(PEOPLE)) writeFileSync(join(secrets, handle), passphrase, { mode: 0o600 })
    writeFileSync(join(secrets, 'given'), GIVEN, { mode: 0o600 })
    await step('Set up: ledger, keys, administrator and three people', async () => {
      const { logKey } = await json('admin', ['setup', '--organisation', 'Demonstration Bank', '--admin', 'admin', '--name', PEOPLE.admin.name])
      for (const handle of ['erin', 'paul', 'ada']) {
        await run('admin', ['people', 'add', handle, '--name', PEOPLE[handle].name, '--role', PEOPLE[handle].role], { passphraseFile: join(secrets, 'given') })
        // Nobody signs anything of consequence under the passphrase that the administrator typed.
        await run(handle, ['passphrase'], { passphraseFile: join(secrets, handle), passphrase: GIVEN })
      }
      say(`log key ${logKey}`)
    })
    await step('Project: the credit-risk sample', async () => {
      const project = await json('erin', ['sample', 'add', 'credit-risk'])
      say(`${project.name}, Annex III point ${project.annexIII}`)
    })
    await step('Train: every stage on this machine, every fact in the ledger', () => run('erin', ['run', 'start', '--project', 'credit-risk', '--follow'], { live: true }))
    const version = await step('Promote: the gate first, then a second person', async () => {
      for (const stage of ['staging', 'production']) {
        const { conditions } = await json('erin', ['model', 'request', 'credit-risk', stage, '--project', 'credit-risk'])
        const approved = await json('paul', ['model', 'approve', 'credit-risk', '--project', 'credit-risk', '--reason', 'Demonstration'])
        say(`${stage}: ${conditions.length} conditions met, approved by ${approved.promotions[0].decisions[0].by}`)
      }
      return json('erin', ['model', 'show', 'credit-risk', '--project', 'credit-risk'])
    })
    const pack = await step('Export: an evidence pack, signed', () => json('paul', ['evidence', 'export', 'credit-risk', '--project', 'credit-risk']))
    const verdicts = await step('Verify: two programs that share no code, with neither the product nor the network', async () => {
      const results = await Promise.all([verify('python3', [join(pack.folder, 'verify.py'), pack.zip]), verify(process.execPath, [join(pack.folder, 'verify.mjs'), pack.zip])])
      for (const [index, name] of ['verify.py', 'verify.mjs'].entries()) say(`${name.padEnd(10)} ${results[index].code === 0 ? 'accepts the pack' : `REJECTS the pack\n${results[index].text}${results[index].errors}`}`)
      return results
    })
    await step('Ledger: everything recomputed', async () => say((await run('ada', ['ledger', 'verify'])).split('\n')[0]))

    const passed = verdicts.every(({ code }) => code === 0) && verdicts[0].text === verdicts[1].text
    const here = (path) => relative(process.cwd(), path)
    process.stdout.write(`
Model         ${join(data, 'blobs', 'sha256', version.artifact.slice(0, 2), version.artifact)} (${version.model} ${version.version}, ${version.stage})
Pack          ${pack.zip}
Report        ${join(pack.folder, 'data', 'report.html')}
Verification  ${passed ? 'passed: both verifiers accept it and print the same findings' : 'FAILED'}
Took          ${((performance.now() - began) / 1000).toFixed(1)} s

Look around:  npm start -- --data ${here(data)}
${Object.entries(PEOPLE)
  .map(([handle, { role, passphrase }]) => `              ${handle.padEnd(6)} ${role.padEnd(14)} passphrase: ${passphrase}`)
  .join('\n')}
`)
    return passed ? 0 : 1
  } finally {
    rmSync(secrets, { recursive: true, force: true })
    await new Promise((resolve) => {
      // The orchestrator is left stopped, so that the data folder can be moved or thrown away.
      run('admin', ['stop']).then(resolve, resolve)
    })
  }
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
    process.exit(1)
  },
)
