import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RequestError } from '../../shared/contract/index.ts'
import { parseVerifierKey, verifyLedger, verifyRecordProof } from '../ledger/index.ts'
import { StorageError } from '../storage/index.ts'
import type { StageSuccess } from './index.ts'
import { SEAL_EVERY } from './metric-seals.ts'
import { AttemptState, attemptFolder, readJson } from './runner/attempt-folder.ts'
import { platform } from './runner/platform/index.ts'
import { nodeCommand, openTestWorkplace, PROJECT } from './test-workplace.ts'
import type { ParametersReading } from './training-ports.ts'

type Workplace = Awaited<ReturnType<typeof openTestWorkplace>>
const opened: Workplace[] = []

async function open(...args: Parameters<typeof openTestWorkplace>): Promise<Workplace> {
  const workplace = await openTestWorkplace(...args)
  opened.push(workplace)
  return workplace
}

afterEach(async () => {
  for (const workplace of opened.splice(0)) {
    await workplace.close()
    rmSync(workplace.folder, { recursive: true, force: true })
  }
})

/** Outs at two depths of one folder. */
const makeBox = ['mkdir -p box/deep/more && echo 1 > box/one.txt && echo 2 > box/deep/two.txt && echo 3 > box/deep/more/three.txt']

/** Waits inside a stage until another stage has created a file. */
const waitFor = (path: string): string => `while [ ! -e ${path} ]; do sleep 0.02; done`

