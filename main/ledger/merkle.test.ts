import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendLeaf,
  emptyFrontier,
  emptyRoot,
  frontierRoot,
  hashLeaf,
  hashNode,
  proveConsistency,
  proveInclusion,
  readFrontier,
  readRoot,
  verifyConsistency,
  verifyInclusion,
  type NodeReader,
} from './merkle.ts'

/** The leaves, roots and paths that the Certificate Transparency projects publish as test data for RFC 6962. */
const published = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const publishedRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const publishedInclusion: [number, number, string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
]
const publishedConsistency: [number, number, string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
]

const publishedLeaves = published.map((hex) => hashLeaf(Buffer.from(hex, 'hex')))
const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'))

/** The definition of RFC 6962, 2.1, taken literally. */
function definedRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (first === undefined) return emptyRoot
  if (leaves.length === 1) return first
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return hashNode(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)))
}

function grow(leaves: readonly Buffer[]): { root: Buffer; read: NodeReader; reads: () => number } {
  const stored = new Map<string, Buffer>()
  let frontier = emptyFrontier
  leaves.forEach((leaf, i) => {
    const appended = appendLeaf(frontier, leaf)
    appended.nodes.forEach((node, level) => stored.set(`${level}/${(i + 1) / 2 ** level - 1}`, node))
    frontier = appended.frontier
  })
  let reads = 0
  const read: NodeReader = (level, index) => {
    reads++
    const node = stored.get(`${level}/${index}`)
    if (node === undefined) throw new Error(`no node ${level}/${index}`)
    return node
  }
  return { root: frontierRoot(frontier), read, reads: () => reads }
}

const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, i) => hashLeaf(Buffer.from(String(i))))

describe('the Merkle tree of RFC 6962', () => {
  it('has the published root of the empty tree', () => {
    expect(emptyRoot.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(frontierRoot(emptyFrontier)).toEqual(emptyRoot)
  })

  it('has the published roots at every size', () => {
    expect(publishedRoots.map((_, i) => grow(publishedLeaves.slice(0, i + 1)).root.toString('hex'))).toEqual(publishedRoots)
  })

  it('proves inclusion with the published paths', () => {
    const { read } = grow(publishedLeaves)
    for (const [index, size, path] of publishedInclusion) expect(hex(proveInclusion(index, size, read))).toEqual(path)
  })

  it('proves consistency with the published paths', () => {
    const { read } = grow(publishedLeaves)
    for (const [older, newer, path] of publishedConsistency) expect(hex(proveConsistency(older, newer, read))).toEqual(path)
  })

  it('has the root of the definition at any size, also when read back from stored nodes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        const leaves = leavesOf(size)
        const { root, read } = grow(leaves)
        expect(root).toEqual(definedRoot(leaves))
        expect(readRoot(size, read)).toEqual(root)
        expect(readFrontier(size, read).size).toBe(size)
      }),
      { numRuns: 50 },
    )
  })

  it('accepts its own inclusion proofs and none with another index, leaf, root or hash', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 600 }), fc.nat(), fc.nat(), fc.nat(), (grown, a, b, flip) => {
        const leaves = leavesOf(grown)
        const size = 2 + (a % (grown - 1))
        const index = b % size
        const { read } = grow(leaves)
        const root = readRoot(size, read)
        const proof = proveInclusion(index, size, read)
        const leaf = leaves[index] ?? emptyRoot
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true)
        expect(verifyInclusion(leaf, (index + 1) % size, size, proof, root)).toBe(false)
        expect(verifyInclusion(hashLeaf(leaf), index, size, proof, root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, proof, hashLeaf(root))).toBe(false)
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false)
        const broken = proof.map((hash, i) => (i === flip % proof.length ? hashLeaf(hash) : hash))
        expect(verifyInclusion(leaf, index, size, broken, root)).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it('accepts its own consistency proofs and none with another root or hash', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 600 }), fc.nat(), fc.nat(), (newer, a, flip) => {
        const older = 1 + (a % (newer - 1))
        const { root, read } = grow(leavesOf(newer))
        const olderRoot = readRoot(older, read)
        const proof = proveConsistency(older, newer, read)
        expect(verifyConsistency(older, newer, proof, olderRoot, root)).toBe(true)
        expect(verifyConsistency(older, newer, proof, hashLeaf(olderRoot), root)).toBe(false)
        expect(verifyConsistency(older, newer, proof, olderRoot, hashLeaf(root))).toBe(false)
        expect(verifyConsistency(older, newer, [], olderRoot, root)).toBe(false)
        const broken = proof.map((hash, i) => (i === flip % proof.length ? hashLeaf(hash) : hash))
        expect(verifyConsistency(older, newer, broken, olderRoot, root)).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses sizes and positions that cannot be', () => {
    const { root, read } = grow(leavesOf(5))
    expect(() => proveInclusion(5, 5, read)).toThrow(RangeError)
    expect(() => proveConsistency(0, 5, read)).toThrow(RangeError)
    expect(() => proveConsistency(6, 5, read)).toThrow(RangeError)
    expect(verifyInclusion(root, 1, 1, [], root)).toBe(false)
    expect(verifyConsistency(0, 5, [root], root, root)).toBe(false)
    expect(verifyConsistency(5, 4, [root], root, root)).toBe(false)
    expect(verifyConsistency(5, 5, [], root, root)).toBe(true)
    expect(verifyConsistency(5, 5, [root], root, root)).toBe(false)
  })

  it('reads a number of nodes that grows with the logarithm of the size', () => {
    const { read, reads } = grow(leavesOf(4_000))
    proveInclusion(1_234, 4_000, read)
    proveConsistency(1_111, 4_000, read)
    expect(reads()).toBeLessThanOrEqual(4 * 12)
  })
})
