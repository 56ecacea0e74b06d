import { describe, expect, it } from 'vitest'
import { durationSeconds, memoryBytes, ProjectPath, StageMeta } from './pipeline.ts'

const register = { model: 'credit-risk', path: 'models/m.onnx', format: 'onnx' }

describe('StageMeta', () => {
  it('asks for one CPU and no evidence where nothing is said', () => {
    expect(StageMeta.parse({})).toEqual({ resources: { cpus: 1 }, evidence: [] })
  })

  it('keeps gate limits as exact decimals, from numbers and from strings', () => {
    const meta = StageMeta.parse({ register, gates: { staging: { metrics: [{ name: 'auc', min: 0.7, max: '1.000' }] } } })
    expect(meta.gates?.staging).toEqual({ metrics: [{ name: 'auc', min: '0.7', max: '1' }], approvals: 1 })
  })

  it('reads its own output unchanged, so that it can travel', () => {
    const gates = { production: { metrics: [{ name: 'x', max: 1e-7 }], approvals: 2 } }
    const meta = StageMeta.parse({ register, resources: { memory: '4 GiB' }, gates })
    expect(StageMeta.parse(meta)).toEqual(meta)
  })

  it.each([
    ['an unknown key', { gate: {} }],
    ['an unknown evidence kind', { evidence: [{ kind: 'vibes', path: 'a' }] }],
    ['a gate without register', { gates: { staging: {} } }],
    ['a limit without a bound', { register, gates: { staging: { metrics: [{ name: 'auc' }] } } }],
    ['a limit that is no number', { register, gates: { staging: { metrics: [{ name: 'auc', min: 'high' }] } } }],
    ['six approvals', { register, gates: { staging: { approvals: 6 } } }],
    ['no approval', { register, gates: { staging: { approvals: 0 } } }],
    ['half a CPU', { resources: { cpus: 0.5 } }],
    ['memory without a unit', { resources: { memory: '4096' } }],
  ])('refuses %s', (_, meta) => {
    expect(StageMeta.safeParse(meta).success).toBe(false)
  })
})

describe('ProjectPath', () => {
  it.each(['/etc/passwd', '../x', 'a/../../x', 'C:/x', '\\\\host\\x', ''])('refuses %j', (path) => {
    expect(ProjectPath.safeParse(path).success).toBe(false)
  })

  it.each(['a', 'a/b..c', '..a', '.hidden/x', '.'])('takes %j', (path) => {
    expect(ProjectPath.safeParse(path).success).toBe(true)
  })
})

describe('quantities', () => {
  it('counts bytes in powers of 1,000 and of 1,024', () => {
    expect([memoryBytes('512 MB'), memoryBytes('4GiB'), memoryBytes('1.5 KiB')]).toEqual([512_000_000, 4_294_967_296, 1_536])
  })

  it('counts seconds', () => {
    expect(['90s', '30m', '12 h', '2d'].map(durationSeconds)).toEqual([90, 1_800, 43_200, 172_800])
  })

  it.each(['4', '4 XB', '-1 GB', ''])('refuses %j as memory', (text) => {
    expect(() => memoryBytes(text)).toThrow(RangeError)
  })

  it.each(['4', '1w', '0s', ''])('refuses %j as a duration', (text) => {
    expect(() => durationSeconds(text)).toThrow(RangeError)
  })
})
