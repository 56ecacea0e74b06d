import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ExecutorName } from '../../../../shared/contract/index.ts'
import { AttemptResult, attemptFolder, prepareAttempt, readJson, writeResult, type AttemptFolder, type AttemptSpec } from '../../runner/attempt-folder.ts'
import { testRunner } from '../../runner/test-runner.ts'
import { openTestWorkplace } from '../../test-workplace.ts'
import type { Inspection } from '../executor.ts'
import { localCommands, type RunCommand } from './commands.ts'
import { readJobRecord } from './job-record.ts'
import { SlurmExecutor, type SlurmOptions } from './slurm-executor.ts'
import { becomes, startCluster, whyNoSlurm, type TestCluster } from './test-cluster.ts'

const missing = whyNoSlurm()
if (missing !== null) process.stdout.write(`Skipped: the Slurm executor, because ${missing}.\n`)

type Prepared = AttemptFolder & { readonly project: string }

let cluster: TestCluster
let attempts = 0
const opened: SlurmExecutor[] = []
const faults: unknown[] = []

function executor(options: Partial<SlurmOptions> & { partition?: string } = {}): SlurmExecutor {
  const { partition, ...others } = options
  const made = new SlurmExecutor({
    name: 'cluster', config: { kind: 'slurm', folder: cluster.folder, staging: { by: 'shared' }, ...(partition === undefined ? {} : { partition }) },
    nodePath: process.execPath, runnerPath: testRunner(), onFault: (error) => faults.push(error), pollMs: 100, resultWaitMs: 300, ...others,
  })
  opened.push(made)
  return made
}

function prepare(cmd: string, spec: Partial<AttemptSpec> = {}): Prepared {
  attempts += 1
  const files = attemptFolder(join(cluster.folder, 'runs of "a" 100%', String(attempts)))
  const project = join(cluster.folder, `project-${attempts}`)
  mkdirSync(project)
  prepareAttempt(files, {
    version: 1, run: 7, stage: 'train', attempt: attempts, cmd: [cmd], project, wdir: '.', env: {}, binFolder: null, node: null, outs: [], evidence: [], produced: [],
    timeLimitMs: null, graceMs: 5000, recordingCapBytes: 1 << 20, ...spec,
  })
  return { ...files, project }
}

/** What was said of it until it was over, as its watch asks. */
async function ended(by: SlurmExecutor, { folder }: AttemptFolder): Promise<Exclude<Inspection, { state: 'running' }>> {
  let seen = by.inspect(folder)
  await becomes(() => (seen = by.inspect(folder)).state !== 'running')
  if (seen.state === 'running') throw new Error('it runs')
  return seen
}

const runs = (files: AttemptFolder) => becomes(() => existsSync(files.recording) && readFileSync(files.recording, 'utf8').includes('ready'))
const jobOf = ({ folder }: AttemptFolder): string => readJobRecord(folder)?.job ?? ''
const stateOf = (job: string): string => cluster.command('squeue', '--noheader', '--states=all', '--format=%T', `--jobs=${job}`)
/** Jobs of a name that Slurm has, ended ones too. */
const jobsNamed = (name: string): string[] => cluster.command('squeue', '--noheader', '--array', '--states=all', '--format=%i', `--name=${name}`).split('\n').filter((line) => line !== '')

