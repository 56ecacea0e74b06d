import { useMemo } from 'react'
import type { LedgerEntryDetail } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import {
  CopyButton,
  Hash,
  Icon,
  IconButton,
  KeyValue,
  Panel,
  PanelSection,
  Tag,
  Text,
  Unread,
  saveText,
} from '../../design/index.ts'
import { formatCount, formatTime, keyName, rootHex } from '../../state/index.ts'
import { InclusionProof } from './inclusion-proof.tsx'
import { jsonTokens } from './json-tokens.ts'
import styles from './ledger.module.css'
import { entryDetail } from './ledger-resources.ts'

export interface EntryPanelProps {
  readonly seq: number
  readonly onClose: () => void
}

/** One entry: what was signed, by whom, and the proof that it is in the tree. */
export function EntryPanel({ seq, onClose }: EntryPanelProps) {
  const { value: detail, error, reload } = entryDetail.use(seq)
  const title = words.entryTitle(formatCount(seq))
  const close = { label: words.close, onClose }
  if (detail === undefined) {
    return (
      <Panel title={title} close={close}>
        <Unread title={words.entryFailed(formatCount(seq))} error={error} onRetry={reload} loading={words.loading} lines={10} />
      </Panel>
    )
  }
  return (
    <Panel
      title={title}
      meta={<Tag state={detail.included ? 'succeeded' : 'failed'}>{detail.included ? words.included : words.notIncluded}</Tag>}
      actions={
        <>
          <CopyButton text={detail.raw} label={words.copyEnvelope} />
          <IconButton icon="file" label={words.saveEnvelope} size="small" onPress={() => saveText(`entry-${seq}.dsse.json`, detail.raw)} />
          <IconButton
            icon="download"
            label={words.saveProof}
            size="small"
            onPress={() => saveText(`entry-${seq}.tlog-proof`, detail.proofFile)}
          />
        </>
      }
      close={close}
      foot={
        <span className={styles.verdict} data-holds={detail.included}>
          <Icon name={detail.included ? 'check' : 'alert'} size="small" />
          {detail.included ? words.rootHolds(formatCount(detail.proof.size)) : words.rootFails}
        </span>
      }
      isFlush
    >
      <PanelSection>
        <Facts detail={detail} />
      </PanelSection>
      <Payload detail={detail} />
      <PanelSection title={words.proof} meta={words.proofMeta(detail.proof.hashes.length)}>
        {detail.proof.hashes.length === 0 && (
          <Text size="small" tone="dim">
            {words.proofAlone}
          </Text>
        )}
        <InclusionProof proof={detail.proof} />
      </PanelSection>
    </Panel>
  )
}

/** Subjects shown beside the other facts; all of them stand in what was signed. */
const SUBJECTS = 2

function Facts({ detail }: { readonly detail: LedgerEntryDetail }) {
  const seen = seenTree(detail.payload)
  return (
    <KeyValue
      pairs={[
        { label: words.action, value: detail.action, isMono: true },
        {
          label: words.signedBy,
          value: (
            <>
              {detail.signedBy} <span className={styles.keyId}>{keyName(detail.keyId)}</span>
            </>
          ),
        },
        { label: words.time, value: formatTime(detail.time) },
        ...detail.subject.slice(0, SUBJECTS).map(({ name, digest }, index) => ({
          label: index === 0 ? words.subject : `${words.subject} ${index + 1}`,
          value: (
            <>
              {name} <Hash value={digest.sha256} isCopyable />
            </>
          ),
        })),
        ...(detail.subject.length > SUBJECTS ? [{ label: '', value: words.moreSubjects(detail.subject.length - SUBJECTS) }] : []),
        ...(seen === null
          ? []
          : [{ label: words.seen, value: words.tree(formatCount(seen.size), rootHex(seen.root).slice(0, 8)), isMono: true }]),
        { label: words.leaf, value: <Hash value={detail.leafHash} isCopyable /> },
      ]}
    />
  )
}

/** The tree that the signer had seen, from the signed payload. */
function seenTree({ seen }: LedgerEntryDetail['payload']): { size: number; root: string } | null {
  if (typeof seen !== 'object' || seen === null || !('size' in seen) || !('root' in seen)) return null
  return typeof seen.size === 'number' && typeof seen.root === 'string' ? { size: seen.size, root: seen.root } : null
}

function Payload({ detail: { seq, payload } }: { readonly detail: LedgerEntryDetail }) {
  const tokens = useMemo(() => jsonTokens(JSON.stringify(payload, null, 2)), [payload])
  return (
    <pre className={styles.json} role="group" aria-label={words.payload(formatCount(seq))} tabIndex={0}>
      <code>
        {tokens.map(({ kind, text }, index) => (
          <span key={index} className={styles[kind]}>
            {text}
          </span>
        ))}
      </code>
    </pre>
  )
}
