import { describe, expect, it } from 'vitest'
import { isCode } from '../../../shared/graph/code-files.ts'
import { countCode, dataSources } from './graph-sources.ts'

describe('what is drawn as data', () => {
  it('tells code and its description from data', () => {
    expect(['a.py', 'src/b.mjs', 'README.md', 'run.SH'].map(isCode)).toEqual([true, true, true, true])
    expect(['data/loans.csv', 'expectations.yaml', 'data', '.py', 'py'].map(isCode)).toEqual([false, false, false, false, false])
  })

  it('joins a source to every stage that reads it', () => {
    const stages = [
      { name: 'a', deps: ['data/x.csv', 'a.py'] },
      { name: 'b', deps: ['data/x.csv', 'out.json'] },
    ]
    const pipeline = { sources: ['a.py', 'data/x.csv'], stages } as unknown as Parameters<typeof dataSources>[0]
    expect(dataSources(pipeline)).toEqual([{ path: 'data/x.csv', readers: ['a', 'b'] }])
  })

  it('counts the code that a stage reads', () => {
    expect(countCode({ deps: ['a.py', 'b.py', 'data/x.csv'] })).toBe(2)
  })
})
