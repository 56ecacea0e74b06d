import { describe, expect, it } from 'vitest'
import { describeDuties } from './duties.ts'

describe('duties', () => {
  it('of Annex III systems do not apply before 2 December 2027', () => {
    expect(describeDuties('5(b)', new Date('2026-11-23T00:00:00Z'))).toContain('apply from 2 Dec 2027')
    expect(describeDuties('5(b)', new Date('2027-12-03T00:00:00Z'))).toContain('since 2 Dec 2027')
  })

  it('of chapter III do not reach other systems', () => {
    expect(describeDuties('none', new Date())).toMatch(/^None of chapter III/)
  })

  it('are open until somebody has classified the system', () => {
    expect(describeDuties('', new Date())).toMatch(/^Open/)
  })
})
