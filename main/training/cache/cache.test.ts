import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StageSuccess } from '../index.ts'
import { openTestWorkplace, type StageSketch } from '../test-workplace.ts'

type Workplace = Awaited<ReturnType<typeof openTestWorkplace>>
const opened: Workplace[] = []

async function open(...args: Parameters<typeof openTestWorkplace>): Promise<Workplace> {
  const workplace = await openTestWorkplace(...args)
  opened.push(workplace)
  writeFileSync(join(workplace.project, 'data.csv'), 'a\n')
  return workplace
}

afterEach(async () => {
  for (const workplace of opened.splice(0)) {
    await workplace.close()
    rmSync(workplace.folder, { recursive: true, force: true })
  }
})

/** Each attempt leaves a line in `log`, which is nobody's out: what ran can be counted. */
const train = (text = 'v1'): StageSketch => ({ cmd: [`echo train >> ../log`, `cat data.csv > model.bin && echo ${text} >> model.bin`], deps: ['data.csv'], outs: ['model.bin'] })
const evaluate: StageSketch = {
  cmd: ['echo evaluate >> ../log', `mkdir -p report && cp model.bin report/copy && echo '{"auc": "0.9"}' > metrics.json`],
  deps: ['model.bin'], outs: ['report', { path: 'metrics.json', kind: 'metric' }],
}

const ran = ({ folder }: Workplace): string[] => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : [])
async function run(workplace: Workplace, sketches: Readonly<Record<string, StageSketch>>, force = false) {
  rmSync(join(workplace.folder, 'log'), { force: true })
  const detail = await workplace.finished(await workplace.start(sketches, undefined, force))
  expect([detail.state, workplace.faults]).toEqual(['succeeded', []])
  return detail
}

describe('a stage that nothing changed for', () => {
  it('is not run again: its success is taken over, and the ledger says from where', async () => {
    const workplace = await open()
    const first = await run(workplace, { train: train(), evaluate })
    const second = await run(workplace, { train: train(), evaluate })
    expect(ran(workplace)).toEqual([])
    expect(second.stages.map(({ stage, cached, attempt }) => [stage, cached?.run, cached?.stage, attempt])).toEqual([['train', first.id, 'train', 1], ['evaluate', first.id, 'evaluate', 1]])
    expect(second.stages.map(({ outs, metrics, environment }) => ({ outs, metrics, environment }))).toEqual(first.stages.map(({ outs, metrics, environment }) => ({ outs, metrics, environment })))
    const [before, after] = [first.id, second.id].map((id) => workplace.facts().filter(({ action, detail }) => action === 'stage.succeeded' && detail.run === id).map(({ detail }) => detail))
    expect(after?.map(({ from }) => from)).toEqual(first.stages.map(({ entry }) => ({ entry, run: first.id, attempt: 1 })))
    expect(after?.map(({ cacheKey, recording }) => [cacheKey, recording])).toEqual(before?.map(({ cacheKey, recording }) => [cacheKey, recording]))
    // The third goes back to what ran, not to what was taken over itself.
    const third = await run(workplace, { train: train(), evaluate })
    expect(third.stages.map(({ cached }) => cached?.run)).toEqual([first.id, first.id])
  })

  it('has its outs brought back where they are gone or other, a folder too', async () => {
    const workplace = await open()
    const first = await run(workplace, { train: train(), evaluate })
    rmSync(join(workplace.project, 'report'), { recursive: true })
    appendFileSync(join(workplace.project, 'model.bin'), 'edited')
    await run(workplace, { train: train(), evaluate })
    expect(ran(workplace)).toEqual([])
    expect([readFileSync(join(workplace.project, 'model.bin'), 'utf8'), readFileSync(join(workplace.project, 'report/copy'), 'utf8')]).toEqual(['a\nv1\n', 'a\nv1\n'])
    expect(first.state).toBe('succeeded')
  })

  it('is run where its command, what it reads or what it is asked to leave is something else; and found again when that is taken back', async () => {
    const workplace = await open()
    const first = await run(workplace, { train: train(), evaluate })
    await run(workplace, { train: train('v2'), evaluate })
    expect(ran(workplace)).toEqual(['train', 'evaluate'])
    writeFileSync(join(workplace.project, 'data.csv'), 'b\n')
    await run(workplace, { train: train(), evaluate })
    expect(ran(workplace)).toEqual(['train', 'evaluate'])
    writeFileSync(join(workplace.project, 'data.csv'), 'a\n')
    const back = await run(workplace, { train: train(), evaluate })
    expect([ran(workplace), back.stages.map(({ cached }) => cached?.run)]).toEqual([[], [first.id, first.id]])
    expect(readFileSync(join(workplace.project, 'model.bin'), 'utf8')).toBe('a\nv1\n')
    writeFileSync(join(workplace.project, 'metrics.json'), '{"auc": "0.1"}')
    await run(workplace, { train: train(), evaluate: { ...evaluate, outs: ['report', 'metrics.json'] } })
    expect([ran(workplace), readFileSync(join(workplace.project, 'metrics.json'), 'utf8')]).toEqual([[], '{"auc": "0.9"}\n'])
    await run(workplace, { train: train(), evaluate: { ...evaluate, outs: ['report'] } })
    expect(ran(workplace)).toEqual(['evaluate'])
  })

  it('is run where a run takes nothing from earlier ones, and where it always is', async () => {
    const workplace = await open()
    await run(workplace, { train: train(), evaluate })
    await run(workplace, { train: train(), evaluate }, true)
    expect(ran(workplace)).toEqual(['train', 'evaluate'])
    await run(workplace, { train: { ...train(), alwaysChanged: true }, evaluate })
    expect(ran(workplace)).toEqual(['train'])
  })

  it('is run where what it left is lost or damaged in the store', async () => {
    const workplace = await open()
    const first = await run(workplace, { train: train() })
    const path = workplace.blobs.pathOf(first.stages[0]?.outs[0]?.sha256 ?? '')
    chmodSync(path, 0o600)
    appendFileSync(path, '!')
    rmSync(join(workplace.project, 'model.bin'))
    await run(workplace, { train: train() })
    expect([ran(workplace), readFileSync(join(workplace.project, 'model.bin'), 'utf8')]).toEqual([['train'], 'a\nv1\n'])
  })

  it('is not stood for by a row that its entry does not bear out, nor by a failure', async () => {
    const workplace = await open()
    await run(workplace, { train: train() })
    workplace.db.prepare('UPDATE stage_cache SET key = ?').run('0'.repeat(64))
    await run(workplace, { train: train() })
    expect(ran(workplace)).toEqual(['train'])
    const failing = { train: { cmd: 'echo train >> ../log; echo 1 > model.bin; exit 3', outs: ['model.bin'] } }
    await workplace.finished(await workplace.start(failing))
    await workplace.finished(await workplace.start(failing))
    expect(ran(workplace)).toEqual(['train', 'train', 'train'])
  })

  it('is run where the program that its command names became another', async () => {
    const workplace = await open()
    const tool = (text: string): void => writeFileSync(join(workplace.project, 'tool.sh'), `#!/bin/sh\necho tool >> ../log\necho ${text} > out.txt\n`, { mode: 0o755 })
    tool('one')
    const sketch = { tool: { cmd: './tool.sh', outs: ['out.txt'] } }
    await run(workplace, sketch)
    await run(workplace, sketch)
    expect(ran(workplace)).toEqual([])
    tool('two')
    await run(workplace, sketch)
    expect([ran(workplace), readFileSync(join(workplace.project, 'out.txt'), 'utf8')]).toEqual([['tool'], 'two\n'])
  })
})

