import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Verification, VerificationMode } from '../../shared/contract/index.ts'
import { verifyLedger, type VerifiedPart } from '../ledger/index.ts'
import { rememberedOf, verifyWorkplace } from './ledger-verification.ts'
import { openTestWorkplace } from './test-workplace.ts'
import { readVerifiedMark, writeVerifiedMark } from './verified-mark.ts'
import type { Workplace } from './workplace.ts'

describe('what is remembered of verifications', () => {
  let workplace: Workplace

  const verify = (mode: VerificationMode): Promise<Verification> => verifyWorkplace(workplace, { mode, against: [], keys: [] }, {})
  const size = (): number => workplace.ready().ledger.size
  const start = (): void => {
    const { ledger, orchestrator } = workplace.ready()
    ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.started', subject: [], detail: { software: 'a test', adopted: 0 } }))
  }
  const alter = (seq: number): void => {
    const { db } = workplace.ready()
    const trigger = `SELECT sql FROM sqlite_schema WHERE name = 'ledger_entries_update'`
    const sql = db.prepare<[], string>(trigger).pluck().get() ?? ''
    execFileSync('sqlite3', [workplace.folder.database, `DROP TRIGGER ledger_entries_update; UPDATE ledger_entries SET envelope = x'7b7d' WHERE seq = ${seq}; ${sql}`])
  }

  beforeEach(async () => {
    workplace = await openTestWorkplace()
    start()
  })
  afterEach(() => workplace.close())

  it('is nothing at first: then everything is read, and the answer says so', async () => {
    for (const mode of ['since-last', 'resume', 'full'] as const) {
      expect(await verify(mode)).toMatchObject({ ok: true, mode: 'full', since: null, entries: size() })
      writeFileSync(workplace.folder.verified, 'not readable')
    }
  })

  it('lets the next one read only what came since, which says since when', async () => {
    await verify('full')
    const before = size()
    const { at } = readVerifiedMark(workplace.folder.verified).verified ?? { at: '' }
    start()
    expect(await verify('since-last')).toMatchObject({ ok: true, mode: 'since-last', since: { size: before, at }, entries: 1, size: before + 1 })
    expect(await verify('since-last')).toMatchObject({ ok: true, mode: 'since-last', entries: 0 })
  })

  it('lets a full one that was stopped go on, and only that', async () => {
    const parts: VerifiedPart[] = []
    await verifyLedger(workplace.folder.database, { stretch: 3, onVerified: (part) => parts.push(part) })
    const [part] = parts
    if (part === undefined) throw new Error('the ledger has but one stretch')
    const stopped = { ...part, at: '2026-11-27T08:00:00.000Z' }
    writeVerifiedMark(workplace.folder.verified, { version: 2, verified: null, stopped })
    expect(rememberedOf(workplace, workplace.ready().ledger)).toEqual({ verified: null, stopped: { size: 3, at: stopped.at } })
    writeVerifiedMark(workplace.folder.verified, { version: 2, verified: null, stopped: { ...stopped, checkpoint: stopped.checkpoint.replace(/^3$/m, '2') } })
    expect(rememberedOf(workplace, workplace.ready().ledger)).toEqual({ verified: null, stopped: null })
    writeVerifiedMark(workplace.folder.verified, { version: 2, verified: null, stopped })
    expect(await verify('resume')).toMatchObject({ ok: true, mode: 'resume', since: { at: stopped.at }, size: size() })
    const { verified } = readVerifiedMark(workplace.folder.verified)
    expect(readVerifiedMark(workplace.folder.verified)).toMatchObject({ stopped: null })
    // What came since says nothing of the rest, which stays to be read.
    writeVerifiedMark(workplace.folder.verified, { version: 2, verified, stopped })
    expect(await verify('since-last')).toMatchObject({ ok: true, mode: 'since-last' })
    expect(readVerifiedMark(workplace.folder.verified)).toMatchObject({ stopped })
    expect(await verify('full')).toMatchObject({ ok: true })
    expect(readVerifiedMark(workplace.folder.verified)).toMatchObject({ stopped: null })
    expect(await verify('resume')).toMatchObject({ mode: 'full', since: null })
  })

  it('is forgotten once damage was found', async () => {
    await verify('full')
    alter(size() - 1)
    start()
    expect(await verify('since-last')).toMatchObject({ ok: true })
    expect(await verify('full')).toMatchObject({ ok: false, firstBad: { kind: 'entry-altered', seq: size() - 2 } })
    expect(existsSync(workplace.folder.verified)).toBe(false)
    expect(await verify('since-last')).toMatchObject({ ok: false, mode: 'full' })
  })

  it('is nothing where another log key has signed it', async () => {
    await verify('full')
    const other = await openTestWorkplace()
    await verifyWorkplace(other, { mode: 'full', against: [], keys: [] }, {})
    writeFileSync(workplace.folder.verified, readFileSync(other.folder.verified))
    await other.close()
    expect(await verify('since-last')).toMatchObject({ ok: true, mode: 'full', since: null })
  })
})
