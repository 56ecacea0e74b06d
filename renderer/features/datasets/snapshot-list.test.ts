import { describe, expect, it } from 'vitest'
import { ProjectId, type Snapshot } from '../../../shared/contract/index.ts'
import { countKind, listSnapshots } from './snapshot-list.ts'

const snapshot = (id: number, dataset: string, takenAt: string): Snapshot => ({
  id,
  project: ProjectId.parse('credit-risk'),
  dataset,
  path: `data/${dataset}.csv`,
  manifest: String(id).repeat(64).slice(0, 64),
  files: 1,
  bytes: 10,
  takenAt,
  takenBy: 'Erin',
  entry: id,
  runs: [],
})
const all = [
  snapshot(1, 'loans', '2026-11-20T10:00:00.000Z'),
  snapshot(2, 'macro', '2026-11-22T10:00:00.000Z'),
  snapshot(3, 'bureau', '2026-11-22T10:00:00.000Z'),
]

describe('the list of snapshots', () => {
  it('starts with the newest', () => {
    expect(listSnapshots(all, '', 'all').map(({ id }) => id)).toEqual([3, 2, 1])
  })

  it('finds by dataset, path and hash, whatever the case', () => {
    expect(listSnapshots(all, ' LOANS', 'all').map(({ id }) => id)).toEqual([1])
    expect(listSnapshots(all, 'data/m', 'all').map(({ id }) => id)).toEqual([2])
    expect(listSnapshots(all, '333', 'all').map(({ id }) => id)).toEqual([3])
    expect(listSnapshots(all, 'nothing', 'all')).toEqual([])
  })

  it('tells data from the code that read it', () => {
    const code = { ...snapshot(4, 'train', '2026-11-23T10:00:00.000Z'), path: 'src/train.py' }
    expect(listSnapshots([...all, code], '', 'data').map(({ id }) => id)).toEqual([3, 2, 1])
    expect(listSnapshots([...all, code], '', 'code').map(({ id }) => id)).toEqual([4])
    expect((['data', 'code', 'all'] as const).map((kind) => countKind([...all, code], kind))).toEqual([3, 1, 4])
  })
})
