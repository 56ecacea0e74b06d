import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AttemptSpec } from '../../runner/attempt-folder.ts'
import { readDigests, readEnd } from './remote-end.ts'
import { specFiles } from './remote-spec.ts'

const PROGRAM = join(import.meta.dirname, '../../../../resources/remote/attempt.sh')
const SHELLS = ['dash', 'bash', 'busybox'].map((name) => ({ name, path: [`/usr/bin/${name}`, `/bin/${name}`].find((path) => existsSync(path)) }))
const folder = mkdtempSync(join(tmpdir(), 'attempt-script-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base: AttemptSpec = {
  version: 1, run: 1, stage: 's', attempt: 1, cmd: ['true'], project: '/nowhere', wdir: 'sub', env: { GREETING: `it's "so"` }, binFolder: null, node: null, outs: [], evidence: [], produced: [],
  timeLimitMs: null, graceMs: 5000, recordingCapBytes: 1000,
}

describe.each(SHELLS)('attempt.sh under $name', ({ name, path }) => {
  const root = join(folder, name)
  const ask = (words: readonly string[], input?: Buffer): Buffer => execFileSync('sh', [PROGRAM, root, ...words], { input: input ?? '', env: { ...process.env, PATH: `${root}/bin:${process.env['PATH'] ?? ''}` } })
  /** Runs an attempt to its end, and shows the files that it leaves. */
  async function run(id: string, spec: AttemptSpec): Promise<(file: string) => Buffer> {
    const scratch = mkdtempSync(join(folder, 'spec-'))
    for (const [file, text] of Object.entries(specFiles(spec, [], false))) writeFileSync(join(scratch, file), text)
    ask(['spec', id], execFileSync('tar', ['-cf', '-', '-C', scratch, '.']))
    ask(['start', id])
    const file = (of: string): string => join(root, 'attempts', id, of)
    while (!existsSync(file('end'))) await new Promise((resolve) => setTimeout(resolve, 50))
    return (of) => readFileSync(file(of))
  }

  it.skipIf(path === undefined)('runs commands in order, where and with what it is told, and says how they ended and what they left', async () => {
    mkdirSync(join(root, 'bin'), { recursive: true })
    symlinkSync(path ?? '', join(root, 'bin', 'sh'))
    const out = (of: string) => ({ path: of, kind: 'out', persist: false }) as const
    const spec = { ...base, cmd: ['echo "$GREETING"; mkdir "../out put"', 'echo x >"../out put/-a\nb"; basename "$PWD"'], outs: [out('out put'), out('none')] }
    const show = await run('one', spec)
    expect(show('output').toString()).toBe(`it's "so"\nsub\n`)
    expect(readEnd(show('end').toString(), spec, 'there')).toMatchObject({ outcome: 'succeeded', exitCode: 0 })
    const digests = readDigests(show('digests'), spec)
    expect([...digests.keys()]).toEqual(['out put', 'none'])
    expect(digests.get('none')).toBe(null)
    expect(show('digests').toString()).toContain('73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac 2 out put/-a\nb\0')
    expect(ask(['poll', 'one', '3', '0', '0']).toString()).toMatch(/^ended \d+ 0 \d+ \S+\ns "so"\nsub\n/)
  })

  it.skipIf(path === undefined)('ends what takes longer than it may, by force where it does not listen, and nothing that a command left goes on', async () => {
    const spec = { ...base, wdir: '.', graceMs: 1000, timeLimitMs: 1000, cmd: [`trap '' TERM; sleep 600 & echo $! >"${root}/child"; while :; do sleep 600; done`] }
    const show = await run('two', spec)
    expect(readEnd(show('end').toString(), spec, 'there')).toMatchObject({ outcome: 'failed', outcomeDetail: 'time-limit', exitCode: 137 })
    const child = Number(readFileSync(join(root, 'child'), 'utf8'))
    expect(existsSync(`/proc/${child}/stat`) && !/\) Z /.test(readFileSync(`/proc/${child}/stat`, 'latin1'))).toBe(false)
  })
})
