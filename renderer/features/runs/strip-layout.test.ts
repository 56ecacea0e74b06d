import { describe, expect, it } from 'vitest'
import { layoutStrip } from './strip-layout.ts'

const names = ['load', 'left', 'right', 'join']
const edges = [
  { from: 'load', to: 'left' },
  { from: 'load', to: 'right' },
  { from: 'left', to: 'join' },
  { from: 'right', to: 'join' },
]

describe('the strip of stages', () => {
  it('puts what runs side by side into one column', () => {
    const layers = Object.fromEntries(layoutStrip(names, edges, 800).nodes.map(({ id, layer }) => [id, layer]))
    expect(layers).toEqual({ load: 0, left: 1, right: 1, join: 2 })
  })

  it('moves columns apart to use the room, and never over it', () => {
    const tight = layoutStrip(names, edges, 0).width
    const wide = layoutStrip(names, edges, tight + 60).width
    expect(wide).toBeGreaterThan(tight + 50)
    expect(wide).toBeLessThanOrEqual(tight + 60)
  })

  it('makes a plain row where the edges are not known', () => {
    const layout = layoutStrip(names, [], 800)
    expect(new Set(layout.nodes.map(({ y }) => y)).size).toBe(1)
    expect(layout.nodes.map(({ id }) => id)).toEqual(names)
    expect(layout.edges).toEqual([])
  })

  it('leaves out edges to stages that the run does not have', () => {
    expect(layoutStrip(['load'], edges, 800).edges).toEqual([])
  })
})
