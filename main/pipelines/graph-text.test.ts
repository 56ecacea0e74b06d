import { describe, expect, it } from 'vitest'
import { selectStages } from '../../shared/graph/selection.ts'
import { dotGraph, mermaidGraph, plainGraph } from './graph-text.ts'
import { expandedYaml } from './expanded-yaml.ts'
import { readYaml } from './yaml-source.ts'
import { testPipeline } from './test-pipeline.ts'

const pipeline = testPipeline([
  { name: 'prepare', deps: ['raw "a".csv'], outs: ['clean.csv'] },
  { name: 'train@a', deps: ['clean.csv'], outs: ['m/a'] },
  { name: 'train@b', deps: ['clean.csv'], outs: ['m/b'], frozen: true },
  { name: 'sub/dvc.yaml:report', deps: ['m/a', 'm/b'], outs: ['report'] },
  { name: 'other', outs: ['x'] },
])

describe('selectStages', () => {
  const names = (targets?: string[]): unknown => {
    const selection = selectStages(pipeline, targets)
    return 'stages' in selection ? selection.stages.map(({ name }) => name) : selection
  }

  it('has all that is not frozen, each stage after those it needs', () => {
    expect(names()).toEqual(['prepare', 'other', 'train@a', 'sub/dvc.yaml:report'])
  })

  it('has targets with what they need; a name may mean several', () => {
    expect(names(['train'])).toEqual(['prepare', 'train@a'])
    expect(names(['sub/dvc.yaml'])).toEqual(['prepare', 'train@a', 'sub/dvc.yaml:report'])
    expect(names(['train@b'])).toEqual([])
    expect(names(['other', 'gone'])).toEqual({ unknown: 'gone' })
  })
})

describe('a graph as text', () => {
  it('has a line for each stage', () => {
    expect(plainGraph(pipeline)).toBe('prepare\ntrain@a <- prepare\ntrain@b <- prepare\nsub/dvc.yaml:report <- train@a, train@b\nother')
  })

  it('is Graphviz, with quotes and backslashes of names escaped', () => {
    const dot = dotGraph(pipeline)
    expect(dot).toContain('  "source raw \\"a\\".csv" -> "stage prepare";')
    expect(dot).toContain('  "stage train@b" -> "stage sub/dvc.yaml:report" [label="m/b"];')
    expect(dot).toContain('  "stage train@b" [shape=box, label="train@b", style=dashed];')
  })

  it('is Mermaid, with names only in labels', () => {
    expect(mermaidGraph(pipeline).split('\n')).toEqual([
      'flowchart LR', '  n0["prepare"]', '  n1["train@a"]', '  n2["train@b"]', '  n3["sub/dvc.yaml:report"]', '  n4["other"]', '  n5[("raw #quot;a#quot;.csv")]',
      '  n0 -->|"clean.csv"| n1', '  n0 -->|"clean.csv"| n2', '  n1 -->|"m/a"| n3', '  n2 -->|"m/b"| n3', '  n5 --> n0',
    ])
  })
})

it('stages written out are YAML that says the same', () => {
  expect(readYaml(expandedYaml(pipeline), 'x.yaml').ok).toBe(true)
  expect(expandedYaml(pipeline)).toContain('  train@b:\n    cmd: run train@b\n    deps:\n      - clean.csv\n    outs:\n      - m/b\n    frozen: true\n')
})
