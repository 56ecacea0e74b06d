import { useState } from 'react'
import type { RecordedStamp, TimestampRequestFile } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, Button, type Column, EmptyState, FileButton, Hash, Panel, Row, Table, Unread, saveText } from '../../design/index.ts'
import { EntryLink, formatCount, formatTime, rootHex, useAction, useApi, useMay } from '../../state/index.ts'
import { readBase64, saveBase64 } from './files.ts'
import { stampList } from './ledger-resources.ts'

const text = words.stamps

/** What was done last: a request was saved, or an answer taken in. */
type Done = { readonly kind: 'requested'; readonly file: TimestampRequestFile } | { readonly kind: 'recorded'; readonly stamp: RecordedStamp }

/** When others saw the ledger, by their clocks, and the files that go to and fro. `size` is that of the ledger. */
export function TimeStampsPanel({ size }: { readonly size: number }) {
  const api = useApi()
  const { value, error, reload } = stampList.use('stamps')
  const mayAnchor = useMay('ledger.anchor')
  const [done, setDone] = useState<Done | null>(null)
  const ask = useAction(async () => {
    setDone(null)
    const file = await api.call('timestamps.request', {})
    saveBase64(`checkpoint-${file.size}.tsq`, file.request)
    setDone({ kind: 'requested', file })
  })
  const takeIn = useAction(async (file: File) => {
    setDone(null)
    setDone({ kind: 'recorded', stamp: await api.call('timestamps.import', { response: await readBase64(file) }) })
    reload()
  })
  if (!value) {
    return (
      <Panel title={text.title} isTitleHidden>
        <Unread title={text.failed} error={error} onRetry={reload} loading={text.loading} lines={6} />
      </Panel>
    )
  }
  const failure = ask.failure ?? takeIn.failure
  const counts = value.authorities.some(({ removedEntry }) => removedEntry === null)
  const acts = (
    <>
      <FileButton size="small" icon="upload" isBusy={takeIn.isBusy} onFile={takeIn.start}>
        {text.import}
      </FileButton>
      <Button size="small" icon="send" isBusy={ask.isBusy} onPress={ask.start}>
        {text.ask}
      </Button>
    </>
  )
  return (
    <>
      {failure && <Banner kind="failure" title={failure.message} />}
      {done !== null && <DoneBanner done={done} />}
      <Panel title={text.title} {...(mayAnchor && counts ? { actions: acts } : {})} isFlush foot={mayAnchor ? text.text : `${text.text} ${text.mayNot}`}>
        {value.timestamps.length === 0 ? (
          <EmptyState icon="clock" title={text.empty}>
            {counts ? text.emptyText : text.emptyNoAuthority}
          </EmptyState>
        ) : (
          <Table label={text.title} columns={columnsFor(size)} rows={value.timestamps} keyOf={({ entry }) => String(entry)} />
        )}
      </Panel>
    </>
  )
}

function DoneBanner({ done }: { readonly done: Done }) {
  if (done.kind === 'recorded') return <Banner kind="success" title={text.recorded(formatCount(done.stamp.size), formatTime(done.stamp.time))} />
  const { size, checkpoint } = done.file
  return (
    <Banner
      kind="success"
      title={text.requested(formatCount(size))}
      aside={
        // A browser asks before it takes a second file for one press.
        <Button size="small" icon="download" onPress={() => saveText(`checkpoint-${size}.tsq.checkpoint`, checkpoint)}>
          {text.saveCheckpoint}
        </Button>
      }
    >
      {text.requestedText}
    </Banner>
  )
}

function columnsFor(size: number): readonly Column<RecordedStamp>[] {
  return [
    { id: 'time', header: text.time, look: 'strong', text: ({ time }) => time, cell: ({ time }) => formatTime(time) },
    {
      id: 'covers',
      header: text.covers,
      text: (stamp) => String(stamp.size),
      cell: (stamp) => (
        <Row>
          {formatCount(stamp.size)}
          <Hash value={rootHex(stamp.root)} />
        </Row>
      ),
    },
    { id: 'since', header: text.since, look: 'dim', text: (stamp) => String(size - stamp.size), cell: (stamp) => words.witnesses.behind(formatCount(size - stamp.size)) },
    { id: 'authority', header: text.authority, look: 'dim', text: ({ authority }) => authority, cell: ({ authority }) => authority },
    { id: 'entry', header: text.entry, align: 'end', width: '112px', text: ({ entry }) => String(entry), cell: ({ entry }) => <EntryLink seq={entry} /> },
  ]
}
