import type { ReactNode } from 'react'
import type { LedgerState, VerificationMode, Witness } from '../../../shared/contract/index.ts'
import { describeDamage } from '../../../shared/messages/entries.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, Figures, Hash, Link, Text } from '../../design/index.ts'
import { formatAddress, formatCount, formatDuration, formatTime, rootHex, witnessesAgreeing, witnessList, type LongTask } from '../../state/index.ts'
import { TaskProgress } from './task-progress.tsx'

const TITLES = { full: words.verified, resume: words.verifiedOn, 'since-last': words.verifiedNew }

/** What is known about the whole ledger: the last verification of this orchestrator, or the one under way, and its figures. */
export function VerificationBanner({ state, verifying }: { readonly state: LedgerState; readonly verifying: LongTask<[VerificationMode]> }) {
  const figures = <LedgerFigures state={state} />
  const { progress, failure } = verifying
  if (progress) return <TaskProgress label={words.verifying} task={verifying} />
  if (failure) {
    return (
      <Banner kind={failure.code === 'cancelled' ? 'note' : 'failure'} title={words.verifyFailed} aside={figures}>
        {failure.code === 'cancelled' ? words.verifyCancelled : failure.message}
        {state.remembered.stopped !== null && ` ${words.verifyStopped(formatCount(state.remembered.stopped.size))}`}
      </Banner>
    )
  }
  const last = state.verification
  if (!last) {
    return (
      <Banner kind="note" title={words.notVerified} aside={figures}>
        {words.notVerifiedText}
      </Banner>
    )
  }
  if (last.firstBad || !last.ok) {
    const seq = last.firstBad?.seq ?? null
    return (
      <Banner kind="failure" title={seq === null ? words.damagedWhole : words.damaged(formatCount(seq))} aside={figures}>
        {last.firstBad && <Text size="small" weight="medium">{`${words.damageKind} ${describeDamage(last.firstBad.kind)}. `}</Text>}
        {words.damagedText(last.firstBad?.message ?? '')}{' '}
        {seq !== null && <Link href={formatAddress({ page: 'ledger', seq })}>{words.openDamaged(formatCount(seq))}</Link>}
      </Banner>
    )
  }
  const since = state.size - last.size
  const parts: ReactNode[] = [
    words.verifiedText(formatCount(last.entries), formatCount(last.checkpoints), formatDuration(last.durationMs), formatTime(last.at)),
    last.since !== null && ` ${words.notReadNow(formatCount(last.since.size), formatTime(last.since.at))}`,
    since > 0 && ` ${words.verifiedSince(formatCount(since))}`,
  ]
  return (
    <Banner kind="success" icon="evidence" title={state.losses.length > 0 && last.mode !== 'since-last' ? words.verifiedWhatIsLeft : TITLES[last.mode]} aside={figures}>
      {parts}
    </Banner>
  )
}

function LedgerFigures({ state }: { readonly state: LedgerState }) {
  const { value } = witnessList.use('witnesses')
  return (
    <Figures
      figures={[
        { label: words.treeSize, value: formatCount(state.size) },
        { label: words.root, value: <Hash value={rootHex(state.root)} isCopyable /> },
        { label: words.checkpoint, value: state.checkpointAt === null ? words.noCheckpoint : formatTime(state.checkpointAt) },
        { label: words.witnesses.title, value: value === undefined ? '' : describeWitnesses(value.witnesses) },
      ]}
    />
  )
}

function describeWitnesses(witnesses: readonly Witness[]): string {
  const { agreeing, known, newest } = witnessesAgreeing(witnesses)
  return known === 0 ? words.witnesses.none : words.witnesses.figure(agreeing, known, newest === null ? null : formatTime(newest))
}
