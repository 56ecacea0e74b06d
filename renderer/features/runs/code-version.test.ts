import { describe, expect, it } from 'vitest'
import { codeFailureOf, commitOf, withoutCommit } from './code-version.ts'

const unknown = { commit: 'unknown', dirty: 'unknown', diff: '' } as const

describe('the code version of a run', () => {
  it('is the commit where there is one', () => {
    const code = { commit: 'c'.repeat(40), dirty: 'no', diff: '' } as const
    expect([commitOf({ code }), codeFailureOf({ code })]).toEqual([code.commit, null])
  })

  it('is said to be missing where there is no repository, and to be unknown where git failed or an old entry does not say', () => {
    const failed = { ...unknown, reason: 'git failed, because index file corrupt' }
    const all = [{ ...unknown, reason: 'no repository' }, { ...unknown, reason: 'no commit yet' }, { ...unknown, reason: 'ignored by the repository around it' }, failed, unknown]
    expect(all.map((code) => [commitOf({ code }), withoutCommit({ code }), codeFailureOf({ code })])).toEqual([
      [null, 'no repository', null],
      [null, 'no commit yet', null],
      [null, 'ignored by git', null],
      [null, 'not known', failed.reason],
      [null, 'not known', null],
    ])
  })
})
