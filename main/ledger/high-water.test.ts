import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openHighWater } from './high-water.ts'

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'high-water-')), 'mark')

describe('the high-water mark', () => {
  it('is absent until something was recorded', () => {
    expect(openHighWater(newPath()).read()).toBeUndefined()
  })

  it('keeps the first note at once and the last one when it is closed', () => {
    const path = newPath()
    const mark = openHighWater(path, 3_600_000)
    mark.record(() => 'one')
    expect(readFileSync(path, 'utf8')).toBe('one')
    mark.record(() => 'two')
    mark.record(() => 'three')
    expect(readFileSync(path, 'utf8')).toBe('one')
    mark.close()
    expect(openHighWater(path).read()).toBe('three')
  })

  it('keeps the last note of a burst after the interval, without being asked', async () => {
    const path = newPath()
    const mark = openHighWater(path, 20)
    mark.record(() => 'one')
    mark.record(() => 'two')
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('two'), { interval: 5 })
  })

  it('does not fail the commit when it cannot be written, but tells, and close throws', () => {
    const path = newPath()
    const mark = openHighWater(path, 0)
    rmSync(join(path, '..'), { recursive: true })
    mark.record(() => 'one')
    expect(mark.failure()).toMatchObject({ code: 'unavailable' })
    expect(() => mark.close()).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})
