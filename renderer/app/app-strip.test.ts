import { describe, expect, it } from 'vitest'
import { RequestError, type LedgerState, type Verification } from '../../shared/contract/index.ts'
import { describeLedger } from './app-strip.tsx'

const at = '2026-11-23T14:32:08.000Z'
const state: LedgerState = { origin: 'o', losses: [], size: 213, root: '', checkpoint: '', checkpointAt: null, logKey: '', verification: null, remembered: { verified: null, stopped: null } }
const verified: Verification = { ok: true, mode: 'full', since: null, entries: 213, checkpoints: 1, size: 213, losses: [], against: [], root: '', durationMs: 1, at, firstBad: null }
const read = (of: LedgerState | undefined, error?: RequestError) => describeLedger(of, error)[0]

describe('the trust strip', () => {
  it('claims no verification that did not happen', () => {
    expect(read(state)?.text).toBe('Ledger of 213 entries, not verified yet in this session')
    expect(read(state)?.tone).toBeUndefined()
  })

  it('says how much of a ledger that has grown was verified', () => {
    expect(read({ ...state, size: 220, verification: verified })?.text).toMatch(/^Ledger of 220 entries, 213 of them verified /)
  })

  it('names the first bad entry in red and leads to it', () => {
    const bad = { ...verified, ok: false, firstBad: { seq: 31207, kind: 'signature', message: 'does not match' } }
    expect(read({ ...state, verification: bad })).toMatchObject({ tone: 'danger', text: 'Entry 31,207 does not verify. Nothing after it is trusted', href: '#/ledger/31207' })
  })

  it('says beside any verification that the ledger goes on after a loss, and leads to the entry that says so', () => {
    const loss = { entry: 31, predecessor: 'o', origin: 'o/continued/1', signed: 40, isProved: true, by: 'o/person/a', orchestratorKey: null, reason: 'the disk broke' }
    expect(describeLedger({ ...state, losses: [loss], verification: verified }, undefined)[1]).toMatchObject({ tone: 'warning', text: 'Goes on after a loss', href: '#/ledger/31' })
    expect(describeLedger({ ...state, losses: [loss, { ...loss, entry: 60 }] }, undefined)[1]).toMatchObject({ text: 'Goes on after 2 losses', href: '#/ledger/60' })
    expect(describeLedger(state, undefined)).toHaveLength(2)
  })

  it('does not show a state that could not be read as a good one', () => {
    expect(read(undefined, new RequestError('internal', 'no'))).toMatchObject({ tone: 'warning', text: 'State of the ledger not known' })
  })

  it('says to whom the ledger is not open, without a warning or a way there', () => {
    expect(read(undefined, new RequestError('not-permitted', 'no'))).toEqual({ id: 'ledger', icon: 'ledger', text: 'The ledger is not open to your roles' })
  })
})
