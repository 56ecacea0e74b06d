import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ResourceSample } from '../../../shared/contract/index.ts'
import { LocalExecutor } from '../executors/local.ts'
import { AttemptResult, attemptFolder, readJson, writeJson, type AttemptFolder, type AttemptSpec } from './attempt-folder.ts'
import { hashProgramOnce, type HashedProgram } from './hashed-program.ts'
import { testRunner } from './test-runner.ts'

/** The runner runs as it ships, bundled: its memory is what is measured. */
const base = mkdtempSync(join(tmpdir(), 'strongroom-runner-'))
let attempts = 0

afterAll(() => rmSync(base, { recursive: true, force: true }))

function prepare(spec: Partial<AttemptSpec>): AttemptFolder {
  attempts += 1
  const files = attemptFolder(join(base, String(attempts)))
  const project = join(base, `${attempts}-project`)
  mkdirSync(files.folder)
  mkdirSync(project)
  const whole: AttemptSpec = {
    version: 1, run: 1, stage: 's', attempt: attempts, cmd: ['true'], project, wdir: '.', env: {}, binFolder: null, node: null, outs: [], evidence: [], produced: [],
    timeLimitMs: null, graceMs: 500, recordingCapBytes: 256 << 20, ...spec,
  }
  writeJson(files.spec, whole)
  return files
}

