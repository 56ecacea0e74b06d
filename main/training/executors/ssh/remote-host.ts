import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setArguments } from '../remote/quote.ts'
import type { SentFile } from '../remote/remote-spec.ts'
import { readValues } from '../remote/remote-end.ts'
import type { SshLine } from './ssh-line.ts'

const HOW = ['waits', 'begins', 'running', 'ended', 'lost', 'rebooted', 'gone'] as const

/** How an attempt stands there, and what came since the sizes that were asked for. */
export interface Poll {
  readonly how: (typeof HOW)[number]
  readonly output: Buffer
  readonly metrics: Buffer
  readonly timing: Buffer
}

/** `attempt.sh` on a host: what it can be asked, by its words. All of it throws SshError. */
export class RemoteHost {
  readonly line: SshLine
  readonly #folder: string
  readonly #program: string
  #installed: Promise<string> | null = null

  /** `folder`: Strongroom's own there. `program`: where `attempt.sh` lies here. */
  constructor(line: SshLine, folder: string, program: string) {
    this.line = line
    this.#folder = folder.replace(/\/+$/, '') || '/'
    this.#program = program
  }

  async ask(what: string, words: readonly (string | number)[], input = ''): Promise<Buffer> {
    return this.line.run(await this.#words(what, words), { input })
  }

  /** Takes it for granted that the host has the program no more, as after a failure. */
  forget(): void {
    this.#installed = null
  }

  async poll(id: string, from: { output: number; metrics: number; timing: number }): Promise<Poll> {
    const said = await this.ask('poll', [id, from.output, from.metrics, from.timing])
    const end = said.indexOf(0x0a)
    const [word, ...sizes] = said.toString('latin1', 0, end).split(' ')
    const how = HOW.find((each) => each === word)
    const [output = NaN, metrics = NaN, timing = NaN] = sizes.slice(0, 3).map(Number)
    if (how === undefined || said.length !== end + 1 + output + metrics + timing) throw new Error(`${this.line.name} answered something else than was asked.`)
    const part = (at: number, length: number): Buffer => said.subarray(end + 1 + at, end + 1 + at + length)
    return { how, output: part(0, output), metrics: part(output, metrics), timing: part(output + metrics, timing) }
  }

  /** Sends the files that are not there yet, each by its digest. `scratch`: a folder here that is made and removed. */
  async sendContent(files: readonly SentFile[], scratch: string): Promise<void> {
    const bySha = new Map(files.map(({ sha256, absolute }) => [sha256, absolute]))
    if (bySha.size === 0) return
    const missing = (await this.ask('missing', [], `${[...bySha.keys()].join('\n')}\n`)).toString('latin1').split('\n').filter((sha) => bySha.has(sha))
    if (missing.length === 0) return
    await this.#inScratch(scratch, async () => {
      for (const sha of missing) await symlink(bySha.get(sha) ?? '', join(scratch, sha))
      await this.line.sendTar(['-h', '-C', scratch, '.'], await this.#words('receive', []))
    })
  }

  async sendSpec(id: string, files: Readonly<Record<string, string>>, scratch: string): Promise<void> {
    await this.#inScratch(scratch, async () => {
      for (const [name, text] of Object.entries(files)) await writeFile(join(scratch, name), text)
      await this.line.sendTar(['-C', scratch, '.'], await this.#words('spec', [id]))
    })
  }

  /** Brings files and folders of an attempt's project into a folder here. */
  async fetch(id: string, paths: readonly string[], folder: string): Promise<void> {
    await this.line.fetchTar(await this.#words('fetch', [id]), setArguments(paths.map((path) => `./${path}`)), folder)
  }

  /** What the host is and has. */
  async look(): Promise<ReadonlyMap<string, string>> {
    return readValues((await this.ask('look', [])).toString('utf8'))
  }

  async #inScratch(scratch: string, work: () => Promise<void>): Promise<void> {
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    try {
      await work()
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }

  async #words(what: string, words: readonly (string | number)[]): Promise<string[]> {
    return ['/bin/sh', await this.#install(), this.#folder, what, ...words.map(String)]
  }

  /** Puts the program there, under the name of its content: what runs goes on with the one that it began with. */
  #install(): Promise<string> {
    this.#installed ??= this.#put().catch((error: unknown) => {
      this.#installed = null
      throw error
    })
    return this.#installed
  }

  async #put(): Promise<string> {
    const text = readFileSync(this.#program, 'utf8')
    const path = `${this.#folder}/bin/attempt-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.sh`
    const put = 'umask 077; mkdir -p "${1%/*}" && { [ -f "$1" ] && cat >/dev/null || { cat >"$1.$$" && mv -f "$1.$$" "$1"; }; }'
    await this.line.run(['/bin/sh', '-c', put, 'sh', path], { input: text })
    return path
  }
}
