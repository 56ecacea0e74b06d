import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ResourceSample } from '../../../shared/contract/index.ts'
import { readContent } from '../../content/index.ts'
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

async function execute(files: AttemptFolder, during: (pid: number) => Promise<void> = async () => undefined, path = process.env['PATH']): Promise<AttemptResult> {
  const child = spawn(process.execPath, [testRunner(), files.folder], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH: path } })
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
    const numbers = `seq -f '%098.0f' 1 1000000`
    const files = prepare({ cmd: [numbers] })
    const result = await execute(files)
    expect(result.outcome).toBe('succeeded')
    expect(result.runnerPeakRssBytes).toBeLessThan(100e6)
    expect(result.recording?.droppedBytes).toBe(0)
    const expected = execFileSync('/bin/sh', ['-c', `${numbers} | sed 's/$/\r/' | sha256sum`], { encoding: 'latin1' }).slice(0, 64)
    const seen = createHash('sha256')
    for (const line of readFileSync(files.recording, 'utf8').split('\n')) if (line.includes('"o"')) seen.update((JSON.parse(line) as [number, string, string])[2])
    expect(seen.digest('hex')).toBe(expected)
    const samples = readFileSync(files.samples, 'utf8').trimEnd().split('\n').map((line) => ResourceSample.parse(JSON.parse(line)))
    expect(Math.max(...samples.map(({ cpuPercent }) => cpuPercent))).toBeGreaterThan(0)
    expect(result.usage?.cpuSeconds).toBeGreaterThan(0)
    expect(result.usage?.peakRssBytes).toBeGreaterThan(0)
    expect(result.usage).toMatchObject({ gpuSeconds: 0, gpus: [], energy: { gpuJoules: 0, longestGapSeconds: null } })
    expect(createHash('sha256').update(readFileSync(files.recording)).digest('hex')).toBe(result.recording?.sha256)
  }, 180_000)

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

  it('digests an out of many files on all cores, as it is when it is read file by file', async () => {
    const files = prepare({ cmd: ['mkdir out; for n in $(seq 40); do echo $n > out/$n; done'], outs: [{ path: 'out', kind: 'out', persist: false }] })
    const { outs } = await execute(files)
    const { sha256, bytes } = await readContent(join(base, `${attempts}-project`), 'out')
    expect(outs).toEqual([{ path: 'out', kind: 'out', sha256, bytes }])
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

  it('brings the metrics that a stage prints, and those that it appends to its outs, where it may write them itself', async () => {
    const write = `mkdir -p dvclive/plots/metrics; printf 'step\\tacc\\n0\\t0.9\\n' > dvclive/plots/metrics/acc.tsv`
    const files = prepare({ cmd: [`${write}; echo '{"name":"own","step":0,"value":1}' >> "$STRONGROOM_METRICS"; echo 'STRONGROOM_METRIC loss=0.50 step=3'`], outs: [{ path: 'dvclive', kind: 'plot', persist: false }] })
    expect(await execute(files)).toMatchObject({ outcome: 'succeeded' })
    const points = readFileSync(files.metrics, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
    expect(points).toEqual([{ name: 'own', step: 0, value: 1 }, { name: 'loss', step: 3, value: '0.5' }, { name: 'acc', step: 0, value: '0.9' }])
  })

  it.each([
    ['no-such-program', 'not-found', 'Check its name'],
    [`sh -c 'kill -KILL $$'; exit $?`, 'crash', 'signal 9'],
  ])('tells how %s ended, for whoever decides what follows', async (command, outcomeDetail, reason) => {
    expect(await execute(prepare({ cmd: [command] }))).toMatchObject({ outcome: 'failed', outcomeDetail, reason: expect.stringContaining(reason) as string })
  })

  it('tells a stage that cannot begin, and one that does not make what it should, from a command that fails', async () => {
    expect(await execute(prepare({ wdir: 'none' }))).toMatchObject({ outcome: 'failed', outcomeDetail: 'not-started', usage: null })
    expect(await execute(prepare({ outs: [{ path: 'a.txt', kind: 'out', persist: false }] }))).toMatchObject({ outcome: 'failed', outcomeDetail: 'outs' })
    expect(await execute(prepare({}))).toMatchObject({ outcome: 'succeeded', outcomeDetail: null, limits: { by: 'none', memoryBytes: null } })
  })

  it('measures the GPUs that the stage was given, and takes their power together over the time', async () => {
    const tools = join(base, 'tools')
    mkdirSync(tools)
    const line = (uuid: string, watts: string): string => `echo "${uuid}, 50, 1000, ${watts}, 61"`
    writeFileSync(join(tools, 'nvidia-smi'), `#!/bin/sh\nwhile ${line('GPU-a', '200.00')} && ${line('GPU-b', '[N/A]')} && ${line('GPU-else', '9.00')}; do sleep 0.2; done\n`, { mode: 0o755 })
    const files = prepare({ cmd: ['while [ ! -e go ]; do sleep 0.05; done'], gpus: ['GPU-a', 'GPU-b'] })
    const { project } = JSON.parse(readFileSync(files.spec, 'utf8')) as AttemptSpec
    const samples = (): ResourceSample[] => (existsSync(files.samples) ? readFileSync(files.samples, 'utf8').split('\n').filter((text) => text !== '').map((text) => ResourceSample.parse(JSON.parse(text))) : [])
    const { usage } = await execute(files, async () => {
      await becomes(() => samples().filter(({ gpus }) => gpus.length === 2).length >= 2)
      writeFileSync(join(project, 'go'), '')
    }, `${tools}:${process.env['PATH'] ?? ''}`)
    expect(samples().at(-1)?.gpus).toMatchObject([
      { uuid: 'GPU-a', utilisationPercent: 50, memoryBytes: 1000 << 20, powerWatts: 200, temperatureCelsius: 61 }, { uuid: 'GPU-b', powerWatts: null },
    ])
    if (!usage) throw new Error('no usage')
    expect(usage.gpuSeconds).toBeCloseTo(2 * usage.seconds, 6)
    const [a, b] = usage.gpus
    expect(a?.joules).toBeCloseTo(200 * usage.seconds, 3)
    expect(a?.busySeconds).toBeCloseTo(usage.seconds / 2, 3)
    expect(b?.joules).toBeNull()
    expect(usage.energy.gpuJoules).toBeNull()
    expect(usage.energy.longestGapSeconds).toBeGreaterThan(0)
  })

  it.runIf(process.platform === 'linux')('ends a stage whose processes hold more than its memory together, and says that it was that', async () => {
    const hold = `python3 -c 'a = bytearray(60 << 20); import time; time.sleep(1000)'`
    const result = await execute(prepare({ cmd: [`${hold} & ${hold} & ${hold} & wait`], limits: { memoryBytes: 150 << 20, cpus: null, processes: null } }))
    expect(result).toMatchObject({ outcome: 'failed', outcomeDetail: 'oom', reason: expect.stringContaining('its limit of 0.15 GiB') as string, limits: { memoryBytes: 150 << 20 } })
    expect(result.usage?.peakRssBytes === null || result.limits?.by === 'cgroup' || Number(result.usage?.peakRssBytes) > 150 << 20).toBe(true)
  })

  it('keeps a checkpoint folder for an attempt that resumes, and empties it for one that does not', async () => {
    const cmd = ['echo "$STRONGROOM_RESUME $(ls "$STRONGROOM_CHECKPOINT")"; echo 1 > "$STRONGROOM_CHECKPOINT/epoch"']
    const outs = [{ path: 'model', kind: 'out', persist: false }] as const
    const first = prepare({ cmd, checkpoint: { path: 'model/checkpoints' }, outs: [...outs], resume: true })
    const { project } = JSON.parse(readFileSync(first.spec, 'utf8')) as AttemptSpec
    const said = async (spec: Partial<AttemptSpec>): Promise<string> => {
      const files = prepare({ cmd, project, checkpoint: { path: 'model/checkpoints' }, outs: [...outs], ...spec })
      await execute(files)
      return readFileSync(files.recording, 'utf8')
    }
    await execute(first)
    expect(readFileSync(first.recording, 'utf8')).toContain('"0 \\r\\n"')
    expect(await said({ resume: true })).toContain('"1 epoch\\r\\n"')
    expect(await said({ resume: false })).toContain('"0 \\r\\n"')
    expect(await said({ outs: [{ path: 'model', kind: 'out', persist: true }] })).toContain('"0 epoch\\r\\n"')
    const outside = prepare({ checkpoint: { path: '../elsewhere' } })
    expect(await execute(outside)).toMatchObject({ outcomeDetail: 'not-started', reason: expect.stringContaining("'../elsewhere' is not inside the project") as string })
  })

  it('ends a stage at its time limit', async () => {
    const result = await execute(prepare({ cmd: ['while true; do sleep 0.05; done'], timeLimitMs: 1000 }))
    expect(result).toMatchObject({ outcome: 'failed', outcomeDetail: 'time-limit', reason: expect.stringContaining('time limit of 1 s') as string })
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
