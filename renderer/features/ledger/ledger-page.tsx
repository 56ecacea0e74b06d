import { useEffect, useMemo, useState } from 'react'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Body, BodyColumn, Button, IconButton, Menu, Panel, Segmented, Stack, Text, Unread, useCopied, ViewBar, saveText } from '../../design/index.ts'
import { formatAddress, formatCount, ledgerState, navigate, type LedgerPart } from '../../state/index.ts'
import { AuthoritiesPanel } from './authorities-panel.tsx'
import { BackupsView } from './backups-view.tsx'
import { EntryPanel } from './entry-panel.tsx'
import { EntryTable } from './entry-table.tsx'
import { FIRST_FILTER, NO_FILTER, type EntryFilter } from './entry-pages.ts'
import styles from './ledger.module.css'
import { LedgerFilters } from './ledger-filters.tsx'
import { KeptPanel } from './kept-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { entryDetail, histogram } from './ledger-resources.ts'
import { TimeStampsPanel } from './time-stamps-panel.tsx'
import { TimeBrush, TimeBrushSpace } from './time-brush.tsx'
import { barStart, barWidth, entriesIn, type BarRange, type SeqRange } from './time-buckets.ts'
import { formatMoment } from './time-labels.ts'
import { useVerify } from './use-verify.ts'
import { LossBanners } from './loss-banners.tsx'
import { verifyWays } from './verify-ways.ts'
import { VerificationBanner } from './verification-banner.tsx'
import { WitnessesPanel } from './witnesses-panel.tsx'

export interface LedgerPageProps {
  /** The entry whose detail is open. */
  readonly seq?: number | undefined
  /** What is shown in place of the entries. */
  readonly part?: LedgerPart | undefined
}

const PARTS = [
  { id: 'entries', label: words.entries, icon: 'list' },
  { id: 'anchors', label: words.anchors.title, icon: 'link' },
  { id: 'backups', label: backupMessages.title, icon: 'disk' },
  { id: 'keys', label: words.keys.title, icon: 'key' },
] as const

/** Choosing a row names it in the address without filling the history: the page before is one step back. */
function choose(seq: number | undefined): void {
  location.replace(formatAddress({ page: 'ledger', seq }))
}

/** All that is recorded, newest first, and the proof of each. */
export function LedgerPage({ seq, part }: LedgerPageProps) {
  const { value: state, error, reload } = ledgerState.use('ledger')
  const verifying = useVerify(reload)
  const [isCopied, copy] = useCopied()
  useEffect(() => () => entryDetail.clear(), [])
  if (state === undefined) {
    return (
      <>
        <ViewBar title={words.title} />
        <Body>
          <Panel title={words.entries} isTitleHidden>
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={14} />
          </Panel>
        </Body>
      </>
    )
  }
  return (
    <>
      <ViewBar
        title={words.title}
        meta={
          <>
            <Segmented
              label={words.parts}
              segments={PARTS}
              value={part ?? 'entries'}
              onChange={(id) => navigate({ page: 'ledger', ...(id === 'entries' ? {} : { part: id }) })}
            />
            <Text size="small" tone="faint" isMono isCut title={state.origin}>
              {words.origin(state.origin)}
            </Text>
          </>
        }
        actions={
          <>
            <Button icon={isCopied ? 'check' : 'copy'} onPress={() => copy(state.checkpoint)}>
              {isCopied ? everywhereMessages.copied : words.copyCheckpoint}
            </Button>
            <Button icon="download" onPress={() => saveText(`checkpoint-${state.size}.txt`, state.checkpoint)}>
              {words.saveCheckpoint}
            </Button>
            <Button kind="primary" icon="evidence" isBusy={verifying.progress !== null} onPress={() => verifying.start('full')}>
              {state.verification === null ? words.verify : words.verifyAgain}
            </Button>
            <Menu
              label={words.ways}
              trigger={<IconButton icon="chevron-down" label={words.ways} isDisabled={verifying.progress !== null} />}
              entries={verifyWays(state)}
              onAction={verifying.start}
            />
          </>
        }
      />
      <Body className={seq === undefined && part !== 'anchors' && part !== 'backups' ? styles.list : styles.beside}>
        <Stack gap={3}>
          <VerificationBanner state={state} verifying={verifying} />
          <LossBanners losses={state.losses} />
        </Stack>
        {part === undefined && <Entries size={state.size} seq={seq ?? null} />}
        {part === 'anchors' && (
          <>
            <BodyColumn>
              <WitnessesPanel size={state.size} />
              <TimeStampsPanel size={state.size} />
            </BodyColumn>
            <BodyColumn>
              <KeptPanel />
              <AuthoritiesPanel />
            </BodyColumn>
          </>
        )}
        {part === 'backups' && <BackupsView />}
        {part === 'keys' && <KeysPanel />}
        {seq !== undefined && <EntryPanel key={seq} seq={seq} onClose={() => choose(undefined)} />}
      </Body>
    </>
  )
}

/** The list as of a size: what enters meanwhile is announced, and shown on request, so that nothing moves under the reader. */
function Entries({ size: newest, seq }: { readonly size: number; readonly seq: number | null }) {
  const [size, setSize] = useState(newest)
  const [filter, setFilter] = useState(FIRST_FILTER)
  const [bars, setBars] = useState<BarRange | null>(null)
  const settled = useSettled(filter)
  const { value: times, error: timesError } = histogram.use({ size })
  const range = useMemo<SeqRange>(() => {
    const chosen = bars === null || times === undefined ? { from: 0, until: size } : entriesIn(times, bars)
    return { from: Math.min(chosen.from, size), until: Math.min(chosen.until, size) }
  }, [bars, size, times])
  const span = times === undefined ? 0 : barWidth(times) * times.counts.length
  const time =
    bars === null || times === undefined
      ? null
      : words.timeRange(formatMoment(barStart(times, bars.first), span), formatMoment(barStart(times, bars.last + 1), span))
  return (
    <Panel title={words.entries} isTitleHidden isFlush>
      <LedgerFilters
        filter={filter}
        onFilter={setFilter}
        time={time}
        onClearTime={() => setBars(null)}
        onGoTo={(target) => {
          if (target < newest) choose(target)
        }}
      />
      {times ? <TimeBrush histogram={times} range={bars} onRange={setBars} /> : !timesError && <TimeBrushSpace />}
      <div className={styles.entries}>
        {newest > size && (
          <div className={styles.fresh}>
            <Button
              size="small"
              icon="arrow-up"
              onPress={() => {
                setSize(newest)
                setBars(null)
              }}
            >
              {words.newEntries(formatCount(newest - size))}
            </Button>
          </div>
        )}
        <EntryTable
          key={JSON.stringify([settled, range])}
          filter={settled}
          range={range}
          size={size}
          selected={seq}
          onSelect={choose}
          onClear={() => {
            setFilter(NO_FILTER)
            setBars(null)
          }}
        />
      </div>
    </Panel>
  )
}

/** Time without a further key after which typed words are looked for, in ms. */
const TYPING = 200

/** The filter once nothing more is typed; a choice holds at once. */
function useSettled(filter: EntryFilter): EntryFilter {
  const [text, setText] = useState(filter.text)
  useEffect(() => {
    const timer = setTimeout(() => setText(filter.text), TYPING)
    return () => clearTimeout(timer)
  }, [filter.text])
  return { ...filter, text: filter.text === '' ? '' : text }
}
