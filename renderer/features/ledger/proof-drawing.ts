/** One hash of an inclusion proof: `leaves` entries stand under it, at that side of the path. */
export interface ProofHash {
  readonly hash: string
  readonly leaves: number
  readonly side: 'left' | 'right'
}

export interface DrawnHash extends ProofHash {
  readonly x: number
  readonly y: number
  readonly path: string
  /** Where the count of leaves stands. */
  readonly countX: number
}

export interface ProofDrawing {
  readonly width: number
  readonly height: number
  /** The spine runs here, from the leaf at the bottom to the root at the top. */
  readonly spineX: number
  readonly leafY: number
  readonly rootY: number
  readonly hashes: readonly DrawnHash[]
  /** Heights at which two hashes become one. */
  readonly joints: readonly number[]
}

const WIDTH = 356
const SPINE = 196
const STEP = 26
const PILL = 66
const LEFT_PILL = 44
const RIGHT_PILL = 244
const TOP = 18
const BOTTOM = 16

/** Places a proof: leaf at the bottom, each sibling at its side one step higher, root at the top. In px at scale 1. */
export function drawProof(hashes: readonly ProofHash[]): ProofDrawing {
  const leafY = TOP + Math.max(hashes.length, 1) * STEP
  return {
    width: WIDTH,
    height: leafY + BOTTOM,
    spineX: SPINE,
    leafY,
    rootY: TOP,
    joints: hashes.map((_, level) => leafY - (level + 1) * STEP),
    hashes: hashes.map((hash, level) => {
      const y = leafY - level * STEP
      const isLeft = hash.side === 'left'
      const start = isLeft ? LEFT_PILL + PILL : RIGHT_PILL
      const bend = isLeft ? SPINE - 14 : SPINE + 14
      return {
        ...hash,
        x: isLeft ? LEFT_PILL : RIGHT_PILL,
        y,
        path: `M${start} ${y}H${bend}Q${SPINE} ${y} ${SPINE} ${y - STEP}`,
        countX: isLeft ? LEFT_PILL - 8 : RIGHT_PILL + PILL + 8,
      }
    }),
  }
}

export const PILL_WIDTH = PILL
