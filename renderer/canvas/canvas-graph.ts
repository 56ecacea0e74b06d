import type { ReactNode } from 'react'

/** Something on the canvas. Sizes in pixels at scale 1. */
export interface CanvasNode {
  readonly id: string
  readonly width: number
  readonly height: number
  /** Shown on hover: the full name. */
  readonly title: string
  /** Names it to a screen reader as well. */
  readonly content: ReactNode
}

export interface CanvasEdge {
  readonly from: string
  readonly to: string
  /** `live`: what flows here is being used right now. */
  readonly look?: 'live' | undefined
}

/** One edge for each pair of nodes, however many files join them, in the order of the first. */
export function mergeEdges(edges: readonly { readonly from: string; readonly to: string }[]): { from: string; to: string }[] {
  const pairs = new Map(edges.map(({ from, to }) => [JSON.stringify([from, to]), { from, to }]))
  return [...pairs.values()]
}
