import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { MetricCollector } from './metric-collector.ts'
import { TerminalMetrics } from './terminal-metrics.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-collector-'))
const path = join(folder, 'metrics.jsonl')
const project = join(folder, 'project')
beforeEach(() => {
  rmSync(project, { recursive: true, force: true })
  rmSync(path, { force: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const taken = (): unknown[] => readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown)
const append = (file: string, text: string): void => {
  mkdirSync(dirname(join(project, file)), { recursive: true })
  appendFileSync(join(project, file), text)
}

describe('the metrics that a stage prints', () => {
  it('are those of lines of the right form, each once, wherever the output was cut', () => {
    const noise = fc.constantFrom('', 'epoch 1', 'STRONGROOM_METRIC', 'STRONGROOM_METRIC loss', 'STRONGROOM_METRIC loss=x step=1', ' STRONGROOM_METRIC loss=1', 'STRONGROOM_METRIC a=1 step=-1', 'x'.repeat(5000))
    const told = fc.record({ step: fc.nat(), value: fc.integer() })
    const parts = fc.array(fc.tuple(noise, fc.constantFrom('\r\n', '\n', '\r'), told), { maxLength: 12 })
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 6000 }), (lines, size) => {
        const terminal = new TerminalMetrics()
        const output = Buffer.from(lines.map(([before, end, { step, value }]) => `${before}${end}STRONGROOM_METRIC größe=${value}e-2 step=${step}\r\n`).join(''))
        const points: string[] = []
        for (let at = 0; at < output.length; at += size) points.push(...terminal.take(output.subarray(at, at + size)))
        expect(points.map((line) => JSON.parse(line) as { step: number; value: string }).map(({ step, value }) => [step, Number(value)])).toEqual(lines.map(([, , { step, value }]) => [step, value / 100 + 0]))
      }),
    )
  })

  it('may be several on a line, and count their steps by name where none is told', () => {
    const terminal = new TerminalMetrics()
    const points = terminal.take(Buffer.from('STRONGROOM_METRIC loss=0.50 acc=.9\nSTRONGROOM_METRIC loss=0.25\nSTRONGROOM_METRIC acc=1 step=7\nSTRONGROOM_METRIC acc=1\n'))
    expect(points.map((line) => Object.values(JSON.parse(line) as Record<string, unknown>))).toEqual([['loss', 0, '0.5'], ['acc', 0, '0.9'], ['loss', 1, '0.25'], ['acc', 7, '1'], ['acc', 8, '1']])
  })
})

describe('the metrics that a stage appends to its outs', () => {
  it('are those of DVCLive’s histories and of metrics.jsonl, as they come', () => {
    const collector = new MetricCollector(path, project, ['dvclive', 'logs/plots', 'model.bin', 'out/metrics.jsonl'])
    collector.look()
    append('dvclive/plots/metrics/train/loss.tsv', 'timestamp\tstep\ttrain/loss\n1623671484747\t0\t0.4\n162367')
    append('logs/plots/metrics/acc.tsv', 'step\tacc\r\n0\t0.9\r\n1\tnot a number\r\n')
    append('model.bin', 'no text')
    append('out/metrics.jsonl', '{"name":"f1","step":3,"value":0.75}\n{"other":1}\n{"name":"f1",')
    collector.look()
    expect(taken()).toEqual([{ name: 'f1', step: 3, value: 0.75 }, { name: 'train/loss', step: 0, value: '0.4' }, { name: 'acc', step: 0, value: '0.9' }])
    append('dvclive/plots/metrics/train/loss.tsv', '1484892\t1\t2e-1')
    collector.look()
    expect(taken()).toHaveLength(3)
    collector.look(true)
    expect(taken().slice(3)).toEqual([{ name: 'train/loss', step: 1, value: '0.2' }])
  })

  it('are read to their end at the end, however many there are', () => {
    append('metrics.jsonl', Array.from({ length: 60_000 }, (_, step) => `{"name":"loss","step":${step},"value":1}\n`).join(''))
    const collector = new MetricCollector(path, project, ['metrics.jsonl'])
    collector.look()
    expect(taken().length).toBeLessThan(60_000)
    collector.look(true)
    expect(taken()).toHaveLength(60_000)
  })

  it('wait while the stage itself has begun a line of its file, but not for ever', () => {
    writeFileSync(path, '{"name":"own",')
    const collector = new MetricCollector(path, project, [])
    collector.output(Buffer.from('STRONGROOM_METRIC loss=1\n'))
    collector.look()
    expect(readFileSync(path, 'utf8')).toBe('{"name":"own",')
    appendFileSync(path, '"step":0,"value":1}\n')
    collector.look()
    appendFileSync(path, 'cut')
    collector.output(Buffer.from('STRONGROOM_METRIC loss=2\n'))
    collector.look(true)
    expect(readFileSync(path, 'utf8')).toBe('{"name":"own","step":0,"value":1}\n{"name":"loss","step":0,"value":"1"}\ncut\n{"name":"loss","step":1,"value":"2"}\n')
  })
})
