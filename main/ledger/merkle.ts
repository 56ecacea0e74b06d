import { hash } from 'node:crypto'

/** Bytes of a hash: SHA-256 throughout. */
export const HASH_SIZE = 32

/** Reads the stored hash of the complete subtree `index` (from the left) of height `level`; leaves are level 0. */
export type NodeReader = (level: number, index: number) => Buffer

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962, 2.1). */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer')

/** What a hash is taken of, filled anew for each: fresh memory for it costs as much as the hash. Larger leaves get their own. */
const leafData = Buffer.alloc(1 + 65_535, 0)
const nodeData = Buffer.alloc(1 + 2 * HASH_SIZE, 1)

/** Hash of a leaf: SHA-256(0x00 ‖ data) (RFC 6962, 2.1). */
export function hashLeaf(data: Uint8Array): Buffer {
  const size = 1 + data.byteLength
  const prefixed = size <= leafData.byteLength ? leafData.subarray(0, size) : Buffer.alloc(size)
  prefixed.set(data, 1)
  return sha256(prefixed)
}

/** Hash of an interior node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1). */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  nodeData.set(left, 1)
  nodeData.set(right, 1 + HASH_SIZE)
  return sha256(nodeData)
}

/** The right edge of a tree: all that is needed to append to it. Immutable, so that a rolled-back append costs nothing to undo. */
export interface Frontier {
  readonly size: number
  /** Roots of the complete subtrees that the tree divides into, the largest first. */
  readonly peaks: readonly Buffer[]
}

export const emptyFrontier: Frontier = { size: 0, peaks: [] }

/** Appends a leaf. `nodes` are the hashes that this completes: the leaf's own, then each larger complete subtree that it closes. */
export function appendLeaf(frontier: Frontier, leafHash: Buffer): { frontier: Frontier; nodes: Buffer[] } {
  const peaks = frontier.peaks.slice()
  const nodes = [leafHash]
  let node = leafHash
  for (let rest = frontier.size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = peaks.pop()
    if (left === undefined) throw new RangeError(`a frontier of size ${frontier.size} has ${frontier.peaks.length} peaks`)
    node = hashNode(left, node)
    nodes.push(node)
  }
  peaks.push(node)
  return { frontier: { size: frontier.size + 1, peaks }, nodes }
}

/** Root of the tree that the frontier is the edge of. */
export function frontierRoot(frontier: Frontier): Buffer {
  let root = frontier.peaks.at(-1) ?? emptyRoot
  for (let i = frontier.peaks.length - 2; i >= 0; i--) root = hashNode(frontier.peaks[i] ?? emptyRoot, root)
  return root
}

/** The frontier of the first `size` leaves, from stored nodes: O(log size) reads. */
export function readFrontier(size: number, read: NodeReader): Frontier {
  return { size, peaks: readPeaks(0, size, read) }
}

/** Root of the first `size` leaves, from stored nodes: O(log size) reads. */
export function readRoot(size: number, read: NodeReader): Buffer {
  return frontierRoot(readFrontier(size, read))
}

/**
 * The hashes that, with the leaf's own, give the root of the first `size` leaves: from the leaf's sibling up (RFC 6962, 2.1.1).
 * O(log size) reads. Throws RangeError unless 0 <= index < size.
 */
export function proveInclusion(index: number, size: number, read: NodeReader): Buffer[] {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw new RangeError(`there is no leaf ${index} in a tree of ${size}`)
  }
  const path: Buffer[] = []
  let begin = 0
  let end = size
  while (end - begin > 1) {
    const middle = begin + split(end - begin)
    if (index < middle) {
      path.push(readRange(middle, end, read))
      end = middle
    } else {
      path.push(readRange(begin, middle, read))
      begin = middle
    }
  }
  return path.reverse()
}

/**
 * The hashes that show the first `older` leaves to be the beginning of the first `newer` (RFC 6962, 2.1.2). O(log newer) reads; empty
 * when the two are equal. Throws RangeError unless 0 < older <= newer.
 */
export function proveConsistency(older: number, newer: number, read: NodeReader): Buffer[] {
  if (!Number.isSafeInteger(older) || !Number.isSafeInteger(newer) || older < 1 || older > newer) {
    throw new RangeError(`there is no consistency proof from size ${older} to size ${newer}`)
  }
  const path: Buffer[] = []
  let begin = 0
  let end = newer
  while (older !== end) {
    const middle = begin + split(end - begin)
    if (older <= middle) {
      path.push(readRange(middle, end, read))
      end = middle
    } else {
      path.push(readRange(begin, middle, read))
      begin = middle
    }
  }
  // The older tree itself is known to the verifier; a subtree of it that does not start at 0 is not.
  if (begin > 0) path.push(readRange(begin, end, read))
  return path.reverse()
}