async function execute(files: AttemptFolder, during: (pid: number) => Promise<void> = async () => undefined): Promise<AttemptResult> {
  const child = spawn(process.execPath, [testRunner(), files.folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  const exited = once(child, 'exit')
  await during(child.pid ?? 0)
  await exited
  const result = readJson(files.result, AttemptResult)
  if (!result) throw new Error('no result')
  return result
}

async function becomes(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a stage that floods its terminal', () => {
  it('with 100 MB is recorded byte for byte, in less than 100 MB of memory', async () => {
    const numbers = 'seq 1 12500000'
    const files = prepare({ cmd: [numbers] })
    const result = await execute(files)
    expect(result.outcome).toBe('succeeded')
    expect(result.runnerPeakRssBytes).toBeLessThan(100e6)
    expect(result.recording?.droppedBytes).toBe(0)
    const expected = execFileSync('/bin/sh', ['-c', `${numbers} | sed 's/$/\r/' | sha256sum`], { encoding: 'latin1' }).slice(0, 64)
    const seen = createHash('sha256')
    for (const line of readFileSync(files.recording, 'utf8').split('\n')) if (line.includes('"o"')) seen.update((JSON.parse(line) as [number, string, string])[2])
    expect(seen.digest('hex')).toBe(expected)
    const [sample] = readFileSync(files.samples, 'utf8').split('\n')
    expect(ResourceSample.parse(JSON.parse(sample ?? '')).cpuPercent).toBeGreaterThan(0)
    expect(createHash('sha256').update(readFileSync(files.recording)).digest('hex')).toBe(result.recording?.sha256)
  })

  it('without end is capped, still shows its heartbeat, and can be cancelled', async () => {
    const files = prepare({ cmd: ['yes'], recordingCapBytes: 1_000_000 })
    const result = await execute(files, async (pid) => {
      await becomes(() => existsSync(files.recording) && statSync(files.recording).size > 1_000_000)
      const beat = statSync(files.heartbeat).mtimeMs
      await becomes(() => statSync(files.heartbeat).mtimeMs > beat)
      process.kill(pid, 'SIGTERM')
    })
    expect(result.outcome).toBe('cancelled')
    expect(result.recording?.droppedBytes).toBeGreaterThan(0)
    expect(statSync(files.recording).size).toBeLessThan(1_100_000)
    expect(readFileSync(files.recording, 'utf8')).toContain('bytes of output were not kept')
  })
})

describe('a runner', () => {
  it('runs the commands in order, stops at the first that fails, and says why', async () => {
    const files = prepare({ cmd: ['echo one', 'exit 7', 'echo never'] })
    const result = await execute(files)
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 7, reason: 'The command ended with exit code 7.' })
    expect(readFileSync(files.recording, 'utf8')).not.toContain('never')
  })

  it('types into the stage’s terminal, and records that, but not what the terminal does not show', async () => {
    const files = prepare({ cmd: ['read a; echo "first $a"; stty -echo; echo ready; read b; stty echo; echo "then ${#b} letters"'] })
    const recorded = (): string => (existsSync(files.recording) ? readFileSync(files.recording, 'utf8') : '')
    await execute(files, async () => {
      await becomes(() => recorded().includes('"m"') && existsSync(files.state))
      const runner = await new LocalExecutor({ nodePath: '', runnerPath: '' }).attach(files.folder, { onOutput: () => undefined, onClosed: () => undefined })
      const type = async (text: string): Promise<void> => {
        while ((await runner.input(text)) !== Buffer.byteLength(text)) await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await type('grün\r')
      await becomes(() => recorded().includes('ready'))
      await type('secret\r')
    })
    const events = recorded().trimEnd().split('\n').slice(1).map((line) => JSON.parse(line) as [number, string, string])
    expect(events.filter(([, code]) => code === 'i').map(([, , text]) => text)).toEqual(['grün\r', ''])
    expect(recorded()).toMatch(/first grün[^]*ready[^]*then 6 letters/)
    expect(recorded()).not.toContain('secret')
  })

  it('ends a stage at its time limit', async () => {
    const result = await execute(prepare({ cmd: ['while true; do sleep 0.05; done'], timeLimitMs: 1000 }))
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('time limit of 1 s') as string })
  })

  it.runIf(existsSync('/dev/full'))('says that the disk is full', async () => {
    const files = prepare({})
    symlinkSync('/dev/full', files.recording)
    expect(await execute(files)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('disk is full') as string })
  })

  it('does nothing for an attempt that somebody else has claimed', async () => {
    const files = prepare({ cmd: ['touch ran'] })
    writeJson(files.claim, {})
    await expect(execute(files)).rejects.toThrow('no result')
    expect(existsSync(files.recording)).toBe(false)
  })

  it('names the program that ran by path, digest and version, and the packages of a Python', async () => {
    const files = prepare({ cmd: [`X=1 '${process.execPath}' -e 0`, 'python3 -c pass'] })
    const { environment } = await execute(files)
    const [node] = environment?.executables ?? []
    expect(node).toMatchObject({ word: process.execPath, version: process.version })
    expect(node?.sha256).toBe(createHash('sha256').update(readFileSync(node?.path ?? '')).digest('hex'))
    expect(environment?.executables[1]).toMatchObject({ word: 'python3', version: expect.stringMatching(/^Python 3\./) as string })
    expect(environment?.cores).toBeGreaterThan(0)
  })

  it('names the Node itself where a stage runs the one that Strongroom brings', async () => {
    const binFolder = join(base, 'bin')
    mkdirSync(binFolder)
    writeFileSync(join(binFolder, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 })
    const { environment } = await execute(prepare({ cmd: ['node -e 0'], binFolder }))
    expect(environment?.executables).toMatchObject([{ word: 'node', path: realpathSync(process.execPath), version: process.version }])
  })

  it('reads no program again that it is told the digest of, unless it is another by now', async () => {
    const cmd = [`'${process.execPath}' -e 0`]
    const told = await hashProgramOnce(process.execPath)
    if (!told) throw new Error('this Node cannot be read')
    const digestBy = async (node: HashedProgram) => (await execute(prepare({ cmd, node }))).environment?.executables[0]?.sha256
    const other = '0'.repeat(64)
    expect(await digestBy({ ...told, sha256: other })).toBe(other)
    expect(await digestBy({ ...told, sha256: other, identity: `${told.identity}0` })).toBe(told.sha256)
    expect(await digestBy({ ...told, sha256: other, path: '/bin/sh' })).toBe(told.sha256)
  })

  it('leaves nothing of the stage running', async () => {
    const files = prepare({ cmd: ['(trap "" HUP; while true; do echo alive >> beat.txt; sleep 0.02; done) & sleep 0.1'] })
    await execute(files)
    const beat = join(base, `${attempts}-project`, 'beat.txt')
    const before = statSync(beat).size
    await execute(prepare({ cmd: ['sleep 0.2'] }))
    expect(statSync(beat).size).toBe(before)
  })
})
