import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PYTHON } from '../../resources/verifier/testing/python.ts'
import { findInstallation } from '../client/index.ts'
import { continueShort, openTestWorkplace, tellStory } from '../evidence/test-workplace.ts'
import { describeLosses, verifyLedger } from '../ledger/index.ts'
import { checkPack, describePack, type PackCheck } from './pack-check.ts'

const pack: PackCheck = { holds: true, isOfThisLedger: true, findings: [], logKey: 'k', entries: 3, checkpoint: 'note' }

it('a pack of before a loss is not said to be here: what its checkpoint is of is lost', () => {
  expect(describePack(pack, { ok: true, against: [{ size: 4, lostIn: 2 }, { size: 9, lostIn: null }] })).toEqual([expect.stringContaining('is the one at its position here') as string])
  const [lost] = describePack(pack, { ok: true, against: [{ size: 4, lostIn: null }, { size: 9, lostIn: 6 }] })
  expect(lost).toContain('is of entries 6 to 8, which this ledger lost: see entry 6')
  expect(lost).not.toContain('position here')
  expect(describePack(pack, { ok: true, against: [{ size: 9, lostIn: 12 }] })[0]).toContain('a history of 9 entries, which this ledger lost: see entry 12')
  expect(describePack(pack, { ok: false, against: [] })[0]).toContain('not compared to the end')
})

it('packs of before and after a loss both hold, by both verifiers: the later says what was lost, and whose word that is; of the earlier what is lost is told', async () => {
  const workplace = await openTestWorkplace()
  const { approver: actor, orchestrator, record, admin } = workplace
  const { project, version } = await tellStory(workplace)
  const wish = { actor, signer: actor.signer, project, version }
  const copy = join(workplace.folder, 'copy.db')
  workplace.db.prepare('VACUUM INTO ?').run(copy)
  const left = workplace.ledger.size
  record(orchestrator, 'orchestrator.stopped', { reason: 'test' })
  const before = await workplace.evidence.export(wish)
  const signed = workplace.ledger.size
  const short = continueShort(workplace, copy)
  const after = await short.evidence.export(wish)
  expect([before.id, after.id]).toEqual(['credit-score-v1-1', 'credit-score-v1-2'])
  const firstKey = short.ledger.verifierKeys()[0]?.text ?? ''

  const loss = { entry: left, predecessor: workplace.ledger.origin, origin: short.ledger.presentOrigin, signed, isProved: true, by: admin.signer.name, reason: 'the disk broke', orchestratorKey: null }
  expect(describeLosses(short.ledger)).toEqual([loss])
  expect(await short.evidence.verify(after.id)).toMatchObject({ ok: true, losses: [loss], proved: expect.arrayContaining(['log-key-pinned']) as string[], notProved: expect.arrayContaining(['nothing-lost']) as string[] })
  const readByPython = (pack: string) => JSON.parse(spawnSync(PYTHON, [join(pack, 'verify.py'), pack, '--json', '--key', firstKey], { encoding: 'utf8' }).stdout) as unknown
  expect(readByPython(after.folder)).toMatchObject({ ok: true, findings: [], losses: [loss] })
  expect(readByPython(before.folder)).toMatchObject({ ok: true, findings: [], losses: [], treeSize: signed - 1 })

  for (const [path, lostIn] of [[before.zip, left], [before.folder, left], [after.zip, null]] as const) {
    const check = await checkPack(findInstallation(), path, firstKey)
    expect(check).toMatchObject({ holds: true })
    const result = await verifyLedger(copy, { anchors: [check.checkpoint ?? ''], pinned: [firstKey] })
    if (!result.ok) throw new Error(result.damage.message)
    expect(result.anchors).toMatchObject([{ lostIn }])
    expect(describePack(check, { ok: true, against: [...result.anchors] })[0]).toContain(lostIn === null ? 'is the one at its position here' : `entries ${left} to ${signed - 2}, which this ledger lost`)
  }
})