describe('a run', () => {
  it('runs stages in the order of the graph and records every step in the ledger', async () => {
    const workplace = await open()
    writeFileSync(join(workplace.project, 'data.csv'), 'a,b\n1,2\n')
    const run = await workplace.start({
      split: { cmd: 'cp data.csv train.csv', deps: ['data.csv'], outs: ['train.csv'] },
      train: {
        cmd: ['mkdir -p model', 'cat train.csv > model/weights', `echo '{"auc": "0.75"}' > metrics.json`, `echo '{"name":"loss","step":0,"value":0.5}' >> "$STRONGROOM_METRICS"`],
        deps: ['train.csv'],
        outs: ['model', { path: 'metrics.json', kind: 'metric' }],
      },
    })
    const detail = await workplace.finished(run)

    expect(detail.state).toBe('succeeded')
    expect(detail.stages.map(({ stage, state, exitCode }) => [stage, state, exitCode])).toEqual([['split', 'succeeded', 0], ['train', 'succeeded', 0]])
    expect(workplace.stageOf(run, 'train').metrics).toEqual({ auc: '0.75' })
    expect(workplace.facts().map((fact) => fact.action)).toEqual([
      'dataset.snapshot', 'run.started', 'stage.started', 'stage.succeeded', 'stage.started', 'stage.metrics.sealed', 'stage.succeeded', 'run.finished',
    ])
    const [, started, , , , , succeeded] = workplace.facts()
    expect(started?.actor).toContain('/person/')
    expect(started?.detail).toMatchObject({ run, project: PROJECT, stages: ['split', 'train'], code: { commit: 'unknown', reason: 'no repository' } })
    expect(succeeded?.detail).toMatchObject({ stage: 'train', metrics: { auc: '0.75' } })
    const [snapshot] = detail.snapshots
    expect(workplace.training.runsUsing(snapshot?.entry ?? -1)).toEqual([run])
    expect(workplace.training.load()).toEqual({ cpus: 4, cpusBusy: 0, runningStages: 0, gpus: [] })
    expect(workplace.faults).toEqual([])
    expect(await verifyLedger(workplace.db.name)).toMatchObject({ ok: true })
    for (const out of workplace.stageOf(run, 'train').outs) expect(await workplace.blobs.check(out.sha256)).toBe('whole')
  })

  it('seals what a stage reports while it runs, and all of it at the end, and proves each record of it', async () => {
    const workplace = await open()
    const report = (from: number, to: number): string => `seq ${from} ${to} | sed 's/.*/{"name":"loss","step":&,"value":0.5}/' >> "$STRONGROOM_METRICS"`
    const run = await workplace.start({ train: { cmd: [report(1, SEAL_EVERY), waitFor('go'), report(SEAL_EVERY + 1, SEAL_EVERY + 10)] } })
    const seals = () => workplace.facts().filter(({ action }) => action === 'stage.metrics.sealed').map(({ detail }) => detail.records)
    // No event tells of a seal: the ledger is looked at.
    await vi.waitFor(() => expect(seals()).toEqual([SEAL_EVERY]), { timeout: 30_000 })
    expect(() => workplace.training.proveMetric({ run, stage: 'train', record: SEAL_EVERY })).toThrow(/4096 metric records, from 0/)
    writeFileSync(join(workplace.project, 'go'), '')
    await workplace.finished(run)
    expect(seals()).toEqual([SEAL_EVERY, SEAL_EVERY + 10])
    const logKey = parseVerifierKey(workplace.ledger.verifierKeys()[0]?.text ?? '')
    for (const record of [0, SEAL_EVERY - 1, SEAL_EVERY, SEAL_EVERY + 9]) {
      const { file, sealed } = workplace.training.proveMetric({ run, stage: 'train', record })
      expect(sealed).toBe(record < SEAL_EVERY ? SEAL_EVERY : SEAL_EVERY + 10)
      expect(verifyRecordProof(file, logKey).record).toEqual({ name: 'loss', seq: record, step: record + 1, value: '0.5' })
    }
    workplace.db.exec(`UPDATE metric_points SET value = '0.9' WHERE seq = 7`)
    expect(() => workplace.training.proveMetric({ run, stage: 'train', record: 0 })).toThrow(/they were altered since/)
  })

  it('runs independent stages at the same time', async () => {
    const workplace = await open()
    // Each waits for the other's file: only together can they end.
    const run = await workplace.start({
      left: { cmd: `touch left.txt; ${waitFor('right.txt')}`, outs: ['left.txt'] },
      right: { cmd: `touch right.txt; ${waitFor('left.txt')}`, outs: ['right.txt'] },
    })
    expect((await workplace.finished(run)).state).toBe('succeeded')
  })

  it('never uses more CPUs than there are', async () => {
    const workplace = await open(undefined, { cpus: 2 })
    // Fails if it finds the other's lock.
    const alone = (name: string) => ({ cmd: `mkdir lock && sleep 0.1 && rmdir lock && touch ${name}`, outs: [name], meta: { resources: { cpus: 2 } } })
    const run = await workplace.start({ a: alone('a.txt'), b: alone('b.txt'), c: alone('c.txt') })
    expect((await workplace.finished(run)).state).toBe('succeeded')
  })

  it('is refused when a stage asks for more CPUs than the machine has', async () => {
    const workplace = await open(undefined, { cpus: 2 })
    await expect(workplace.start({ wide: { cmd: 'true', meta: { resources: { cpus: 3 } } } })).rejects.toThrow(/'wide' asks for 3 CPUs and this machine has 2/)
    expect(workplace.facts()).toEqual([])
  })

  it('goes on with what does not depend on a failed stage', async () => {
    const workplace = await open()
    const run = await workplace.start({
      broken: { cmd: 'exit 3', outs: ['broken.txt'] },
      after: { cmd: 'touch after.txt', deps: ['broken.txt'], outs: ['after.txt'] },
      last: { cmd: 'touch last.txt', deps: ['after.txt'], outs: ['last.txt'] },
      apart: { cmd: 'touch apart.txt', outs: ['apart.txt'] },
    })
    const detail = await workplace.finished(run)
    expect(detail.state).toBe('failed')
    expect([detail.stagesDone, detail.stagesTotal]).toEqual([1, 4])
    expect(detail.stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['broken', 'failed'], ['after', 'skipped'], ['last', 'skipped'], ['apart', 'succeeded'],
    ])
    expect(workplace.stageOf(run, 'broken')).toMatchObject({ exitCode: 3, reason: 'The command ended with exit code 3.' })
    expect(workplace.stageOf(run, 'last').reason).toContain(`'broken'`)
    expect(existsSync(join(workplace.project, 'apart.txt'))).toBe(true)
  })

  it('fails a stage that does not produce what it promised, by name', async () => {
    const workplace = await open()
    const run = await workplace.start({ forgetful: { cmd: 'true', outs: ['never.txt', 'nor-this.txt'] } })
    await workplace.finished(run)
    expect(workplace.stageOf(run, 'forgetful')).toMatchObject({ state: 'failed', exitCode: 0, reason: expect.stringContaining(`without producing 'never.txt', 'nor-this.txt'`) as string })
  })

  it('deletes outs before a stage unless they persist', async () => {
    const workplace = await open()
    writeFileSync(join(workplace.project, 'kept.txt'), 'kept')
    writeFileSync(join(workplace.project, 'fresh.txt'), 'stale')
    const run = await workplace.start({ s: { cmd: 'cat kept.txt && test ! -e fresh.txt && touch fresh.txt', outs: [{ path: 'kept.txt', persist: true }, 'fresh.txt'] } })
    expect((await workplace.finished(run)).state).toBe('succeeded')
  })

  it('deletes nothing through a symlink that leads outside the project', async () => {
    const workplace = await open()
    const outside = join(workplace.folder, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious.txt'), 'precious')
    symlinkSync(outside, join(workplace.project, 'link'))
    const run = await workplace.start({ s: { cmd: 'true', outs: ['link/precious.txt'] } })
    await workplace.finished(run)
    expect(workplace.stageOf(run, 's').reason).toContain('leads outside the project')
    expect(readFileSync(join(outside, 'precious.txt'), 'utf8')).toBe('precious')
  })

  it('fails when an out leads outside the project', async () => {
    const workplace = await open()
    const run = await workplace.start({ s: { cmd: 'ln -s /etc/hostname out.txt', outs: ['out.txt'] } })
    await workplace.finished(run)
    expect(workplace.stageOf(run, 's').reason).toContain('leads outside the project')
  })

  it('is the only active run of its project', async () => {
    const workplace = await open()
    const sketch = { s: { cmd: waitFor('go'), outs: [] } }
    const both = await Promise.allSettled([workplace.start(sketch), workplace.start(sketch)])
    expect(both.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    const refusal: unknown = await workplace.start(sketch).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RequestError)
    expect(refusal).toMatchObject({ code: 'conflict', message: expect.stringContaining('is active') as string })
    writeFileSync(join(workplace.project, 'go'), '')
    const [first] = workplace.training.runs({ limit: 1 })
    if (first) await workplace.finished(first.id)
  })

  it('runs only the targets and what they need', async () => {
    const workplace = await open()
    const run = await workplace.start(
      {
        a: { cmd: 'touch a.txt', outs: ['a.txt'] },
        b: { cmd: 'touch b.txt', deps: ['a.txt'], outs: ['b.txt'] },
        c: { cmd: 'touch c.txt', deps: ['a.txt'], outs: ['c.txt'] },
      },
      ['b'],
    )
    expect((await workplace.finished(run)).stages.map((stage) => stage.stage)).toEqual(['a', 'b'])
  })

  it('hands the registry the artifact of a stage that registers a model, inside the same commit', async () => {
    const successes: StageSuccess[] = []
    const sizes: number[] = []
    const workplace = await open(undefined, {
      onStageSucceeded: (_tx, success) => {
        successes.push(success)
        sizes.push(workplace.ledger.size)
      },
    })
    const run = await workplace.start({
      train: { cmd: 'echo weights > model.onnx', outs: ['model.onnx'] },
      publish: { cmd: 'true', deps: ['model.onnx'], meta: { register: { model: 'scorer', path: 'model.onnx', format: 'onnx' }, gates: { production: { metrics: [{ name: 'auc', min: 0.7 }], approvals: 2 } } } },
    })
    await workplace.finished(run)
    const published = successes.find((success) => success.stage.name === 'publish')
    const [made] = workplace.stageOf(run, 'train').outs
    expect(published?.artifact).toEqual({ path: 'model.onnx', sha256: made?.sha256, bytes: 8 })
    expect(published?.stageEntry).toBe(sizes[1] === undefined ? -1 : sizes[1])
    const started = workplace.facts().find((fact) => fact.action === 'run.started')
    expect(started?.detail['gates']).toEqual([{ model: 'scorer', gates: [{ to: 'production', conditions: [{ metric: 'auc', bound: 'min', threshold: '0.7' }], approvals: 2 }] }])
  })

  it('says of a success that fits no entry what takes the room and what to do', async () => {
    const workplace = await open()
    const many = (name: string) => `{ echo '{'; seq 4000 | sed 's/.*/"${name}_&": "0.12345678901",/'; echo '"last": "1"}'; } > m.json`
    const run = await workplace.start({ s: { cmd: many('loss_of_class'), outs: [{ path: 'm.json', kind: 'metric' }] } })
    await workplace.finished(run)
    const reason = 'one entry of the ledger has room for 65535 bytes, and most of this one were its 4001 metrics. Leave in its metric files what models are judged by'
    expect(workplace.stageOf(run, 's')).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) as string })
    expect(workplace.facts().find((fact) => fact.action === 'stage.failed')?.detail['reason']).toContain(reason)
  })

  it('fails the stage with the reason when the registry refuses, and records no success', async () => {
    const workplace = await open(undefined, {
      onStageSucceeded: () => {
        throw new Error('The registry says no.')
      },
    })
    const run = await workplace.start({ s: { cmd: 'true' } })
    expect((await workplace.finished(run)).state).toBe('failed')
    expect(workplace.stageOf(run, 's').reason).toBe('The registry says no.')
    expect(workplace.facts().map((fact) => fact.action)).not.toContain('stage.succeeded')
  })

  it('records the end of a stage once the disk has room again', async () => {
    let full = true
    const workplace = await open(undefined, {
      onStageSucceeded: () => {
        if (!full) return
        full = false
        throw new StorageError('disk-full', 'strongroom.db', 'There is no space left.')
      },
    })
    const run = await workplace.start({ s: { cmd: 'touch out.txt', outs: ['out.txt'] } })
    expect((await workplace.finished(run)).state).toBe('succeeded')
    expect(workplace.faults.map(String)).toEqual(['StorageError: There is no space left.'])
    expect(workplace.facts().filter((fact) => fact.action === 'stage.succeeded')).toHaveLength(1)
  })

  it.each([
    ['a source', { deps: ['data.csv', 'turn.txt'] }, 'data.csv', 'after the run was started'],
    ['a file inside a source folder', { deps: ['folder', 'turn.txt'] }, 'folder/inner.csv', 'after the run was started'],
    ['a parameter file', { deps: ['turn.txt'], params: ['params.yaml'] }, 'params.yaml', 'after the run was started'],
    ['an out of an earlier stage', { deps: ['early.txt', 'turn.txt'] }, 'early.txt', 'after the stage that made it ended'],
    ['an out in a folder that it reads', { deps: ['box', 'turn.txt'] }, 'box/one.txt', `'box/one.txt' changed after the stage that made it ended`],
    ['a folder that is an out, in a folder that it reads', { deps: ['box', 'turn.txt'] }, 'box/deep/more/three.txt', `'box/deep' changed after the stage that made it ended`],
    ['what else lies in a folder that is an out', { deps: ['box', 'turn.txt'] }, 'box/deep/new.txt', `'box/deep' changed after the stage that made it ended`],
    ['a file of an out', { deps: ['box/deep/two.txt', 'turn.txt'] }, 'box/deep/two.txt', `'box/deep/two.txt' changed after the stage that made it ended`],
    ['a folder of an out', { deps: ['box/deep/more', 'turn.txt'] }, 'box/deep/more/three.txt', `'box/deep/more' changed after the stage that made it ended`],
    ['the record of an out', { deps: ['box/deep/more', 'turn.txt'] }, '../blobs/sha256/*/*', `What the stage left at 'box/deep' cannot be compared`],
  ])('refuses a stage when %s is no longer what the run recorded', async (_, reads, changed, reason) => {
    const workplace = await open()
    mkdirSync(join(workplace.project, 'folder'))
    for (const path of ['data.csv', 'folder/inner.csv', 'params.yaml']) writeFileSync(join(workplace.project, path), 'as recorded')
    const run = await workplace.start({
      early: { cmd: ['echo made > early.txt', ...makeBox], outs: ['early.txt', 'box/one.txt', 'box/deep'] },
      turn: { cmd: `for file in ${changed}; do echo otherwise | tee $file.new && mv -f $file.new $file; done; echo done > turn.txt`, deps: ['early.txt'], outs: ['turn.txt'] },
      train: { cmd: 'touch trained', ...reads },
    })
    expect((await workplace.finished(run)).state).toBe('failed')
    expect(workplace.stageOf(run, 'train')).toMatchObject({ state: 'failed', reason: expect.stringContaining(reason) as string })
    expect(existsSync(join(workplace.project, 'trained'))).toBe(false)
  })

  it('runs a stage that reads a part of an out, or a folder that holds some, while they are as they were left', async () => {
    const workplace = await open()
    const run = await workplace.start({
      early: { cmd: makeBox, outs: ['box/one.txt', 'box/deep'] },
      turn: { cmd: 'echo otherwise > box/beside.txt; echo done > turn.txt', deps: ['box/one.txt'], outs: ['turn.txt'] },
      train: { cmd: 'true', deps: ['box', 'box/deep/two.txt', 'box/deep/more', 'turn.txt'] },
    })
    expect((await workplace.finished(run)).state).toBe('succeeded')
  })

  it('takes a snapshot of its parameter files before it starts', async () => {
    const workplace = await open()
    writeFileSync(join(workplace.project, 'params.yaml'), 'lr: 0.1')
    const run = await workplace.start({ train: { cmd: 'true', params: ['params.yaml'] } })
    expect((await workplace.finished(run)).snapshots.map(({ path }) => path)).toEqual(['params.yaml'])
  })

  it('records no value of a parameter file that is not the one it takes a snapshot of', async () => {
    const reader = (text: string): ParametersReading => ({
      values: { lr: '0.1' },
      files: [{ path: 'conf/params.yaml', bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }],
    })
    let read = reader('lr: 0.1')
    const workplace = await open(undefined, { readParameters: async () => read })
    mkdirSync(join(workplace.project, 'conf'))
    // A link counts as what it leads to, in a snapshot as here.
    writeFileSync(join(workplace.project, 'conf/small.yaml'), 'lr: 0.1')
    symlinkSync('small.yaml', join(workplace.project, 'conf/params.yaml'))
    const sketch = { train: { cmd: 'true', params: ['conf/params.yaml'] } }
    expect((await workplace.finished(await workplace.start(sketch))).parameters).toEqual({ lr: '0.1' })
    read = reader('lr: 0.2')
    await expect(workplace.start(sketch)).rejects.toThrow('conf/params.yaml changed while the run was being started')
    expect(workplace.facts().filter(({ action }) => action === 'run.started')).toHaveLength(1)
  })

  it('reads before it starts only the parameters of stages that run, and of files that none of them produces', async () => {
    const asked: unknown[] = []
    const workplace = await open(undefined, {
      readParameters: async (_, stages) => {
        asked.push(...stages)
        return { values: {}, files: [] }
      },
    })
    writeFileSync(join(workplace.project, 'params.yaml'), 'lr: 0.1')
    const run = await workplace.start({
      tune: { cmd: 'echo lr: 1 > tuned.yaml', outs: ['tuned.yaml'] },
      train: { cmd: 'true', params: ['params.yaml', 'tuned.yaml'] },
      old: { cmd: 'true', params: ['params.yaml'], frozen: true },
    })
    expect((await workplace.finished(run)).state).toBe('succeeded')
    const own = { file: 'params.yaml', keys: [] }
    const before = [{ name: 'tune', params: [] }, { name: 'train', params: [own] }]
    expect(asked.slice(0, 2)).toEqual(before)
    // When its turn has come, what it is made of counts, what others produced included.
    expect(asked.slice(2)).toEqual([{ name: 'train', params: [own, { file: 'tuned.yaml', keys: [] }] }])
  })

  it('fails a stage whose out was changed before it could be stored', async () => {
    const workplace = await open(undefined, {
      readMetrics: async (project) => {
        writeFileSync(join(project, 'out.txt'), 'changed')
        return { ok: true, value: {} }
      },
    })
    const run = await workplace.start({ s: { cmd: 'echo made > out.txt', outs: ['out.txt'] } })
    await workplace.finished(run)
    expect(workplace.stageOf(run, 's')).toMatchObject({ state: 'failed', reason: expect.stringContaining(`'out.txt' changed after the stage ended`) as string })
  })

  it('stores evidence files by digest, and fails a stage that did not write one', async () => {
    const workplace = await open()
    const evidence = (path: string) => ({ evidence: [{ kind: 'fairness-report', path, obligations: ['Art. 10(2)(f)'] }] })
    const run = await workplace.start({
      good: { cmd: 'echo fair > report.json', outs: ['report.json'], meta: evidence('report.json') },
      bad: { cmd: 'true', meta: evidence('missing.json') },
    })
    await workplace.finished(run)
    const succeeded = workplace.facts().find((fact) => fact.action === 'stage.succeeded')
    const [report] = workplace.stageOf(run, 'good').outs
    expect(succeeded?.detail['evidence']).toEqual([{ kind: 'fairness-report', path: 'report.json', sha256: report?.sha256, obligations: ['Art. 10(2)(f)'] }])
    expect(workplace.stageOf(run, 'bad').reason).toContain(`'missing.json'`)
  })

  it('fails a stage whose evidence is empty, naming every such file, and takes empty outs that are none', async () => {
    const workplace = await open()
    const evidence = ['card.md', 'tests', 'full.md'].map((path) => ({ kind: 'model-card', path, obligations: [] }))
    const run = await workplace.start({
      s: { cmd: 'touch card.md; mkdir tests; touch tests/a; echo x > full.md', outs: ['card.md', 'tests', 'full.md'], meta: { evidence } },
      plain: { cmd: 'touch nothing.txt', outs: ['nothing.txt'] },
    })
    await workplace.finished(run)
    expect(workplace.stageOf(run, 's')).toMatchObject({ state: 'failed', reason: expect.stringContaining(`'card.md', 'tests' are empty`) as string })
    expect(workplace.stageOf(run, 'plain').state).toBe('succeeded')
  })

  it('fails a stage that finds a dependency missing, before it starts', async () => {
    const workplace = await open()
    writeFileSync(join(workplace.project, 'data.csv'), '1')
    const run = await workplace.start({
      thief: { cmd: 'rm data.csv; touch out.txt', deps: ['data.csv'], outs: ['out.txt'] },
      victim: { cmd: 'touch never.txt', deps: ['data.csv', 'out.txt'], outs: ['never.txt'] },
    })
    expect((await workplace.finished(run)).state).toBe('failed')
    expect(workplace.stageOf(run, 'victim')).toMatchObject({ state: 'failed', attempt: 0, reason: `'data.csv' does not exist.` })
  })

  it('gives a stage no variable of the orchestrator that may hold a secret', async () => {
    process.env['STRONGROOM_PASSPHRASE'] = 'hunter2'
    process.env['GITHUB_TOKEN'] = 'hunter2'
    const workplace = await open()
    try {
      const run = await workplace.start({ s: { cmd: 'env > env.txt; cat "/proc/$PPID/environ" >> env.txt || true', outs: ['env.txt'] } })
      await workplace.finished(run)
      const text = readFileSync(join(workplace.project, 'env.txt'), 'utf8')
      expect(text).toContain('STRONGROOM_METRICS=')
      expect(text).not.toContain('hunter2')
    } finally {
      delete process.env['STRONGROOM_PASSPHRASE']
      delete process.env['GITHUB_TOKEN']
    }
  })
})

