import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLedger } from './fixtures.ts'
import { parseVerifierKey } from './keys.ts'
import { formatRecordProof, proveRecord, Segment, verifyRecordProof } from './segment.ts'

/** RFC 6962, 2.1, as it is written there. */
function root(leaves: readonly string[]): Buffer {
  const hash = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
  const [only] = leaves
  if (leaves.length === 1 && only !== undefined) return hash(Buffer.from([0]), Buffer.from(only))
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return hash(Buffer.from([1]), root(leaves.slice(0, split)), root(leaves.slice(split)))
}

const record = (n: number): string => `{"n":${n}}`

/** A ledger with one entry that seals so many records. */
function sealed(count: number) {
  const { ledger, orchestrator } = createLedger()
  const records = Array.from({ length: count }, (_, n) => record(n))
  const segment = new Segment()
  records.forEach((each) => segment.add(each))
  const { seq } = ledger.commit((tx) => tx.append(orchestrator, { action: 'stage.metrics.sealed', subject: [], detail: { run: 1, stage: 's', attempt: 1, ...segment.seal() } }))
  const entry = ledger.entry(seq)
  const logKey = parseVerifierKey(ledger.verifierKeys()[0]?.text ?? '')
  const file = (index: number, change: object = {}): string =>
    formatRecordProof({ record: record(index), index, hashes: proveRecord(records, index), entry: entry.envelope, proof: ledger.proofFile(seq), ...change })
  return { ledger, logKey, file, seq, records }
}

describe('a segment', () => {
  it('is sealed by the RFC 6962 root over its records, at any size', () => {
    const segment = new Segment()
    const leaves: string[] = []
    for (let size = 1; size <= 40; size++) {
      segment.add(record(size))
      leaves.push(record(size))
      expect(segment.seal()).toEqual({ records: size, root: root(leaves).toString('hex') })
    }
  })

  it('proves each of its records with nothing but the file and the log key', () => {
    const { file, logKey, seq, ledger } = sealed(37)
    for (let index = 0; index < 37; index++) {
      const proved = verifyRecordProof(file(index), logKey)
      expect(proved).toMatchObject({ record: { n: index }, index, entry: { seq, action: 'stage.metrics.sealed' }, checkpoint: { size: ledger.size } })
    }
  })

  it('proves no record that is another, elsewhere, or of another entry or log', () => {
    const { file, logKey, ledger } = sealed(5)
    const inconsistent = expect.objectContaining({ code: 'inconsistent' }) as object
    expect(() => verifyRecordProof(file(2, { record: record(3) }), logKey)).toThrow(inconsistent)
    expect(() => verifyRecordProof(file(2, { index: 3 }), logKey)).toThrow(inconsistent)
    expect(() => verifyRecordProof(file(2, { entry: ledger.entry(0).envelope }), logKey)).toThrow(inconsistent)
    expect(() => verifyRecordProof(file(2, { entry: ledger.entry(0).envelope, proof: ledger.proofFile(0) }), logKey)).toThrow(expect.objectContaining({ code: 'malformed-proof' }))
    expect(() => verifyRecordProof(file(2), sealed(1).logKey)).toThrow()
  })

  it('proves nothing by a file of which any byte was changed', () => {
    const { file, logKey } = sealed(9)
    const sound = file(4)
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 33, max: 126 }), (at, code) => {
        if (sound.charCodeAt(at) === code) return
        expect(() => verifyRecordProof(sound.slice(0, at) + String.fromCharCode(code) + sound.slice(at + 1), logKey)).toThrow()
      }),
      { numRuns: 300 },
    )
  })
})
