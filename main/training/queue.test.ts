import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RunId } from '../../shared/contract/index.ts'
import type { Discovery } from './gpus/find-gpus.ts'
import { openTestWorkplace } from './test-workplace.ts'

type Workplace = Awaited<ReturnType<typeof openTestWorkplace>>
const opened: Workplace[] = []

const gpu = (uuid: string, foreign = false): Discovery['gpus'][number] => ({
  uuid, vendor: 'nvidia', model: 'NVIDIA A100', memoryBytes: 40 * 2 ** 30, driver: '570', parent: null, processes: foreign ? [{ pid: 1, usedBytes: null }] : [],
})

/** A workplace on a machine with these GPUs, as they are told each time that somebody looks. */
async function open(gpus: () => Discovery['gpus'], folder?: string): Promise<Workplace> {
  const workplace = await openTestWorkplace(folder, { findGpus: () => Promise.resolve({ gpus: gpus(), problems: [] }) })
  opened.push(workplace)
  return workplace
}

afterEach(async () => {
  for (const workplace of opened.splice(0)) {
    await workplace.close()
    rmSync(workplace.folder, { recursive: true, force: true })
  }
})

const waitFor = (path: string): string => `while [ ! -e ${path} ]; do sleep 0.02; done`
const onGpu = (name: string, gpus = 1) => ({ cmd: `echo "$CUDA_VISIBLE_DEVICES" > ${name}.txt; ${waitFor('go')}`, outs: [`${name}.txt`], meta: { resources: { gpus } } })
const seen = ({ project }: Workplace, name: string): string => readFileSync(join(project, `${name}.txt`), 'utf8').trim()
/** No event tells of a file. */
const PATIENCE = { timeout: 30_000 }
const isThere = (workplace: Workplace, run: RunId, stage: string): boolean => existsSync(join(workplace.project, `${stage}.txt`)) && workplace.stageOf(run, stage).state === 'running'

describe('GPUs', () => {
  it('are given to one stage at a time, which sees no other; who finds none free waits and says so', async () => {
    const workplace = await open(() => [gpu('GPU-a'), gpu('GPU-b'), gpu('GPU-c', true)])
    const run = await workplace.start({ one: onGpu('one'), two: onGpu('two'), three: onGpu('three'), plain: { cmd: 'echo "[$CUDA_VISIBLE_DEVICES]" > plain.txt', outs: ['plain.txt'] } })
    await vi.waitFor(() => expect([isThere(workplace, run, 'one'), isThere(workplace, run, 'two'), workplace.stageOf(run, 'plain').state]).toEqual([true, true, 'succeeded']), PATIENCE)
    expect([seen(workplace, 'one'), seen(workplace, 'two')].sort()).toEqual(['GPU-a', 'GPU-b'])
    expect(seen(workplace, 'plain')).toBe('[]')
    expect(workplace.stageOf(run, 'three')).toMatchObject({ state: 'waiting', reason: expect.stringMatching(/^It waits for 1 GPU: of those that suit it 0 are free\. One is used by a process that Strongroom did not start\./) as string })
    const { jobs, gpus } = await workplace.training.queue()
    expect(jobs.map(({ stage, state, heldGpus }) => [stage, state, heldGpus.length])).toEqual([['one', 'running', 1], ['two', 'running', 1], ['three', 'waiting', 0]])
    expect(gpus.map(({ uuid, foreign }) => [uuid, foreign])).toEqual([['GPU-a', false], ['GPU-b', false], ['GPU-c', true]])
    writeFileSync(join(workplace.project, 'go'), '')
    expect((await workplace.finished(run)).state).toBe('succeeded')
    expect(['GPU-a', 'GPU-b']).toContain(seen(workplace, 'three'))
    const started = workplace.facts().filter(({ action }) => action === 'stage.started').map(({ detail }) => [detail.stage, detail.gpus])
    expect(started).toContainEqual(['three', [seen(workplace, 'three')]])
    expect(workplace.faults).toEqual([])
  })

  it('that there are not are asked for in vain: the run is refused and says why', async () => {
    const workplace = await open(() => [gpu('GPU-a')])
    await expect(workplace.start({ wide: onGpu('wide', 2) })).rejects.toThrow("Stage 'wide' asks for 2 GPUs and of the 1 of this machine 1 suits. Change meta.strongroom.resources.gpus.")
    await expect(workplace.start({ big: { cmd: 'x', meta: { resources: { cpus: 9 } } } })).rejects.toThrow('asks for 9 CPUs and this machine has 4')
    await expect(workplace.start({ other: { cmd: 'x', meta: { resources: { gpus: 1, gpu_model: 'H100' } } } })).rejects.toThrow("of model 'H100'")
    expect(workplace.facts()).toEqual([])
  })

  it('stay with a stage whose orchestrator is gone, and are seen by the next', async () => {
    const before = await open(() => [gpu('GPU-a')])
    const run = await before.start({ one: onGpu('one') })
    await vi.waitFor(() => expect(isThere(before, run, 'one')).toBe(true), PATIENCE)
    await before.close()
    opened.length = 0
    const after = await open(() => [gpu('GPU-a', true)], before.folder)
    after.training.adopt()
    const later = await after.startOther({ two: { cmd: 'true', meta: { resources: { gpus: 1 } } } })
    await after.until(() => after.stageOf(later, 'two').reason !== null)
    expect((await after.training.queue()).jobs.map(({ stage, state, heldGpus }) => [stage, state, heldGpus])).toEqual([['one', 'running', ['GPU-a']], ['two', 'waiting', []]])
    writeFileSync(join(after.project, 'go'), '')
    expect((await after.finished(run)).state).toBe('succeeded')
    // What used it was ours, and is gone; the test's machine says so when it is asked again.
    expect(after.stageOf(later, 'two').state).toBe('waiting')
    await after.training.cancel(after.actor, later)
  })
})

