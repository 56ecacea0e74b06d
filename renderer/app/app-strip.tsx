import { useEffect, useSyncExternalStore } from 'react'
import type { LedgerState, MachineState, RequestError, Witness } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { TrustStrip, type TrustFact } from '../design/index.ts'
import { formatAddress, formatCount, formatDay, formatRecent, ledgerState, machineState, witnessesAgreeing, witnessList } from '../state/index.ts'

const words = appMessages.trust
/** How often the figures of the machine are read again while nothing else says that they changed. */
const MACHINE_INTERVAL_MS = 15_000
const MINUTE_MS = 60_000

/** What can be trusted, at the bottom of every view. */
export function AppStrip() {
  const ledger = ledgerState.use('ledger')
  const witnesses = witnessList.use('witnesses')
  const machine = machineState.use('machine')
  const { reload } = machine
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, MACHINE_INTERVAL_MS)
    return () => clearInterval(timer)
    // The reading is the same at each rendering.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const minute = useMinute()
  const facts = [...describeLedger(ledger.value, ledger.error), ...describeWitnesses(witnesses.value?.witnesses ?? []), ...describeOutside(machine.value)]
  return <TrustStrip label={words.label} facts={facts} more={[...describeMachine(machine.value), { id: 'date', icon: 'calendar', text: describeNow(minute), leaves: 'narrow' }]} />
}

/** The ledger's size and what the last verification found, no more than it found. */
export function describeLedger(state: LedgerState | undefined, error: RequestError | undefined): TrustFact[] {
  const href = formatAddress({ page: 'ledger' })
  if (error?.code === 'not-permitted') return [{ id: 'ledger', icon: 'ledger', text: words.notYours }]
  if (!state) return [{ id: 'ledger', icon: 'ledger', text: error ? words.unknown : words.reading, href, ...(error ? { tone: 'warning' as const } : {}) }]
  const checkpoint: TrustFact = { id: 'checkpoint', icon: 'clock', text: state.checkpointAt === null ? words.noCheckpoint : words.checkpoint(formatRecent(state.checkpointAt)), leaves: 'small' }
  return [{ id: 'ledger', href, ...describeVerification(state) }, ...describeLosses(state), checkpoint]
}

function describeVerification({ size, verification }: LedgerState): Pick<TrustFact, 'icon' | 'text' | 'tone' | 'href'> {
  if (!verification) return { icon: 'ledger', text: words.unverified(formatCount(size)) }
  if (!verification.ok) {
    const seq = verification.firstBad?.seq ?? null
    if (seq === null) return { icon: 'alert', tone: 'danger', text: words.badLedger }
    return { icon: 'alert', tone: 'danger', text: words.badEntry(formatCount(seq)), href: formatAddress({ page: 'ledger', seq }) }
  }
  const time = formatRecent(verification.at).replace(/:\d\d$/, '')
  if (verification.mode === 'since-last') return { icon: 'evidence', tone: 'success', text: words.verifiedNew(formatCount(size), formatCount(verification.since?.size ?? 0), time) }
  if (verification.size < size) return { icon: 'evidence', tone: 'success', text: words.verifiedPart(formatCount(size), formatCount(verification.size), time) }
  return { icon: 'evidence', tone: 'success', text: words.verified(formatCount(size), time) }
}

/** That entries were lost, which no verification makes good. */
function describeLosses({ losses }: LedgerState): TrustFact[] {
  const last = losses.at(-1)
  if (last === undefined) return []
  return [{ id: 'losses', icon: 'alert', tone: 'warning', text: words.lost(losses.length), href: formatAddress({ page: 'ledger', seq: last.entry }) }]
}

function describeWitnesses(witnesses: readonly Witness[]): TrustFact[] {
  const { agreeing, known } = witnessesAgreeing(witnesses)
  if (known === 0) return []
  return [{ id: 'witnesses', icon: 'eye', text: words.witnesses(agreeing, known), href: formatAddress({ page: 'ledger', part: 'anchors' }), leaves: 'narrow' }]
}

function describeOutside(machine: MachineState | undefined): TrustFact[] {
  if (!machine) return []
  const { outsideConnections } = machine
  if (outsideConnections === null) return [{ id: 'outside', icon: 'link', text: words.outsideUnknown }]
  return [{ id: 'outside', icon: outsideConnections === 0 ? 'offline' : 'link', text: words.outside(outsideConnections), ...(outsideConnections > 0 ? { tone: 'warning' as const } : {}) }]
}

function describeMachine(machine: MachineState | undefined): TrustFact[] {
  if (!machine) return []
  return [
    { id: 'machine', icon: 'machine', text: `${words.cpus(machine.cpusBusy, machine.cpus)}, ${words.gpus(machine.gpus.length)}` },
    { id: 'continues', icon: 'terminal', text: words.continues },
  ]
}

function describeNow(minute: number): string {
  const now = new Date(minute * MINUTE_MS)
  return `${formatDay(now.toISOString())}, ${now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}

function useMinute(): number {
  return useSyncExternalStore(
    (changed) => {
      const timer = setInterval(changed, 1000)
      return () => clearInterval(timer)
    },
    () => Math.floor(Date.now() / MINUTE_MS),
  )
}