describe('cancelling', () => {
  it('ends what runs, starts nothing more, and records who asked', async () => {
    const workplace = await open()
    const run = await workplace.start({
      endless: { cmd: 'touch begun.txt; while true; do sleep 0.05; done', outs: ['begun.txt'] },
      after: { cmd: 'touch after.txt', deps: ['begun.txt'], outs: ['after.txt'] },
    })
    await workplace.until(() => workplace.events.some((event) => event.type === 'terminal.grew'))
    await workplace.training.cancel(workplace.actor, run)
    const detail = await workplace.finished(run)
    expect(detail.state).toBe('cancelled')
    expect(detail.stages.map((stage) => stage.state)).toEqual(['cancelled', 'cancelled'])
    const actions = workplace.facts().map((fact) => fact.action)
    expect(actions).toEqual(expect.arrayContaining(['run.cancel.requested', 'stage.cancelled', 'run.finished']))
    await expect(workplace.training.cancel(workplace.actor, run)).rejects.toThrow(/has ended already/)
  })

  it('kills a stage that ignores SIGTERM, with everything that it started', async () => {
    const workplace = await open(undefined, { graceMs: 300 })
    const run = await workplace.start({
      stubborn: { cmd: `trap '' TERM HUP; (trap '' TERM HUP; echo $$; while true; do sleep 0.05; done) & echo pid $!; while true; do sleep 0.05; done` },
    })
    const pids: number[] = []
    await workplace.until(() => workplace.events.some((event) => event.type === 'terminal.grew' && event.size > 200))
    while (pids.length === 0) {
      const { events } = await workplace.training.terminal({ run, stage: 'stubborn', attempt: 1, offset: 0 })
      pids.push(...[...events.map(([, , data]) => data).join('').matchAll(/pid (\d+)/g)].map((match) => Number(match[1])))
    }
    await workplace.training.cancel(workplace.actor, run)
    await workplace.finished(run)
    expect(workplace.stageOf(run, 'stubborn')).toMatchObject({ state: 'cancelled', exitCode: 137 })
    for (const pid of pids) expect(platform.startTime(pid)).toBeNull()
  })
})

