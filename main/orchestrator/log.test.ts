import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from './log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the log of the orchestrator', () => {
  it('is a JSON object a line, and moves aside over 8 MB while it is written', () => {
    const path = join(folder, 'orchestrator.log')
    const log = openLog(folder)
    log.info('first', { pid: 1 })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ level: 'info', message: 'first', pid: 1 })
    writeFileSync(path, 'x'.repeat((8 << 20) + 1))
    log.error('second', new Error('why'))
    expect(statSync(`${path}.1`).size).toBe((8 << 20) + 1)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ level: 'error', message: 'second', error: expect.stringContaining('why') as string })
  })
})
