import { describe, expect, it } from 'vitest'
import type { ModelStage } from '../../../shared/contract/index.ts'
import { versionToAssess } from './version-choice.ts'

const scoring = (version: number, stage: ModelStage) => ({ model: 'scoring', version, stage, registeredAt: `2026-11-0${version}T12:00:00Z` })

describe('the version whose evidence opens where none is named', () => {
  it('is the one that was looked at last, whatever is newer or in production', () => {
    const versions = [scoring(3, 'experiment'), scoring(2, 'experiment'), scoring(1, 'production')]
    expect(versionToAssess(versions, { model: 'scoring', version: 2 })?.version).toBe(2)
  })

  it('is the one in production, else the one in staging, else the newest, where none was looked at or it is gone', () => {
    const versions = [scoring(1, 'archived'), scoring(4, 'experiment'), scoring(3, 'staging'), scoring(2, 'production')]
    expect(versionToAssess(versions, undefined)?.version).toBe(2)
    expect(versionToAssess(versions, { model: 'scoring', version: 9 })?.version).toBe(2)
    expect(versionToAssess(versions.slice(0, 3), undefined)?.version).toBe(3)
    expect(versionToAssess(versions.slice(0, 2), undefined)?.version).toBe(4)
  })

  it('is none in a project without versions', () => {
    expect(versionToAssess([], { model: 'scoring', version: 1 })).toBeUndefined()
  })
})