describe('cancelling a program that runs under a shell', () => {
  it('gives it the grace to save its work, and does not go on to the next command', async () => {
    const workplace = await open()
    const program = 'process.on("SIGTERM", () => setTimeout(() => { require("fs").writeFileSync("saved.txt", ""); process.exit(0) }, 150)); setInterval(() => {}, 1000); console.log("ready")'
    const run = await workplace.start({ s: { cmd: `true && ${nodeCommand(program)}; touch next.txt` } })
    const ready = async () => (await workplace.training.terminal({ run, stage: 's', attempt: 1, offset: 0 })).events.some(([, , data]) => data.includes('ready\r'))
    while (!(await ready())) await workplace.until(() => true)
    await workplace.training.cancel(workplace.actor, run)
    expect((await workplace.finished(run)).state).toBe('cancelled')
    expect(existsSync(join(workplace.project, 'saved.txt'))).toBe(true)
    expect(existsSync(join(workplace.project, 'next.txt'))).toBe(false)
  })
})

describe('the terminal of a stage', () => {
  it('can be read as whole events from any place, from the start to the end', async () => {
    const workplace = await open()
    const run = await workplace.start({ s: { cmd: nodeCommand('for (let i = 0; i < 60000; i++) console.log("line " + i + " größe")') } })
    await workplace.finished(run)
    let text = ''
    let offset = 0
    let calls = 0
    for (;;) {
      const part = await workplace.training.terminal({ run, stage: 's', attempt: 1, offset })
      text += part.events.filter(([, code]) => code === 'o').map(([, , data]) => data).join('')
      offset = part.nextOffset
      calls += 1
      if (part.ended && offset === part.size) break
    }
    expect(text === Array.from({ length: 60_000 }, (_, i) => `line ${i} größe\r\n`).join('')).toBe(true)
    expect(calls).toBeGreaterThan(3)
    const tail = await workplace.training.terminal({ run, stage: 's', attempt: 1, offset: -5000 })
    expect(tail.events.map(([, , data]) => data).join('')).toMatch(/line 59999 größe\r\n$/)
    const middle = await workplace.training.terminal({ run, stage: 's', attempt: 1, offset: 1234 })
    expect(middle.events.length).toBeGreaterThan(0)
  })
})

