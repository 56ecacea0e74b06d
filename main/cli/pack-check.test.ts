import { expect, it } from 'vitest'
import { describePack, type PackCheck } from './pack-check.ts'

const pack: PackCheck = { holds: true, isOfThisLedger: true, findings: [], logKey: 'k', entries: 3, checkpoint: 'note' }

it('a pack of before a loss is not said to be here: what its checkpoint is of is lost', () => {
  expect(describePack(pack, { ok: true, against: [{ size: 4, lostIn: 2 }, { size: 9, lostIn: null }] })).toEqual([expect.stringContaining('is the one at its position here') as string])
  const [lost] = describePack(pack, { ok: true, against: [{ size: 4, lostIn: null }, { size: 9, lostIn: 6 }] })
  expect(lost).toContain('is of entries 6 to 8, which this ledger lost: see entry 6')
  expect(lost).not.toContain('position here')
  expect(describePack(pack, { ok: true, against: [{ size: 9, lostIn: 12 }] })[0]).toContain('a history of 9 entries, which this ledger lost: see entry 12')
  expect(describePack(pack, { ok: false, against: [] })[0]).toContain('not compared to the end')
})
