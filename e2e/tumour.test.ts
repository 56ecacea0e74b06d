import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestWorkplace } from './workplace.ts'

interface Version {
  readonly version: number
  readonly stage: string
  readonly format: string
  readonly metrics: Record<string, string>
}

describe("the PyTorch sample, run by the machine's own Python", () => {
  const workplace = new TestWorkplace()
  beforeAll(() => workplace.setUp())
  afterAll(() => workplace.close())

  it('trains, proves its ONNX export and becomes a registered version', async () => {
    await workplace.strongroom(['sample', 'add', 'tumour-pytorch'], { as: 'erin' })
    const run = await workplace.json<{ state: string; environment: Record<string, string> | null }>(['run', 'start', '--follow'], { as: 'erin' })
    expect(run.state).toBe('succeeded')
    const [version] = await workplace.json<Version[]>(['model', 'list'], { as: 'erin' })
    expect(version).toMatchObject({ version: 1, stage: 'experiment', format: 'onnx' })
    expect(Number(version?.metrics.auc)).toBeGreaterThan(0.95)
  })

  it('records the interpreter and the packages that it ran with', async () => {
    const log = await workplace.json<{ entries: { seq: number }[] }>(['ledger', 'list', '--action', 'stage.succeeded'], { as: 'ada' })
    expect(log.entries.length).toBeGreaterThan(3)
    const run = await workplace.json<{ stages: { environment: Record<string, string> | null }[] }>(['run', 'show', '1'], { as: 'ada' })
    expect(JSON.stringify(run.stages.map(({ environment }) => environment))).toMatch(/torch/)
  })
})
