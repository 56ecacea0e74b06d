import { describe, expect, it } from 'vitest'
import { clampSize, sizeAfterKey } from './split.ts'

describe('clampSize', () => {
  it('holds a size between its bounds', () => {
    expect(clampSize(100, 120, 400)).toBe(120)
    expect(clampSize(500, 120, 400)).toBe(400)
    expect(clampSize(188.4, 120, 400)).toBe(188)
  })

  it('keeps the lower bound when the window leaves less than that', () => {
    expect(clampSize(300, 120, 80)).toBe(120)
  })
})

describe('sizeAfterKey', () => {
  it('grows an area by the arrow that points away from it', () => {
    expect(sizeAfterKey('ArrowLeft', false, 300, 'right', 200, 400)).toBe(316)
    expect(sizeAfterKey('ArrowRight', false, 300, 'left', 200, 400)).toBe(316)
    expect(sizeAfterKey('ArrowUp', true, 300, 'bottom', 200, 400)).toBe(364)
  })

  it('shrinks it by the opposite arrow and stops at the bounds', () => {
    expect(sizeAfterKey('ArrowRight', true, 220, 'right', 200, 400)).toBe(200)
    expect(sizeAfterKey('End', false, 220, 'bottom', 200, 400)).toBe(400)
  })

  it('leaves other keys alone', () => {
    expect(sizeAfterKey('ArrowUp', false, 300, 'right', 200, 400)).toBeNull()
  })
})
