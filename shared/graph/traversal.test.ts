import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ancestors, descendants, predecessors, topologicalOrder } from './traversal.ts'
import type { Ordered } from './traversal.ts'

/** A graph without cycles in a shuffled file order: an edge always leads from the lower to the higher number. */
const acyclic = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray(Array.from({ length: size }, (_, index) => index), { minLength: size }),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
    )
    .map(([order, pairs]): Ordered => ({
      stages: order.map((index) => ({ name: `s${index}` })),
      edges: pairs.filter(([a, b]) => a !== b).map(([a, b]) => ({ from: `s${Math.min(a, b)}`, to: `s${Math.max(a, b)}` })),
    })),
)

const diamond: Ordered = {
  stages: ['join', 'left', 'right', 'start', 'alone'].map((name) => ({ name })),
  edges: [
    { from: 'start', to: 'left' },
    { from: 'start', to: 'right' },
    { from: 'start', to: 'right' },
    { from: 'left', to: 'join' },
    { from: 'right', to: 'join' },
  ],
}

describe('topologicalOrder', () => {
  it('holds every stage once and respects every edge', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = topologicalOrder(graph)
        expect(order.toSorted()).toEqual(graph.stages.map((stage) => stage.name).toSorted())
        for (const edge of graph.edges) expect(order.indexOf(edge.from)).toBeLessThan(order.indexOf(edge.to))
      }),
    )
  })

  it('keeps the order of the file among stages that are free', () => {
    expect(topologicalOrder(diamond)).toEqual(['start', 'alone', 'left', 'right', 'join'])
  })

  it('leaves out what is on a cycle or behind one', () => {
    const edges = [...diamond.edges, { from: 'join', to: 'left' }]
    expect(topologicalOrder({ ...diamond, edges })).toEqual(['start', 'alone', 'right'])
  })
})

describe('neighbours', () => {
  it('finds what follows and what comes before, without the stage itself', () => {
    expect(descendants(diamond, 'start')).toEqual(['join', 'left', 'right'])
    expect(ancestors(diamond, 'join')).toEqual(['left', 'right', 'start'])
    expect(predecessors(diamond, 'join')).toEqual(['left', 'right'])
    expect(descendants(diamond, 'alone')).toEqual([])
  })

  it('sees a descendant exactly where the other sees an ancestor', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        for (const { name } of graph.stages) for (const other of descendants(graph, name)) expect(ancestors(graph, other)).toContain(name)
      }),
    )
  })
})