describe.skipIf(missing !== null)('stages as jobs of Slurm', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()))
    await cluster.stop()
    expect(faults).toEqual([])
  })

  it('have the GPUs that Slurm gave them and none that they did not ask for, and wait with the reason while others have them', async () => {
    const slurm = executor()
    const both = prepare('echo ready; echo "gpus=$CUDA_VISIBLE_DEVICES"; while [ ! -e go ]; do sleep 0.05; done', { resources: { cpus: 2, gpus: 2, gpu_model: 'Fake', memory: '1 GiB' } })
    await slurm.start(both.folder)
    await runs(both)
    const [one, none] = [prepare('echo "gpus=$CUDA_VISIBLE_DEVICES"', { resources: { cpus: 1, gpus: 1 } }), prepare('echo "gpus=[${CUDA_VISIBLE_DEVICES-all}]"')]
    await Promise.all([slurm.start(one.folder), slurm.start(none.folder)])
    expect(await ended(slurm, none)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
    await becomes(() => slurm.inspect(one.folder).state === 'running' && JSON.stringify(slurm.inspect(one.folder)).includes('Resources'))
    expect(slurm.inspect(one.folder)).toEqual({ state: 'running', note: `Job ${jobOf(one)} waits in Slurm: Resources.` })
    writeFileSync(join(both.project, 'go'), '')
    expect(await ended(slurm, both)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded', exitCode: 0 } })
    expect(await ended(slurm, one)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
    expect(readFileSync(both.recording, 'utf8')).toContain('gpus=0,1')
    expect(readFileSync(one.recording, 'utf8')).toMatch(/gpus=[01]\\r/)
    expect(readFileSync(none.recording, 'utf8')).toContain('gpus=[]')
  })

  it.concurrent('of one matrix that are ready together are one array job, each with a folder of its own', async () => {
    const slurm = executor()
    const tasks = ['a', 'b', 'c'].map((key) => prepare(`echo task ${key}`, { stage: `tune@${key}` }))
    const other = prepare('echo other', { stage: 'tune@d', resources: { cpus: 2 } })
    await Promise.all([...tasks, other].map(({ folder }) => slurm.start(folder)))
    const [array] = jobOf(tasks[0] ?? other).split('_')
    expect(tasks.map(jobOf)).toEqual([`${array}_0`, `${array}_1`, `${array}_2`])
    expect(jobOf(other)).not.toContain('_')
    for (const [index, files] of tasks.entries()) {
      expect(await ended(slurm, files)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
      expect(readFileSync(files.recording, 'utf8')).toContain(`task ${'abc'[index]}`)
    }
    await ended(slurm, other)
  })

  it('are cancelled with their grace, or before they begin, and keep what they had recorded', async () => {
    const slurm = executor()
    const busy = prepare(`trap 'echo saved; exit 3' TERM; echo ready; while true; do sleep 0.05; done`, { resources: { cpus: 1, gpus: 2 } })
    await slurm.start(busy.folder)
    await runs(busy)
    const waits = prepare('true', { resources: { cpus: 1, gpus: 2 } })
    await slurm.start(waits.folder)
    slurm.signalCancel(waits.folder)
    expect(await ended(slurm, waits)).toMatchObject({ state: 'ended', result: { outcome: 'cancelled', exitCode: -1, recording: null } })
    expect(stateOf(jobOf(waits))).toBe('CANCELLED')
    const sizes: number[] = []
    const line = await slurm.attach(busy.folder, { onOutput: (size) => sizes.push(size), onClosed: () => sizes.push(-1) })
    await line.cancel(null)
    expect(await ended(slurm, busy)).toMatchObject({ state: 'ended', result: { outcome: 'cancelled', reason: 'The run was cancelled.', exitCode: 3 } })
    expect(readFileSync(busy.recording, 'utf8')).toContain('saved')
    await becomes(() => sizes.at(-1) === -1)
    expect(sizes.at(-2)).toBeGreaterThan(0)
    expect(await line.input('x')).toBe(0)
  })

  it.concurrent('end at their time limit by their runner, which says so', async () => {
    const slurm = executor()
    const files = prepare('sleep 1000', { timeLimitMs: 500, graceMs: 0 })
    await slurm.start(files.folder)
    expect(await ended(slurm, files)).toMatchObject({ state: 'ended', result: { outcome: 'failed', reason: expect.stringContaining('resources.time') as string } })
  })

  it.concurrent('say what Slurm said where it refuses them, and what the node lacks', async () => {
    const slurm = executor()
    const tooMany = prepare('true', { resources: { cpus: 1, gpus: 9 } })
    await slurm.start(tooMany.folder)
    expect(slurm.inspect(tooMany.folder)).toMatchObject({ state: 'ended', result: { outcome: 'failed', exitCode: -1, reason: expect.stringContaining('Requested node configuration is not available') as string } })
    expect(existsSync(tooMany.claim)).toBe(true)
    const byMemory = prepare('true', { resources: { cpus: 1, gpus: 1, gpu_memory: '40 GB' } })
    await expect(slurm.start(byMemory.folder)).rejects.toThrow('resources.gpu_memory')
    expect(slurm.inspect(byMemory.folder)).toMatchObject({ state: 'ended', result: { outcome: 'failed', reason: expect.stringContaining('resources.gpu_memory') as string } })
    const noNode = prepare('true')
    const without = executor({ nodePath: '/nowhere/node' })
    await without.start(noNode.folder)
    expect(await ended(without, noNode)).toMatchObject({ state: 'ended', result: { outcome: 'failed', reason: expect.stringContaining('There is no /nowhere/node on ') as string } })
    const elsewhere = executor({ config: { kind: 'slurm', folder: join(cluster.folder, 'runs of "a" 100%', '1'), staging: { by: 'shared' } } })
    await expect(elsewhere.start(prepare('true').folder)).rejects.toThrow("make its folder 'runs' a link")
    const copying = executor({ config: { kind: 'slurm', folder: cluster.folder, staging: { by: 'copy' } } })
    expect((await copying.check())[0]).toEqual({ ok: false, what: 'folder', found: expect.stringContaining("set its staging to 'shared'") as string })
    expect((await slurm.check()).map(({ ok }) => ok)).toEqual([true, true, true])
    expect((await executor({ partition: 'nowhere' }).check())[2]).toEqual({ ok: false, what: 'queue', found: expect.stringContaining('nowhere') as string })
  })

  it.concurrent('are collected by a later orchestrator, however long after, and followed by one that comes while they run', async () => {
    const first = executor()
    const [before, during] = [prepare('echo done'), prepare('echo ready; while [ ! -e go ]; do sleep 0.05; done')]
    await Promise.all([first.start(before.folder), first.start(during.folder)])
    await first.close()
    await becomes(() => readJson(before.result, AttemptResult) !== null)
    const second = executor()
    expect(second.inspect(before.folder)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
    await runs(during)
    expect(second.inspect(during.folder)).toEqual({ state: 'running' })
    writeFileSync(join(during.project, 'go'), '')
    expect(await ended(second, during)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
  })

  it.concurrent('are sent once, whether the orchestrator was killed before they were or before it knew their number', async () => {
    const count = 'echo once >> count; echo ready; while [ ! -e go ]; do sleep 0.05; done'
    const [sent, unsent] = [prepare(count, { stage: 'sent@a' }), prepare(count, { stage: 'unsent' })]
    // As a process that is killed on either side of sbatch: nothing follows.
    const never = new Promise<never>(() => undefined)
    const killedAfter = executor({ run: (command, ...rest) => (command === 'sbatch' ? localCommands(command, ...rest).then(() => never) : localCommands(command, ...rest)) })
    const killedBefore = executor({ run: (command, ...rest) => (command === 'sbatch' ? never : localCommands(command, ...rest)) })
    for (const [first, { folder }] of [[killedAfter, sent], [killedBefore, unsent]] as const) void first.start(folder)
    const nameOf = ({ folder }: Prepared): string => readJobRecord(folder)?.name ?? 'none yet'
    await becomes(() => jobsNamed(nameOf(sent)).length === 1 && nameOf(unsent) !== 'none yet')
    await Promise.all([killedAfter.close(), killedBefore.close()])
    expect([jobOf(sent), jobOf(unsent)]).toEqual(['', ''])
    const second = executor()
    expect([second.inspect(sent.folder).state, second.inspect(unsent.folder).state]).toEqual(['running', 'running'])
    await becomes(() => jobOf(sent) === jobsNamed(nameOf(sent))[0] && jobOf(unsent) !== '')
    await Promise.all([runs(sent), runs(unsent)])
    for (const { project } of [sent, unsent]) writeFileSync(join(project, 'go'), '')
    for (const files of [sent, unsent]) expect(await ended(second, files)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
    for (const { project } of [sent, unsent]) expect(readFileSync(join(project, 'count'), 'utf8')).toBe('once\n')
    expect([sent, unsent].map((files) => jobsNamed(nameOf(files)).length)).toEqual([1, 1])
  })

  it.concurrent('are asked about in one question for all, and none is asked when there are none', async () => {
    const asked: string[] = []
    const counting: RunCommand = (command, ...rest) => {
      asked.push(command)
      return localCommands(command, ...rest)
    }
    const slurm = executor({ run: counting })
    const jobs = [1, 2, 3].map(() => prepare('echo ready; while [ ! -e ../all ]; do sleep 0.05; done'))
    await Promise.all(jobs.map(({ folder }) => slurm.start(folder)))
    await Promise.all(jobs.map(runs))
    const before = asked.length
    await becomes(() => asked.length > before + 1)
    expect(new Set(asked.slice(before))).toEqual(new Set(['squeue']))
    writeFileSync(join(cluster.folder, 'all'), '')
    await Promise.all(jobs.map((files) => ended(slurm, files)))
    await slurm.close()
    expect(asked.filter((command) => command === 'sbatch')).toHaveLength(3)
  })

  it.concurrent('make a run, with the evidence of stages of this machine and what Slurm says of them while they wait', async () => {
    const workplace = await openTestWorkplace(join(cluster.folder, 'workplace'))
    workplace.training.executors.set(workplace.actor, ExecutorName.parse('cluster'), { kind: 'slurm', folder: cluster.folder, staging: { by: 'shared' } })
    const there = (resources: object) => ({ meta: { executor: 'cluster', resources } })
    const run = await workplace.start({
      prepare: { cmd: 'echo 5 > rows', outs: ['rows'] },
      train: { cmd: `echo '{"name":"loss","step":1,"value":0.5}' >> $STRONGROOM_METRICS; cat rows > model; echo "gpu $CUDA_VISIBLE_DEVICES."`, deps: ['rows'], outs: ['model'], ...there({ cpus: 2, memory: '200 MB', gpus: 1 }) },
      evaluate: { cmd: 'wc -c < model > size', deps: ['model'], outs: ['size'], ...there({}) },
    })
    expect((await workplace.finished(run)).stages.map(({ stage, state }) => [stage, state])).toEqual([['prepare', 'succeeded'], ['train', 'succeeded'], ['evaluate', 'succeeded']])
    expect(readFileSync(join(workplace.project, 'size'), 'utf8').trim()).toBe('2')
    const succeeded = workplace.facts().filter(({ action }) => action === 'stage.succeeded')
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string
    expect(succeeded.map(({ detail }) => detail)).toMatchObject(['prepare', 'train', 'evaluate'].map((stage) => ({ stage, recording: digest, environment: digest })))
    expect(workplace.facts().filter(({ action }) => action === 'stage.started').map(({ detail }) => [detail.stage, detail.executor])).toEqual([['prepare', undefined], ['train', 'cluster'], ['evaluate', 'cluster']])
    expect(workplace.training.metricPoints({ run, after: 0, limit: 10 }).map(({ name, value }) => [name, value])).toEqual([['loss', 0.5]])
    expect(readFileSync(attemptFolder(workplace.attemptFolder(run, 'train')).recording, 'utf8')).toMatch(/"gpu [01]\.\\r/)
    expect(readJobRecord(workplace.attemptFolder(run, 'train'))?.job).toMatch(/^\d+$/)
    expect(workplace.faults).toEqual([])
    await workplace.close()
  })

  it('end as they should where Slurm, or somebody else, ends them', async () => {
    const slurm = executor()
    const cancelled = prepare('echo ready; sleep 1000')
    const onNode = prepare('echo ready; sleep 1000', { graceMs: 0 })
    await Promise.all([slurm.start(cancelled.folder), slurm.start(onNode.folder)])
    await Promise.all([runs(cancelled), runs(onNode)])
    cluster.command('scancel', jobOf(cancelled))
    expect(await ended(slurm, cancelled)).toEqual({ state: 'lost', reason: `Its job ${jobOf(cancelled)} was cancelled in Slurm by somebody else than Strongroom (CANCELLED).` })
    // What a runner says of a stage that the same signals reached first.
    const failed = { outcome: 'failed', exitCode: 143, signal: 15, reason: 'signal 15', startedAt: '', endedAt: '', durationMs: 0, recording: null, environment: null, runnerPeakRssBytes: 0 } as const
    writeResult(onNode, { ...failed, outs: [], evidence: [] })
    expect(slurm.inspect(onNode.folder)).toEqual({ state: 'running' })
    cluster.command('scontrol', 'update', 'nodename=node1', 'state=down', 'reason=test')
    expect(await ended(slurm, onNode)).toEqual({ state: 'lost', reason: `The node of its job ${jobOf(onNode)} failed (NODE_FAIL).` })
    // What Slurm had queued again would have run twice by now.
    expect(stateOf(jobOf(onNode))).toBe('NODE_FAIL')
    await cluster.resume()
  })

  it('wait while the controller is down, and are sent when it is back; one that runs goes on', async () => {
    const slurm = executor()
    const running = prepare('echo ready; while [ ! -e go ]; do sleep 0.05; done')
    await slurm.start(running.folder)
    await runs(running)
    await cluster.controller('down')
    const late = prepare('true')
    await slurm.start(late.folder)
    expect(slurm.inspect(late.folder)).toMatchObject({ state: 'running', note: expect.stringContaining('Slurm') as string })
    await cluster.controller('up')
    expect(await ended(slurm, late)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
    expect(slurm.inspect(running.folder).state).toBe('running')
    writeFileSync(join(running.project, 'go'), '')
    expect(await ended(slurm, running)).toMatchObject({ state: 'ended', result: { outcome: 'succeeded' } })
  })
})
