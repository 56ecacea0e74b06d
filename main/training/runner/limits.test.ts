import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Cgroup, readGroup } from './cgroup.ts'
import { startCommand } from './command.ts'
import { explainEnd } from './ending.ts'
import { holdTo, type Hold } from './limits.ts'
import { platform } from './platform/index.ts'

const NONE = { memoryBytes: null, cpus: null, processes: null }
const folder = mkdtempSync(join(tmpdir(), 'strongroom-limits-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(command: string, hold: Hold): Promise<{ exitCode: number; output: string }> {
  const parts: Buffer[] = []
  const running = startCommand(command, {
    cwd: folder, env: { PATH: process.env['PATH'] ?? '' }, columns: 80, rows: 24, hold, onOutput: (bytes) => parts.push(Buffer.from(bytes)),
  })
  const { exitCode } = await running.ended
  return { exitCode, output: Buffer.concat(parts).toString() }
}

/** Whether this machine lets us make control groups. */
const group = Cgroup.create(NONE)
group?.remove()

describe.runIf(process.platform === 'linux')('a stage without a control group', () => {
  it('gets no more memory than its limit in one process, and less goes well', async () => {
    const hold = { ...holdTo({ ...NONE, memoryBytes: 128 << 20 }), group: null }
    const allocate = (megabytes: number): string => `python3 -c 'a = bytearray(${megabytes} << 20); print("held")'`
    // What a group would take is not this test's concern.
    if (hold.limits.by === 'cgroup') return
    expect(hold).toMatchObject({ limits: { by: 'rlimit', memoryBytes: 128 << 20, cpus: null, processes: null }, watchedBytes: 128 << 20 })
    expect((await run(allocate(16), hold)).output).toContain('held')
    const { exitCode, output } = await run(allocate(512), hold)
    expect(output).toContain('MemoryError')
    expect(exitCode).toBe(1)
  })
})

describe.runIf(group !== null)('a stage in a control group', () => {
  it('is counted with all that came and went, and nothing of it is left, whatever session it moved to', async () => {
    const hold = holdTo(undefined)
    const pidFile = join(folder, 'pid')
    const burn = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'
    const { exitCode } = await run(`sh -c '${burn}' & wait; setsid sh -c 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 1000' & while [ ! -e ${pidFile} ]; do sleep 0.01; done`, hold)
    expect(exitCode).toBe(0)
    expect(hold.group?.usage().cpuSeconds).toBeGreaterThan(0.01)
    const pid = Number(spawnSync('cat', [pidFile], { encoding: 'utf8' }).stdout)
    while (platform.startTime(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 5))
    while (existsSync(hold.group?.path ?? '')) hold.group?.remove()
  })

  it('makes room for its groups by moving our own processes out of the way, and removes those of runners that are gone', async () => {
    const parent = join(join(group?.path ?? '', '..'), 'strongroom-test-parent')
    spawnSync('mkdir', [parent])
    const inside = spawn('/bin/sh', ['-c', 'echo $$ > "$1/cgroup.procs"; echo in; exec sleep 1000', 'sh', parent], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(inside.stdout, 'data')
    const dead = spawnSync('true').pid
    spawnSync('mkdir', [join(parent, `strongroom-${dead}`)])
    const made = Cgroup.create(NONE, parent)
    expect(made?.path).toBe(join(parent, `strongroom-${process.pid}`))
    expect(existsSync(join(parent, `strongroom-${dead}`))).toBe(false)
    made?.remove()
    inside.kill('SIGKILL')
    await once(inside, 'exit')
    spawnSync('rmdir', [join(parent, 'strongroom.processes')])
    expect(spawnSync('rmdir', [parent]).status).toBe(0)
  })

  it('is none where nothing can be made', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(Cgroup.create(NONE, join(folder, 'nowhere'))).toBeNull()
    expect(Cgroup.create(NONE, file)).toBeNull()
    // A folder that is no control group: nothing enters it.
    expect(Cgroup.create(NONE, folder)).toBeNull()
  })
})

describe('what a control group used', () => {
  it('is read as the kernel documents its files, and what is not counted is not known', () => {
    const files = { 'cpu.stat': 'usage_usec 2500000\nuser_usec 1\n', 'memory.peak': '1048576\n', 'memory.events': 'low 0\noom 3\noom_kill 2\noom_group_kill 1\n', 'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n259:1 rbytes=5 wbytes=0\n' }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    expect(readGroup(folder)).toEqual({ cpuSeconds: 2.5, peakMemoryBytes: 1048576, readBytes: 15, writtenBytes: 20, oomKills: 2 })
    expect(readGroup(join(folder, 'none'))).toEqual({ cpuSeconds: null, peakMemoryBytes: null, readBytes: null, writtenBytes: null, oomKills: null })
  })
})

describe('the reason of a failed command', () => {
  const calm = { groupOomKills: 0, machineOomKills: 0, memoryBytes: null }
  it.each([
    [{ exitCode: 137, signal: 9 }, { ...calm, groupOomKills: 1, memoryBytes: 2 ** 31 }, 'oom', 'its limit of 2.00 GiB'],
    [{ exitCode: 1, signal: null }, { ...calm, groupOomKills: 2 }, 'oom', 'more memory than its limit'],
    [{ exitCode: 137, signal: null }, { ...calm, machineOomKills: 1 }, 'oom', 'the machine was out of memory'],
    [{ exitCode: 1, signal: null }, { ...calm, machineOomKills: 1 }, 'exit', 'exit code 1'],
    [{ exitCode: 137, signal: null }, calm, 'crash', 'signal 9'],
    [{ exitCode: 139, signal: 11 }, { ...calm, machineOomKills: null }, 'crash', 'signal 11'],
    [{ exitCode: 255, signal: null }, calm, 'exit', 'exit code 255'],
    [{ exitCode: 127, signal: null }, calm, 'not-found', '127'],
  ])('of %j is told by what the kernel counted: %j', (end, circumstances, outcomeDetail, reason) => {
    expect(explainEnd(end, circumstances)).toMatchObject({ outcome: 'failed', outcomeDetail, reason: expect.stringContaining(reason) as string })
  })
})
