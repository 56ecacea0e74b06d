import type { LedgerState, Verification, VerificationMode } from '../../shared/contract/index.ts'
import { describeLosses, isDamage, LedgerError, parseCheckpoint, verifyLedger, type Ledger, type VerifiedPart, type VerifyOptions } from '../ledger/index.ts'
import { forgetVerified, readVerifiedMark, writeVerifiedMark } from './verified-mark.ts'
import type { Workplace } from './workplace.ts'

export interface VerificationWish {
  readonly mode: VerificationMode
  /** Checkpoints from elsewhere, as notes of this ledger's log key. */
  readonly against: readonly string[]
  /** Verifier keys that the ledger must have begun with. */
  readonly keys: readonly string[]
}

/** How often, in milliseconds, the beginning that was verified so far is kept. */
const KEEP_EVERY = 2_000

/**
 * Verifies the workplace's ledger: all of it, or what came after a part that is remembered to have been verified. Says which: where there is
 * no such part, it is all.
 */
export async function verifyWorkplace(workplace: Workplace, { mode, against, keys }: VerificationWish, options: Pick<VerifyOptions, 'signal' | 'onProgress'>): Promise<Verification> {
  const { db, ledger } = workplace.ready()
  const path = workplace.folder.verified
  const mark = readVerifiedMark(path)
  const remembered = mode === 'full' ? null : mode === 'resume' ? mark.stopped : mark.verified
  const after = remembered !== null && isOf(ledger, remembered) ? remembered : null
  const at = new Date().toISOString()
  const began = performance.now()
  let kept = began
  const keep = (part: VerifiedPart): void => {
    if (after !== null && mode === 'since-last') return
    if (performance.now() - kept < KEEP_EVERY) return
    kept = performance.now()
    writeVerifiedMark(path, { ...mark, stopped: { ...part, at: after?.at ?? at } })
  }
  const result = await verifyLedger(db.name, {
    ...options,
    program: workplace.installation.ledgerVerifier,
    // What this process knows to be signed: the file may have been cut since, with its checkpoints.
    anchors: [ledger.checkpoint(), ...against],
    pinned: keys,
    // A look at what is new costs what is new.
    pages: after === null || mode !== 'since-last',
    onVerified: keep,
    ...(after === null ? {} : { after }),
  })
  // That somebody holds another key says nothing of the entries.
  if (result.ok) writeVerifiedMark(path, { version: 2, verified: { ...result.verified, at }, stopped: mode === 'since-last' && after !== null ? mark.stopped : null })
  else if (result.damage.kind !== 'pinned-key-differs') forgetVerified(path)
  return {
    ok: result.ok,
    mode: after === null ? 'full' : mode,
    since: after === null ? null : { size: result.from, at: after.at },
    entries: result.size - result.from,
    checkpoints: result.checkpoints,
    size: result.size,
    losses: describeLosses(ledger),
    // The first is the ledger's own.
    against: result.ok ? [...result.anchors.slice(1)] : [],
    root: (result.ok ? parseCheckpoint(result.checkpoint).root : ledger.root).toString('base64'),
    durationMs: Math.round(performance.now() - began),
    at: new Date().toISOString(),
    firstBad: result.ok ? null : result.damage,
  }
}

/**
 * Records what a verification found to be damaged, unless that was the last thing that one found. The workplace goes on (docs/decisions/015): that this cannot be recorded
 * either takes nothing from what was found. Of a ledger that lacks what was signed after it nothing is recorded: it would stand where that stood (docs/decisions/011).
 */
export function recordDamage(workplace: Workplace, { firstBad }: Verification): void {
  if (firstBad?.seq === null || firstBad?.seq === undefined || firstBad.kind === 'truncated') return
  const { ledger, orchestrator } = workplace.ready()
  const detail = { seq: firstBad.seq, kind: firstBad.kind, message: firstBad.message }
  try {
    const [last] = ledger.rows({ action: 'ledger.damaged', limit: 1, descending: true })
    if (last !== undefined && !isDamage(last) && last.entry.detail.seq === detail.seq && last.entry.detail.kind === detail.kind) return
    ledger.commit((tx) => tx.append(orchestrator, { action: 'ledger.damaged', subject: [], detail }))
  } catch (error) {
    workplace.onFault(error)
  }
}

/** Where a verification may begin; what is not of this ledger is not offered. */
export function rememberedOf({ folder }: Workplace, ledger: Ledger): LedgerState['remembered'] {
  const { verified, stopped } = readVerifiedMark(folder.verified)
  const beginningOf = (part: typeof verified) => (part !== null && isOf(ledger, part) ? { size: parseCheckpoint(part.checkpoint).size, at: part.at } : null)
  return { verified: beginningOf(verified), stopped: beginningOf(stopped) }
}

/** Whether the log key signed the checkpoint up to which that part was verified. */
function isOf(ledger: Ledger, { checkpoint, keySeqs }: VerifiedPart): boolean {
  if (keySeqs[0] !== 0) return false
  try {
    // What was verified before entries were lost is not of what there is now.
    return ledger.relate(ledger.openCheckpoint(checkpoint)) !== 'lost'
  } catch (error) {
    if (error instanceof LedgerError) return false
    throw error
  }
}
