import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { formatCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { continueShort, createLedger, createPerson, createShortLedger, origin, snapshotFact } from './fixtures.ts'
import { parseVerifierKey, verifierKeyText } from './keys.ts'
import { formatProofFile } from './proof-file.ts'
import { openProvedEntries, type ProvedEntry } from './proved-entries.ts'

const { ledger, orchestrator, highWater, db } = createLedger()
const erin = createPerson('p-00000001')
ledger.commit((tx) => tx.append(orchestrator, erin.enrolled))
for (let i = 2; i < 6; i++) ledger.commit((tx) => tx.append(erin.signer, snapshotFact(i)))
const checkpoint = ledger.checkpoint()
const prove = (seq: number): ProvedEntry => ({ seq, envelope: ledger.entry(seq).envelope, proof: formatProofFile({ index: seq, hashes: ledger.inclusionProof(seq, 6), checkpoint }) })
const proved = [prove(4), prove(0), prove(1)]
const [logKey] = ledger.verifierKeys()
const pinned = parseVerifierKey(logKey?.text ?? '')
highWater.close()
db.close()

const [fourth] = proved
const instead = (change: Partial<ProvedEntry>) => proved.map((each) => (each.seq === 4 ? { ...each, ...change } : each))
const other = fourth ? Buffer.from(fourth.envelope) : Buffer.alloc(0)
const at = other.indexOf('"sig":"') + 20
other.writeUInt8(other.readUInt8(at) === 65 ? 66 : 65, at)

it('entries of another ledger hold against its first log key, whatever their order', () => {
  const opened = openProvedEntries(proved, checkpoint, pinned)
  expect([opened.checkpoint.size, [...opened.entries.keys()]]).toEqual([6, [0, 1, 4]])
})

it.each([
  ['a signature that is not good', instead({ envelope: other }), checkpoint, 'signature-invalid'],
  ['a signer whom none of them introduces', proved.filter(({ seq }) => seq !== 1), checkpoint, 'unknown-signer'],
  ['no first one', proved.filter(({ seq }) => seq !== 0), checkpoint, 'unknown-signer'],
  ['the proof of another', instead({ proof: prove0() }), checkpoint, 'inconsistent'],
  ['another place than it says', instead({ seq: 3 }), checkpoint, 'malformed-entry'],
  ['one of them twice', [...proved, ...proved.slice(0, 1)], checkpoint, 'malformed-entry'],
  ['another checkpoint than their proofs', proved, checkpoint.replace('\n6\n', '\n7\n'), 'inconsistent'],
])('entries are refused with %s', (_, entries, note, code) => {
  expect(() => openProvedEntries(entries, note, pinned)).toThrow(expect.objectContaining({ code }) as Error)
})

it('entries are refused under another log key, and a checkpoint that their own did not sign', () => {
  expect(() => openProvedEntries(proved, checkpoint, parseVerifierKey(verifierKeyText(origin, generateKeyPairSync('ed25519').publicKey)))).toThrow(expect.objectContaining({ code: 'wrong-log-key' }) as Error)
  const [text = '', signature = ''] = checkpoint.split('\n\n')
  const forged = `${text}\n\n${signature.replace(/.{8}\n$/, 'AAAAAAA=\n')}`
  const reproved = proved.map((each) => ({ ...each, proof: each.proof.replace(checkpoint, forged) }))
  expect(() => openProvedEntries(reproved, forged, pinned)).toThrow(expect.objectContaining({ code: 'signature-invalid' }) as Error)
})

it('entries of after a loss are refused under a checkpoint that the key of before signed', () => {
  const short = createShortLedger()
  const { ledger: after, logSigner } = continueShort(short)
  const [first] = after.verifierKeys()
  const open = (note: string) => {
    const entries = Array.from({ length: after.size }, (_, seq) => ({ seq, envelope: after.entry(seq).envelope, proof: formatProofFile({ index: seq, hashes: after.inclusionProof(seq), checkpoint: note }) }))
    return openProvedEntries(entries, note, parseVerifierKey(first?.text ?? '')).checkpoint.origin
  }
  const { size, root } = parseCheckpoint(after.checkpoint())
  const asOld = { origin, size, root }
  expect(open(after.checkpoint())).toBe(logSigner.name)
  expect(() => open(formatCheckpoint(asOld, short.logSigner, signCheckpoint(asOld, short.logSigner)))).toThrow(expect.objectContaining({ code: 'no-known-signature' }) as Error)
})

function prove0(): string {
  return proved.find(({ seq }) => seq === 0)?.proof ?? ''
}