describe('metrics', () => {
  it('are taken in while the stage runs, and bad lines are left out and counted', async () => {
    const workplace = await open()
    const lines = ['{"name":"loss","step":0,"value":0.5}', 'not json', '{"name":"loss","step":1,"value":"0.25"}', '{"name":"loss","step":-1,"value":1}']
    const append = lines.map((line) => `echo '${line}' >> "$STRONGROOM_METRICS"`).join('; ')
    const run = await workplace.start({ s: { cmd: `${append}; ${waitFor('go')}; printf '{"name":"loss","step":2,"value":1e-7}' >> "$STRONGROOM_METRICS"` } })
    await workplace.until(() => workplace.training.metricPoints({ run, after: 0, limit: 10 }).length === 2)
    expect(workplace.stageOf(run, 's').state).toBe('running')
    writeFileSync(join(workplace.project, 'go'), '')
    await workplace.finished(run)
    const points = workplace.training.metricPoints({ run, after: 0, limit: 10 })
    expect(points.map(({ name, step, value }) => [name, step, value])).toEqual([['loss', 0, 0.5], ['loss', 1, 0.25], ['loss', 2, 1e-7]])
    expect(workplace.stageOf(run, 's').reason).toContain('2 lines')
    const [, second] = points
    expect(workplace.training.metricPoints({ run, after: second?.id ?? 0, limit: 10 })).toHaveLength(1)
  })
})

it('opens a folder name so long that a socket cannot stand in it', async () => {
  const folder = `${join(tmpdir(), 'strongroom-training-')}${process.pid}-${'x'.repeat(120)}`
  mkdirSync(folder)
  const workplace = await open(folder)
  const run = await workplace.start({ s: { cmd: waitFor('go') } })
  await workplace.until(() => workplace.events.some((event) => event.type === 'terminal.grew'))
  await workplace.training.cancel(workplace.actor, run)
  const { socket } = readJson(attemptFolder(workplace.attemptFolder(run, 's')).state, AttemptState) ?? {}
  expect(socket?.startsWith(folder)).toBe(false)
  expect((await workplace.finished(run)).state).toBe('cancelled')
})
