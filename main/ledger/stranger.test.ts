import { beforeAll, describe, expect, it } from 'vitest'
import { continueShort, createKey, createLedgerOf, createPerson, createShortLedger, origin, snapshotFact } from './fixtures.ts'
import { askStranger, isStrangerHere, mayBeSkipped } from './stranger/check.ts'

describe.skipIf(mayBeSkipped)('a stranger with sumdb/note and sumdb/tlog', () => {
  const { ledger, orchestrator, options } = createLedgerOf(5)
  const older = ledger.checkpoint()
  // The log changes its key in between: a stranger who is given both reads what either signed.
  const [ada, renewed] = [createPerson('ada'), createKey(origin)]
  ledger.commit((tx) => tx.append(orchestrator, ada.enrolled))
  ledger.commit((tx) => tx.append(ada.signer, renewed.rotated, [options.logSigner, renewed.signer]))
  for (let i = 7; i < 13; i++) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(i)))
  const input = {
    logKeys: ledger.verifierKeys().flatMap(({ role, text }) => (role === 'log' ? [text] : [])),
    checkpoint: ledger.checkpoint(),
    older,
    consistency: ledger.consistencyProof(5).map((hash) => hash.toString('base64')),
    entries: ledger.entries({ limit: 20 }).map(({ seq, envelope }) => ({ leaf: envelope.toString('base64'), proof: ledger.proofFile(seq) })),
  }

  beforeAll(() => {
    if (!isStrangerHere) throw new Error('Install Go and its sumdb packages: apt-get install golang-go golang-golang-x-mod-dev')
  })

  it('accepts our keys, checkpoints, consistency and inclusion proofs', () => {
    expect(askStranger(input)).toEqual({ status: 0, output: 'tree 13 contains tree 5\n13 entries\n' })
  }, 120_000)

  it('follows a ledger from its first origin to the one under which it goes on after a loss, with the keys of both alone', () => {
    const short = createShortLedger()
    const { ledger: continued } = continueShort(short)
    const logKeys = continued.verifierKeys().flatMap(({ role, text }) => (role === 'log' ? [text] : []))
    const told = {
      logKeys,
      checkpoint: continued.checkpoint(),
      older: short.before,
      consistency: continued.consistencyProof(6).map((hash) => hash.toString('base64')),
      entries: continued.entries({ limit: 20 }).map(({ seq, envelope }) => ({ leaf: envelope.toString('base64'), proof: continued.proofFile(seq) })),
    }
    expect(askStranger(told)).toEqual({ status: 0, output: 'tree 7 contains tree 6\n7 entries\n' })
    // What was lost is not of it, and without the second key nothing of what came after is.
    expect(askStranger({ ...told, older: short.anchor }).status).toBe(1)
    expect(askStranger({ ...told, logKeys: logKeys.slice(0, 1) }).output).toContain('checkpoint: ')
  }, 120_000)

  it('refuses an entry under the proof of another', () => {
    const [first, second] = input.entries
    const swapped = { ...input, entries: [{ leaf: first?.leaf, proof: second?.proof }] }
    expect(askStranger(swapped).output).toContain('inclusion: ')
  }, 120_000)
})
