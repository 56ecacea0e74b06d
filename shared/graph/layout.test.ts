import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutPipeline } from './layout.ts'
import type { LayoutEdge, LayoutError, LayoutNode, PipelineLayout } from './layout.ts'

const node = (id: string, width = 124, height = 48): LayoutNode => ({ id, width, height })
const edge = (from: string, to: string, id = `${from}-${to}`): LayoutEdge => ({ id, from, to })

const acyclic = fc
  .record({
    sizes: fc.array(fc.tuple(fc.integer({ min: 60, max: 200 }), fc.integer({ min: 28, max: 80 })), { minLength: 1, maxLength: 14 }),
    pairs: fc.uniqueArray(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 24, selector: ([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}` }),
  })
  .map(({ sizes, pairs }) => ({
    nodes: sizes.map(([width, height], index) => node(`n${index}`, width, height)),
    edges: pairs
      .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
      .filter(([a, b]) => a !== b && b < sizes.length)
      .map(([a, b]) => edge(`n${a}`, `n${b}`)),
  }))

interface VerticalPart {
  readonly edge: string
  readonly x: number
  readonly low: number
  readonly high: number
}

function verticals(layout: PipelineLayout): VerticalPart[] {
  return layout.edges.flatMap(({ id, points }) =>
    points.slice(1).flatMap((point, index) => {
      const before = points[index] ?? point
      return before.y === point.y ? [] : [{ edge: id, x: point.x, low: Math.min(before.y, point.y), high: Math.max(before.y, point.y) }]
    }),
  )
}

function boxOf(layout: PipelineLayout, id: string): PipelineLayout['nodes'][number] {
  const found = layout.nodes.find((placed) => placed.id === id)
  if (!found) throw new Error(`no ${id}`)
  return found
}

describe('layoutPipeline', () => {
  it('keeps nodes apart, from left to right along every edge, inside the measured size', () => {
    fc.assert(
      fc.property(acyclic, ({ nodes, edges }) => {
        const layout = layoutPipeline(nodes, edges)
        for (const a of layout.nodes) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= layout.width && a.y + a.height <= layout.height).toBe(true)
          for (const b of layout.nodes) {
            const beside = a.x + a.width <= b.x || b.x + b.width <= a.x
            const above = a.y + a.height <= b.y || b.y + b.height <= a.y
            if (a.id < b.id) expect(beside || above).toBe(true)
          }
        }
        for (const { from, to } of edges) expect(boxOf(layout, from).layer).toBeLessThan(boxOf(layout, to).layer)
      }),
    )
  })

  it('leads every edge from the right side of one node to the left side of the other, by horizontal and vertical parts', () => {
    fc.assert(
      fc.property(acyclic, ({ nodes, edges }) => {
        const layout = layoutPipeline(nodes, edges)
        for (const { from, to, points } of layout.edges) {
          const [start, end] = [boxOf(layout, from), boxOf(layout, to)]
          expect(points[0]?.x).toBe(start.x + start.width)
          expect(points.at(-1)?.x).toBe(end.x)
          expect((points[0]?.y ?? 0) > start.y && (points[0]?.y ?? 0) < start.y + start.height).toBe(true)
          expect((points.at(-1)?.y ?? 0) > end.y && (points.at(-1)?.y ?? 0) < end.y + end.height).toBe(true)
          for (const [index, point] of points.slice(1).entries()) {
            const before = points[index] ?? point
            expect(point.x === before.x || point.y === before.y).toBe(true)
            expect(point.x).toBeGreaterThanOrEqual(before.x)
          }
        }
      }),
    )
  })

  it('never lays vertical parts of two edges over each other', () => {
    fc.assert(
      fc.property(acyclic, ({ nodes, edges }) => {
        const parts = verticals(layoutPipeline(nodes, edges))
        for (const a of parts) {
          for (const b of parts) if (a.edge < b.edge && a.x === b.x) expect(a.low >= b.high || b.low >= a.high).toBe(true)
        }
      }),
    )
  })

  it('never leads an edge through a node', () => {
    fc.assert(
      fc.property(acyclic, ({ nodes, edges }) => {
        const layout = layoutPipeline(nodes, edges)
        for (const { points } of layout.edges) {
          for (const [index, point] of points.slice(1).entries()) {
            const before = points[index] ?? point
            const [low, high] = [Math.min(before.y, point.y), Math.max(before.y, point.y)]
            for (const box of layout.nodes) {
              expect(before.x < box.x + box.width && point.x > box.x && low < box.y + box.height && high > box.y).toBe(false)
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same drawing for the same input', () => {
    fc.assert(
      fc.property(acyclic, ({ nodes, edges }) => {
        expect(layoutPipeline(nodes, edges)).toEqual(layoutPipeline(nodes, edges))
      }),
      { numRuns: 25 },
    )
  })

  it('draws a chain as one straight line', () => {
    const layout = layoutPipeline([node('a'), node('b'), node('c')], [edge('a', 'b'), edge('b', 'c')])
    expect(new Set(layout.edges.flatMap(({ points }) => points.map((point) => point.y))).size).toBe(1)
  })

  it('tells apart two edges between the same nodes', () => {
    const layout = layoutPipeline([node('a'), node('b')], [edge('a', 'b', 'one'), edge('a', 'b', 'two')])
    expect(new Set(layout.edges.map(({ points }) => points[0]?.y)).size).toBe(2)
  })

  it('tells apart edges that swap sides', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((id) => node(id))
    const layout = layoutPipeline(nodes, [edge('a', 'c'), edge('a', 'd'), edge('b', 'c'), edge('b', 'd')])
    const ends = layout.edges.flatMap(({ id, points }) => [{ id, y: points[0]?.y ?? 0 }, { id, y: points.at(-1)?.y ?? 0 }])
    for (const one of ends) for (const other of ends) if (one.id < other.id) expect(one.y).not.toBe(other.y)
  })

  it('moves columns apart where many edges bend', () => {
    const nodes = Array.from({ length: 16 }, (_, index) => node(`n${index}`))
    const edges = nodes.slice(0, 8).flatMap((from) => nodes.slice(8).map((to) => edge(from.id, to.id)))
    const layout = layoutPipeline(nodes, edges, { layerGap: 20, trackGap: 8 })
    expect(boxOf(layout, 'n8').x - boxOf(layout, 'n0').x - 124).toBeGreaterThan(100)
  })

  it('lays out nothing as nothing', () => {
    expect(layoutPipeline([], [], { margin: 10 })).toEqual({ nodes: [], edges: [], width: 20, height: 20 })
  })

  it.each([
    ['duplicate-id', [node('a'), node('a')], []],
    ['duplicate-id', [node('a'), node('b')], [edge('a', 'b', 'x'), edge('a', 'b', 'x')]],
    ['unknown-node', [node('a')], [edge('a', 'b')]],
    ['cycle', [node('a'), node('b')], [edge('a', 'b'), edge('b', 'a')]],
    ['cycle', [node('a')], [edge('a', 'a')]],
  ])('refuses %s', (code, nodes, edges) => {
    expect(() => layoutPipeline(nodes, edges)).toThrow(expect.objectContaining({ code }) as LayoutError)
  })
})