describe('a run of a higher priority', () => {
  it('takes the place of preemptible work, which is queued again and goes on from its checkpoint', async () => {
    const workplace = await open(() => [gpu('GPU-a')])
    const { policy } = await workplace.training.queue()
    workplace.training.setPolicy(workplace.actor, { ...policy, exemptMs: 0 }, 'test')
    const low = await workplace.start({
      long: {
        cmd: 'mkdir -p ckpt; if [ -e ckpt/step ]; then cp ckpt/step out; else echo 7 > ckpt/step; sleep 1000; fi', outs: ['out'],
        meta: { resources: { gpus: 1 }, preemptible: true, checkpoint: 'ckpt' },
      },
    })
    await vi.waitFor(() => expect(existsSync(join(workplace.project, 'ckpt/step'))).toBe(true), PATIENCE)
    const high = await workplace.startOther({ urgent: { cmd: 'true', meta: { resources: { gpus: 1 } } } }, 5)
    expect((await workplace.finished(high)).state).toBe('succeeded')
    expect((await workplace.finished(low)).state).toBe('succeeded')
    expect(readFileSync(join(workplace.project, 'out'), 'utf8')).toBe('7\n')
    const ofLow = workplace.facts().filter(({ detail }) => detail.run === low && typeof detail.stage === 'string').map(({ action, detail }) => [action, detail.attempt, detail.cause ?? detail.resumes ?? ''])
    expect(ofLow).toEqual([['stage.started', 1, ''], ['stage.cancelled', 1, ''], ['stage.requeued', 1, 'preempted'], ['stage.started', 2, 1], ['stage.succeeded', 2, '']])
    expect(workplace.stageOf(low, 'long').attempts.map(({ state }) => state)).toEqual(['preempted', 'succeeded'])
    const order = workplace.facts().filter(({ action }) => /^stage\.(started|succeeded)$/.test(action)).map(({ action, detail }) => [action, detail.stage])
    expect(order).toEqual([['stage.started', 'long'], ['stage.started', 'urgent'], ['stage.succeeded', 'urgent'], ['stage.started', 'long'], ['stage.succeeded', 'long']])
  })
})

describe('the policy of the queue', () => {
  it('is the one that the last entry says', async () => {
    const workplace = await open(() => [])
    const { policy, policyEntry } = await workplace.training.queue()
    expect(policyEntry).toBeNull()
    workplace.training.setPolicy(workplace.actor, { ...policy, people: { ...policy.people, quota: { cpus: 1, gpus: null } } }, 'sharing')
    await expect(workplace.start({ wide: { cmd: 'x', meta: { resources: { cpus: 2 } } } })).rejects.toThrow(/asks for 2 CPUs and the person p-00000001 may hold 1 at once/)
    const run = await workplace.start({ a: { cmd: waitFor('go') }, b: { cmd: 'true' } })
    await workplace.until(() => workplace.stageOf(run, 'b').reason !== null)
    expect(workplace.stageOf(run, 'b').reason).toMatch(/^It waits until the person p-00000001 holds fewer CPUs: it needs 1 CPU and the quota is 1\./)
    writeFileSync(join(workplace.project, 'go'), '')
    expect((await workplace.finished(run)).state).toBe('succeeded')
    workplace.db.prepare('UPDATE settings SET entry = 1').run()
    await expect(workplace.training.queue()).rejects.toThrow('the database was altered')
  })
})
