import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const strongroom = join(root, 'build', 'main', 'strongroom.js')
const run = promisify(execFile)

/** Names the folder of a workplace that is set up and stopped, which others may begin as copies of. */
export const SEED = 'STRONGROOM_E2E_SEED'

export function seedFolder(): string {
  const seed = process.env[SEED]
  if (seed === undefined) throw new Error(`${SEED} names no workplace: run the tests by vitest's project 'e2e'.`)
  return seed
}

export const PASSPHRASES = {
  admin: 'the admin passphrase',
  erin: 'the engineer passphrase',
  paul: 'the approver passphrase',
  ada: 'the auditor passphrase',
  sue: 'the passphrase of a scoped person',
} as const
/** What an administrator types when they enrol somebody. */
const GIVEN = 'the passphrase that was given'
export type Handle = keyof typeof PASSPHRASES

export interface Served {
  readonly url: string
  stop(): Promise<void>
}

/** A data folder of its own, used through the built command line as a person would. */
export class TestWorkplace {
  readonly folder: string
  readonly data: string
  readonly #program: readonly string[]
  readonly #mayCopy: boolean
  readonly #children = new Set<ChildProcess>()

  /**
   * @param under what each command is run by, such as `unshare --net`.
   * @param program the command line itself, when it is not that of the build.
   * @param data the data folder, when it is not in the workplace's own.
   */
  constructor({ under = () => [], program = [process.execPath, strongroom], data }: { under?: (folder: string) => readonly string[]; program?: readonly string[]; data?: string } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
    this.data = data ?? join(this.folder, 'data')
    this.#program = [...under(this.folder), ...program]
    this.#mayCopy = this.#program.length === 2 && this.#program[1] === strongroom && data === undefined
  }

  /** Runs one command; rejects with what it printed when it fails. */
  async strongroom(args: readonly string[], { as, env = {}, cwd = this.folder }: { as?: Handle; env?: Record<string, string>; cwd?: string } = {}): Promise<string> {
    const who = as === undefined ? [] : ['--as', as]
    const passphrase = as === undefined ? {} : { STRONGROOM_PASSPHRASE: PASSPHRASES[as] }
    const [command = '', ...words] = [...this.#program, '--data', this.data, ...who, ...args]
    const { stdout } = await run(command, words, { cwd, env: { ...process.env, ...passphrase, ...env }, maxBuffer: 256 << 20 })
    return stdout
  }

  /** Starts one command and leaves it to itself. */
  start(args: readonly string[], as: Handle): ChildProcess {
    const [command = '', ...words] = [...this.#program, '--data', this.data, '--as', as, ...args]
    const child = spawn(command, words, { cwd: this.folder, stdio: 'ignore' })
    this.#children.add(child)
    return child
  }

  async json<T>(args: readonly string[], options: Parameters<TestWorkplace['strongroom']>[1] = {}): Promise<T> {
    return JSON.parse(await this.strongroom(['--json', ...args], options)) as T
  }

  /**
   * The organisation, its administrator, an engineer, an approver and an auditor: by the command line, or as a copy of what it made before.
   *
   * @param asCopy also where the command line is another than that of the build.
   */
  async setUp({ asCopy = this.#mayCopy }: { asCopy?: boolean } = {}): Promise<void> {
    const seed = process.env[SEED]
    if (asCopy && seed !== undefined) return cpSync(seed, this.folder, { recursive: true })
    await this.strongroom(['setup', '--organisation', 'Test Bank', '--admin', 'admin', '--name', 'Asta Admin'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.admin } })
    // Erin signs nothing that asks for the passphrase again, so that hers stays the one that she was given.
    await this.enrol('erin', 'Erin Engineer', 'engineer', { choosesOwn: false })
    await this.enrol('paul', 'Paul Approver', 'approver')
    await this.enrol('ada', 'Ada Auditor', 'auditor')
  }

  /** By the administrator, under a passphrase that is given; then its owner chooses theirs, without which they sign nothing of consequence. */
  async enrol(handle: Handle, name: string, role?: string, { choosesOwn = true } = {}): Promise<void> {
    const own = this.passphraseFile(handle)
    const given = join(this.folder, 'given.passphrase')
    writeFileSync(given, GIVEN)
    const roles = role === undefined ? [] : ['--role', role]
    await this.strongroom(['people', 'add', handle, '--name', name, ...roles, '--new-passphrase-file', choosesOwn ? given : own], { as: 'admin' })
    if (choosesOwn) await this.strongroom(['passphrase', '--new-passphrase-file', own], { as: handle, env: { STRONGROOM_PASSPHRASE: GIVEN } })
  }

  /** A file with a person's passphrase, for `--new-passphrase-file`. */
  passphraseFile(handle: Handle): string {
    const file = join(this.folder, `${handle}.passphrase`)
    writeFileSync(file, PASSPHRASES[handle])
    return file
  }

  /** `strongroom serve`; resolves with its one-time address. */
  async serve(): Promise<Served> {
    const [command = '', ...words] = [...this.#program, '--data', this.data, '--json', 'serve']
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.add(child)
    const url = await new Promise<string>((resolve, reject) => {
      let out = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text
        if (out.includes('\n')) resolve((JSON.parse(out) as { url: string }).url)
      })
      child.on('exit', (code) => reject(new Error(`strongroom serve ended with ${code}`)))
    })
    return { url, stop: () => end(child) }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children].map(end))
    await this.strongroom(['stop'], { as: 'admin' }).catch(() => undefined)
    await this.#endOrchestrator()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Where the administrator is somebody else, its process is told directly; it is gone when this resolves. */
  async #endOrchestrator(): Promise<void> {
    const holder = join(this.data, 'orchestrator.json')
    if (!existsSync(holder)) return
    const { pid } = JSON.parse(readFileSync(holder, 'utf8')) as { pid: number }
    try {
      process.kill(pid, 'SIGTERM')
      for (;;) {
        process.kill(pid, 0)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    } catch {
      // There is no such process any more.
    }
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
