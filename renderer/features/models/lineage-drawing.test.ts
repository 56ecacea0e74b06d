import { describe, expect, it } from 'vitest'
import type { Lineage } from '../../../shared/contract/index.ts'
import { drawLineage, shorten } from './lineage-drawing.ts'

const lineage: Lineage = {
  nodes: [
    { id: 'dataset-3', kind: 'dataset', title: 'data/a-very-long-folder-name/applications.csv', detail: 'b60d3e19', entry: 3 },
    { id: 'thresholds', kind: 'thresholds', title: 'thresholds', detail: '#7', entry: 7 },
    { id: 'run-1', kind: 'run', title: 'run 1', detail: 'code a4f20c1', entry: 7 },
    { id: 'version-1', kind: 'version', title: 'version 1', detail: 'd5b2e6f8', entry: 30 },
  ],
  edges: [
    { from: 'dataset-3', to: 'run-1', entry: 7 },
    { from: 'thresholds', to: 'run-1', entry: 7 },
    { from: 'run-1', to: 'version-1', entry: 30 },
  ],
}

describe('the drawing of a lineage', () => {
  it('puts what came first at the left and keeps nodes apart', () => {
    const { nodes } = drawLineage(lineage)
    const at = (id: string) => nodes.find(({ node }) => node.id === id)
    expect(at('dataset-3')?.x).toBeLessThan(at('run-1')?.x ?? 0)
    expect(at('run-1')?.x).toBeLessThan(at('version-1')?.x ?? 0)
    expect(Math.abs((at('dataset-3')?.y ?? 0) - (at('thresholds')?.y ?? 0))).toBeGreaterThanOrEqual(44)
  })

  it('draws what came first as wide as its widest, with straight edges', () => {
    const { nodes } = drawLineage(lineage)
    const [dataset, thresholds] = ['dataset-3', 'thresholds'].map((id) => nodes.find(({ node }) => node.id === id))
    expect([thresholds?.x, thresholds?.width]).toEqual([dataset?.x, dataset?.width])
  })

  it('draws each edge with the entry that proves it', () => {
    expect(drawLineage(lineage).edges.map(({ entry }) => entry)).toEqual([7, 7, 30])
  })

  it('keeps long names inside their box', () => {
    const box = drawLineage(lineage).nodes.find(({ node }) => node.id === 'dataset-3')
    expect(box?.title.length).toBeLessThan(30)
    expect(box?.title).toMatch(/^data\/.*…/)
  })

  it('gives a name of ordinary length the room that it needs', () => {
    for (const title of ['expectations.yaml', 'params.yaml', 'thresholds-2026.yaml']) {
      const [box] = drawLineage({ nodes: [{ id: 'a', kind: 'dataset', title, detail: '98b496bf', entry: 1 }], edges: [] }).nodes
      expect(box?.title).toBe(title)
    }
  })

  it('leaves out edges to nodes that are not there', () => {
    expect(drawLineage({ ...lineage, edges: [{ from: 'gone', to: 'run-1', entry: 1 }] }).edges).toEqual([])
  })
})

describe('a shortened name', () => {
  it('keeps its start and its end within the length', () => {
    expect(shorten('applications-2026.csv', 11)).toBe('appli…6.csv')
    expect(shorten('short.csv', 11)).toBe('short.csv')
  })
})
