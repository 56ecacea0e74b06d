import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { describeEntry, pickOfNote } from './note-entries.ts'

const entry = (seq: number, action: string, about: LedgerEntry['about'] = {}): LedgerEntry => ({
  seq,
  time: '2026-11-23T10:00:00.000Z',
  actor: 'orchestrator',
  signedBy: 'Orchestrator',
  action,
  subject: [],
  about,
  leafHash: 'b'.repeat(64),
})

describe('entries of note', () => {
  it('leave out sessions and stages that went well', () => {
    const entries = [entry(4, 'session.opened'), entry(3, 'run.finished'), entry(2, 'stage.succeeded'), entry(1, 'stage.failed')]
    expect(pickOfNote(entries, 8).map(({ seq }) => seq)).toEqual([3, 1])
  })

  it('say in one line what they are about', () => {
    expect(describeEntry(entry(1, 'run.started', { run: 3 }))).toEqual({ act: 'Run started', about: 'Run 3' })
    expect(describeEntry(entry(1, 'run.finished', { run: 3, state: 'failed' }))).toEqual({ act: 'Run ended', about: 'Run 3: failed' })
  })
})