describe('a model of a stage that is taken over', () => {
  const registering = (threshold: number): StageSketch => ({
    ...train(), meta: { register: { model: 'm', path: 'model.bin', format: 'other' }, gates: { staging: { metrics: [{ name: 'auc', min: threshold }] } } },
  })

  it('becomes a version of the later run where that measured something else or asks for something else, and not where all is the same', async () => {
    const registered: StageSuccess[] = []
    const workplace = await open(undefined, { onStageSucceeded: (_, success) => void (success.stage.meta.register && registered.push(success)) })
    const first = await run(workplace, { train: registering(0.5), evaluate })
    await run(workplace, { train: registering(0.5), evaluate })
    expect(registered.map(({ run: id }) => id)).toEqual([first.id])
    const third = await run(workplace, { train: registering(0.5), evaluate: { ...evaluate, cmd: ['echo other >> ../log', 'mkdir -p report', `echo '{"auc": "0.8"}' > metrics.json`] } })
    expect([ran(workplace), registered.map(({ run: id }) => id)]).toEqual([['other'], [first.id, third.id]])
    const fourth = await run(workplace, { train: registering(0.6), evaluate })
    expect([ran(workplace), registered.map(({ run: id, artifact }) => [id, artifact?.path])]).toEqual([[], [first.id, third.id, fourth.id].map((id) => [id, 'model.bin'])])
  })
})

describe('the status of a pipeline', () => {
  it('says of each stage what it would do, and why', async () => {
    const workplace = await open()
    const states = async (sketches: Readonly<Record<string, StageSketch>>) => (await workplace.status(sketches)).map(({ stage, state, changes, restores }) => [stage, state, ...changes, ...restores])
    expect(await states({ train: train(), evaluate })).toEqual([['train', 'changed', { what: 'never-run' }], ['evaluate', 'changed', { what: 'upstream', stage: 'train' }]])
    const first = await run(workplace, { train: train(), evaluate })
    const now = await workplace.status({ train: train(), evaluate })
    expect(now.map(({ state, from }) => [state, from?.run])).toEqual([['current', first.id], ['current', first.id]])
    rmSync(join(workplace.project, 'model.bin'))
    appendFileSync(join(workplace.project, 'report/copy'), 'edited')
    expect(await states({ train: train(), evaluate })).toEqual([['train', 'restorable', 'model.bin'], ['evaluate', 'restorable', 'report']])
    expect(await states({ train: train('v2'), evaluate })).toEqual([['train', 'changed', { what: 'command' }], ['evaluate', 'changed', { what: 'upstream', stage: 'train' }]])
    writeFileSync(join(workplace.project, 'data.csv'), 'b\n')
    expect((await states({ train: train(), evaluate }))[0]).toEqual(['train', 'changed', { what: 'dependency', path: 'data.csv', change: 'modified' }])
    rmSync(join(workplace.project, 'data.csv'))
    expect((await states({ train: train() }))[0]?.slice(0, 3)).toEqual(['train', 'changed', { what: 'dependency', path: 'data.csv', change: 'missing' }])
    expect(await states({ train: { ...train(), frozen: true }, evaluate: { ...evaluate, alwaysChanged: true } })).toEqual([['train', 'frozen'], ['evaluate', 'changed', { what: 'always-changed' }]])
    expect(ran(workplace)).toEqual(['train', 'evaluate'])
  })
})
