import { useState } from 'react'
import type { Witness } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import {
  Banner,
  Button,
  type Column,
  EmptyState,
  FileButton,
  Hash,
  IconButton,
  Link,
  Menu,
  Panel,
  Row,
  Table,
  Text,
  Unread,
  saveText,
} from '../../design/index.ts'
import { EntryLink, formatAddress, formatCount, formatTime, rootHex, useAction, useApi, useMay, witnessList } from '../../state/index.ts'
import { AddWitnessDialog } from './add-witness-dialog.tsx'
import { RemoveWitnessDialog } from './remove-witness-dialog.tsx'

const text = words.witnesses

/** Who holds the ledger to its word elsewhere, and the files that go to and fro. */
export function WitnessesPanel({ size }: { readonly size: number }) {
  const api = useApi()
  const { value, error, reload } = witnessList.use('witnesses')
  const mayAnchor = useMay('ledger.anchor')
  const [isAdding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<string | null>(null)
  const [done, setDone] = useState<string | null>(null)
  /** Why nothing is recorded any more. */
  const [over, setOver] = useState<string | null>(null)
  const ask = useAction(async (name: string) => {
    const made = await api.call('witnesses.request', { name })
    saveText(`request-${name}-${made.size}.txt`, made.request)
    setDone(text.requested(name, formatCount(made.size)))
  })
  const takeIn = useAction(async (file: File) => {
    setDone(null)
    const taken = await api.call('witnesses.import', { text: await file.text() })
    // A conflict stands above the list for good, once it is read again.
    if (taken.outcome === 'cosigned') setDone(text.cosigned(taken.witness, formatCount(taken.size)))
    if (taken.outcome === 'ahead') setOver(text.ahead(taken.witness, formatCount(taken.missing)))
    if (taken.outcome === 'conflict' && taken.isOver) setOver(text.over(taken.witness, formatCount(taken.size)))
    reload()
  })
  if (!value) {
    return (
      <Panel title={text.title} isTitleHidden>
        <Unread title={text.failed} error={error} onRetry={reload} loading={text.loading} lines={8} />
      </Panel>
    )
  }
  const failure = ask.failure ?? takeIn.failure
  const acts = (
    <>
      <FileButton size="small" icon="upload" isBusy={takeIn.isBusy} onFile={takeIn.start}>
        {text.import}
      </FileButton>
      <Button size="small" icon="plus" onPress={() => setAdding(true)}>
        {text.add}
      </Button>
    </>
  )
  return (
    <>
      {over !== null && <Banner kind="failure" title={text.stopped}>{over}</Banner>}
      {failure ? <Banner kind="failure" title={failure.message} /> : done !== null && <Banner kind="success" title={done} />}
      {value.conflicts.map(({ entry, name, size: foreign }) => (
        <Banner key={entry} kind="failure" title={text.conflict(name)}>
          {text.conflictText(formatCount(foreign))} <Link href={formatAddress({ page: 'ledger', seq: entry })}>{text.openConflict(formatCount(entry))}</Link>
        </Banner>
      ))}
      <Panel title={text.title} {...(mayAnchor ? { actions: acts } : {})} isFlush foot={mayAnchor ? text.text : `${text.text} ${text.mayNotAnchor}`}>
        {value.witnesses.length === 0 ? (
          <EmptyState icon="eye" title={text.empty}>
            {text.emptyText}
          </EmptyState>
        ) : (
          <Table
            label={text.title}
            columns={columnsOf(size, mayAnchor ? { onAsk: ask.start, onRemove: setRemoving } : null)}
            rows={value.witnesses}
            keyOf={({ key }) => key}
          />
        )}
      </Panel>
      <AddWitnessDialog isOpen={isAdding} onClose={() => setAdding(false)} onAdded={reload} />
      <RemoveWitnessDialog name={removing} onClose={() => setRemoving(null)} onRemoved={reload} />
    </>
  )
}

interface Acts {
  readonly onAsk: (name: string) => void
  readonly onRemove: (name: string) => void
}

/** Columns for a ledger of `size` entries; without acts for who may only look. */
function columnsOf(size: number, acts: Acts | null): readonly Column<Witness>[] {
  const columns: Column<Witness>[] = [
    {
      id: 'name',
      header: text.name,
      look: 'strong',
      text: ({ name }) => name,
      cell: ({ name, removedEntry }) => (
        <Row>
          {name}
          {removedEntry !== null && (
            <Text size="small" tone="faint">
              {text.removed(formatCount(removedEntry))}
            </Text>
          )}
        </Row>
      ),
    },
    {
      id: 'last',
      header: text.last,
      text: ({ last }) => (last === null ? text.never : String(last.size)),
      cell: ({ last }) =>
        last === null ? (
          <Text tone="faint">{text.never}</Text>
        ) : (
          <Row>
            {formatCount(last.size)}
            <Hash value={rootHex(last.root)} />
            <Text size="small" tone="faint">
              {formatTime(last.time)}
            </Text>
          </Row>
        ),
    },
    {
      id: 'behind',
      header: text.since,
      look: 'dim',
      text: ({ last }) => (last === null ? '' : String(size - last.size)),
      cell: ({ last }) => last !== null && text.behind(formatCount(size - last.size)),
    },
    { id: 'key', header: text.key, look: 'dim', text: ({ key }) => key, cell: ({ key }) => <Hash value={key.split('+')[1] ?? ''} isCopyable copyLabel={text.key} /> },
    { id: 'known', header: text.known, align: 'end', width: '112px', text: ({ addedEntry }) => String(addedEntry), cell: ({ addedEntry }) => <EntryLink seq={addedEntry} /> },
  ]
  if (acts === null) return columns
  const actColumn: Column<Witness> = {
    id: 'acts',
    header: text.acts(''),
    isHeaderHidden: true,
    align: 'end',
    width: '48px',
    cell: ({ name, removedEntry }) =>
      removedEntry === null && (
        <Menu
          label={text.acts(name)}
          trigger={<IconButton icon="more" label={text.acts(name)} size="small" />}
          entries={[
            { id: 'ask', label: text.ask, icon: 'send' },
            { id: 'remove', label: text.remove, icon: 'circle-x', isDanger: true },
          ]}
          onAction={(act) => (act === 'ask' ? acts.onAsk(name) : acts.onRemove(name))}
        />
      ),
  }
  return [...columns, actColumn]
}