/** Whether the proof leads from the leaf's hash at `index` to the root of `size` leaves (RFC 9162, 2.1.3.2). Never throws. */
export function verifyInclusion(leafHash: Uint8Array, index: number, size: number, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leafHash, root, ...proof])) return false
  let fn = index
  let sn = size - 1
  let r: Uint8Array = leafHash
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = hashNode(p, r)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      r = hashNode(r, p)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && Buffer.compare(r, root) === 0
}

/** Whether the proof shows the tree of `older` leaves to be the beginning of that of `newer` (RFC 9162, 2.1.4.2). Never throws. */
export function verifyConsistency(
  older: number,
  newer: number,
  proof: readonly Uint8Array[],
  olderRoot: Uint8Array,
  newerRoot: Uint8Array,
): boolean {
  const roots = walkConsistency(older, newer, proof, olderRoot)
  return roots !== undefined && Buffer.compare(roots.older, olderRoot) === 0 && Buffer.compare(roots.newer, newerRoot) === 0
}

/**
 * Whether the proof, in spite of leading to the newer root, begins at another older one: then the tree of `newer` leaves is proven not to
 * continue that of `olderRoot`. A proof from a power of two is made of the older root itself and can only fail. Never throws.
 */
export function disprovesConsistency(
  older: number,
  newer: number,
  proof: readonly Uint8Array[],
  olderRoot: Uint8Array,
  newerRoot: Uint8Array,
): boolean {
  if (older === newer) return Buffer.compare(olderRoot, newerRoot) !== 0
  const roots = walkConsistency(older, newer, proof, olderRoot)
  return roots !== undefined && Buffer.compare(roots.older, olderRoot) !== 0 && Buffer.compare(roots.newer, newerRoot) === 0
}

/** The two roots that a consistency proof computes, or undefined where it has the wrong number of hashes. */
function walkConsistency(older: number, newer: number, proof: readonly Uint8Array[], olderRoot: Uint8Array): { older: Uint8Array; newer: Uint8Array } | undefined {
  if (!isSize(older) || !isSize(newer) || older === 0 || older > newer || !areHashes([olderRoot, ...proof])) return undefined
  if (older === newer) return proof.length === 0 ? { older: olderRoot, newer: olderRoot } : undefined
  if (proof.length === 0) return undefined
  const path = isPowerOfTwo(older) ? [olderRoot, ...proof] : proof
  let fn = older - 1
  let sn = newer - 1
  while (fn % 2 === 1) {
    fn = half(fn)
    sn = half(sn)
  }
  let [fr = olderRoot] = path
  let sr = fr
  for (const c of path.slice(1)) {
    if (sn === 0) return undefined
    if (fn % 2 === 1 || fn === sn) {
      fr = hashNode(c, fr)
      sr = hashNode(c, sr)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      sr = hashNode(sr, c)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 ? { older: fr, newer: sr } : undefined
}

/** Whether a consistency proof from that many leaves leaves their root out, as its reader knows it. */
export function isPowerOfTwo(size: number): boolean {
  return largestPowerUpTo(size) === size
}

/** Root of the leaves `begin` to `end` (exclusive), where `begin` is a multiple of the smallest power of two >= end - begin. */
function readRange(begin: number, end: number, read: NodeReader): Buffer {
  return frontierRoot({ size: end - begin, peaks: readPeaks(begin, end, read) })
}

/** The complete subtrees that the leaves `begin` to `end` (exclusive) divide into, the largest first. */
function readPeaks(begin: number, end: number, read: NodeReader): Buffer[] {
  const peaks: Buffer[] = []
  for (let at = begin; at < end; ) {
    const width = largestPowerUpTo(end - at)
    peaks.push(read(Math.log2(width), at / width))
    at += width
  }
  return peaks
}

/** Where a tree of n > 1 leaves divides: the largest power of two < n. */
function split(n: number): number {
  return largestPowerUpTo(n - 1)
}

function largestPowerUpTo(n: number): number {
  // Sizes may pass 2^32, where bit operators fail.
  const power = 2 ** Math.floor(Math.log2(n))
  return power > n ? power / 2 : power
}

/** By way of a string, since Node makes a hash's string much faster than its buffer: a third of the time of a small hash. */
function sha256(data: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', data, 'binary'), 'binary')
}

function half(n: number): number {
  return Math.floor(n / 2)
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

function areHashes(candidates: readonly Uint8Array[]): boolean {
  return candidates.every((candidate) => candidate.length === HASH_SIZE)
}
