import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { describeEntry, pickOfNote } from './note-entries.ts'

const entry = (seq: number, action: string, names: readonly string[] = []): LedgerEntry => ({
  seq,
  time: '2026-11-23T10:00:00.000Z',
  actor: 'orchestrator',
  signedBy: 'Orchestrator',
  action,
  subject: names.map((name) => ({ name, digest: { sha256: 'a'.repeat(64) } })),
  leafHash: 'b'.repeat(64),
})

describe('entries of note', () => {
  it('leave out sessions and stages that went well', () => {
    const entries = [entry(4, 'session.opened'), entry(3, 'run.finished'), entry(2, 'stage.succeeded'), entry(1, 'stage.failed')]
    expect(pickOfNote(entries, 8).map(({ seq }) => seq)).toEqual([3, 1])
  })

  it('say in one line what they are about', () => {
    expect(describeEntry(entry(1, 'run.started', ['dvc.yaml', 'a', 'b']))).toEqual({ act: 'Run started', about: 'dvc.yaml and 2 more' })
    expect(describeEntry(entry(1, 'run.finished'))).toEqual({ act: 'Run ended', about: '' })
  })
})
