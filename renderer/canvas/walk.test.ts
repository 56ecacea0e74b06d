import { describe, expect, it } from 'vitest'
import { directionOf, neighbour, readingOrder } from './walk.ts'

/*  load - train - report
         \ check /        */
const places = [
  { id: 'report', layer: 2, y: 20, height: 40 },
  { id: 'check', layer: 1, y: 60, height: 40 },
  { id: 'train', layer: 1, y: 0, height: 40 },
  { id: 'load', layer: 0, y: 10, height: 40 },
]
const joins = [
  { from: 'load', to: 'check' },
  { from: 'load', to: 'train' },
  { from: 'train', to: 'report' },
  { from: 'check', to: 'report' },
]

describe('walking on the canvas', () => {
  it('puts nodes in the order of reading', () => {
    expect(readingOrder(places)).toEqual(['load', 'train', 'check', 'report'])
  })

  it('follows the edge that ends nearest in height', () => {
    expect(neighbour('load', 'right', places, joins)).toBe('train')
    expect(neighbour('report', 'left', places, joins)).toBe('train')
  })

  it('moves between siblings of one column', () => {
    expect(neighbour('train', 'down', places, joins)).toBe('check')
    expect(neighbour('check', 'up', places, joins)).toBe('train')
  })

  it('stays where nothing lies that way', () => {
    expect(neighbour('load', 'left', places, joins)).toBeNull()
    expect(neighbour('load', 'up', places, joins)).toBeNull()
    expect(neighbour('unknown', 'right', places, joins)).toBeNull()
  })

  it('knows the arrow keys alone', () => {
    expect(directionOf('ArrowUp')).toBe('up')
    expect(directionOf('Enter')).toBeNull()
  })
})
