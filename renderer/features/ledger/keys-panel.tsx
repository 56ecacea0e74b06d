import { useState } from 'react'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, BodyColumn, Button, type Column, CopyButton, Panel, Table, Unread } from '../../design/index.ts'
import { EntryLink, peopleList, useMay } from '../../state/index.ts'
import { describeKey, describeModelKey, type DescribedKey } from './key-owners.ts'
import { keyList, modelKeyList } from './ledger-resources.ts'
import styles from './ledger.module.css'
import { RotateKeyDialog, type RotatedKey, type WorkplaceKey } from './rotate-key-dialog.tsx'

const text = words.keys

const COLUMNS: readonly Column<DescribedKey>[] = [
  { id: 'owner', header: text.owner, look: 'strong', text: ({ owner }) => owner, cell: ({ owner }) => owner },
  { id: 'id', header: text.fingerprint, look: 'mono', width: '112px', text: ({ id }) => id, cell: ({ id }) => id },
  { id: 'from', header: text.from, align: 'end', width: '112px', text: ({ from }) => String(from), cell: ({ from }) => <EntryLink seq={from} /> },
  {
    id: 'until',
    header: text.until,
    align: 'end',
    width: '112px',
    text: ({ last }) => (last === null ? text.now : String(last)),
    cell: ({ last }) => (last === null ? text.now : <EntryLink seq={last} />),
  },
  { id: 'copy', header: text.copy, isHeaderHidden: true, align: 'end', width: '48px', cell: ({ key }) => <CopyButton text={key} label={text.copy} /> },
]

/** The keys of the ledger in order of appearance: the log's, the orchestrator's, those of people; then those that sign models. */
export function KeysPanel() {
  const { value, error, reload } = keyList.use('keys')
  const { value: modelKeys, error: modelKeysError, reload: reloadModelKeys } = modelKeyList.use('keys')
  const { value: people } = peopleList.use('people')
  const mayRotate = useMay('keys.manage')
  const [rotating, setRotating] = useState<WorkplaceKey | null>(null)
  const [rotated, setRotated] = useState<RotatedKey | null>(null)
  if (!value || !modelKeys) {
    const retry = () => {
      reload()
      reloadModelKeys()
    }
    return (
      <Panel title={text.title} isTitleHidden>
        <Unread title={text.failed} error={error ?? modelKeysError} onRetry={retry} loading={text.loading} lines={8} />
      </Panel>
    )
  }
  const rows = [...value.keys.map((each) => describeKey(each, people ?? [])), ...modelKeys.map(describeModelKey)]
  const acts = (
    <>
      <Button size="small" icon="key" onPress={() => setRotating('log')}>
        {text.rotateLog}
      </Button>
      <Button size="small" icon="key" onPress={() => setRotating('orchestrator')}>
        {text.rotateOrchestrator}
      </Button>
      {modelKeys.length > 0 && (
        <Button size="small" icon="key" onPress={() => setRotating('registry')}>
          {text.rotateRegistry}
        </Button>
      )}
    </>
  )
  return (
    <BodyColumn>
      {rotated && <Rotated rotated={rotated} />}
      <Panel title={text.title} meta={text.count(rows.length)} {...(mayRotate ? { actions: acts } : {})} isFlush foot={mayRotate ? text.text : `${text.text} ${text.mayNotRotate}`}>
        <Table label={text.title} columns={COLUMNS} rows={rows} keyOf={({ key, owner }) => `${owner} ${key}`} />
      </Panel>
      <RotateKeyDialog rotating={rotating} onClose={() => setRotating(null)} onRotated={setRotated} />
    </BodyColumn>
  )
}

/** The new key, and who has to be told of it. */
function Rotated({ rotated: { of, key, entry } }: { readonly rotated: RotatedKey }) {
  return (
    <Banner kind="success" title={text.rotated[of]}>
      {text.rotatedEntry} <EntryLink seq={entry} />.{' '}
      {of === 'registry' && (
        <>
          {text.rotatedRegistry} <CopyButton text={key} label={text.copy} />
        </>
      )}
      {of === 'log' && (
        <>
          {text.rotatedWitness} <code className={styles.fingerprint}>{key}</code> <CopyButton text={key} label={text.copy} />
        </>
      )}
    </Banner>
  )
}
