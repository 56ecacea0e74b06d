import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPipeline } from '../../main/pipelines/index.ts'
import { ROLES } from '../../shared/contract/index.ts'

describe('the tumour-pytorch sample', () => {
  it('is a pipeline without a problem', async () => {
    const reading = await readPipeline(join(import.meta.dirname, 'tumour-pytorch'), () => false, ROLES)
    expect(reading).toMatchObject({ ok: true })
    if (reading.ok) expect(reading.pipeline.stages.map(({ name }) => name)).toEqual(['prepare', 'validate', 'split', 'train', 'evaluate', 'register'])
  })
})
