import { useState } from 'react'
import type { LedgerLoss, Pack, ResultOf } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Banner, Button, Hash, KeyValue, Row, Text } from '../../design/index.ts'
import { EntryLink, formatBytes, formatCount, formatTime, useAction, useApi } from '../../state/index.ts'
import { CopyPath } from './copy-path.tsx'
import styles from './evidence.module.css'
import { nameOutcome } from './kind-words.ts'

/** One exported pack: where it lies, what its own verifier says, and its report. */
export function PackItem({ pack, onReport }: { readonly pack: Pack; readonly onReport: (pack: Pack) => void }) {
  return (
    <article aria-label={words.packOf(pack.model, pack.version)} className={styles.pack}>
      <div className={styles.spread}>
        <Text weight="medium">{words.packOf(pack.model, pack.version)}</Text>
        <EntryLink seq={pack.entry} />
      </div>
      <Text size="small" tone="dim">
        {words.packLine(formatTime(pack.createdAt), pack.by)}
      </Text>
      <Text size="small" tone="faint">
        {words.packHolds(formatCount(pack.entries), formatCount(pack.treeSize), formatBytes(pack.zipBytes))}
      </Text>
      <KeyValue
        pairs={[
          { label: words.zip, value: <CopyPath path={pack.zip} name={words.zip} />, isMono: true },
          { label: words.folder, value: <CopyPath path={pack.folder} name={words.folder} />, isMono: true },
          { label: words.manifest, value: <Hash value={pack.manifest} isCopyable /> },
        ]}
      />
      <PackActs pack={pack} onReport={onReport} />
    </article>
  )
}

/** Opens the report, or runs the verifier that lies in the pack and shows what it proved and what it cannot. */
export function PackActs({ pack, onReport }: { readonly pack: Pack; readonly onReport: (pack: Pack) => void }) {
  const api = useApi()
  const [result, setResult] = useState<ResultOf<'evidence.verify'> | null>(null)
  const { start: verify, isBusy, failure } = useAction(async () => {
    setResult(await api.call('evidence.verify', { pack: pack.id }))
  })
  return (
    <>
      <Row>
        <Button size="small" icon="document" onPress={() => onReport(pack)}>
          {words.openReport}
        </Button>
        <Button size="small" icon="evidence" isBusy={isBusy} onPress={verify}>
          {words.verify}
        </Button>
      </Row>
      {failure && <Banner kind="failure" title={failure.message} />}
      {result && (
        <>
          <Banner kind={result.ok ? 'success' : 'failure'} title={result.ok ? words.verified : words.notVerified}>
            {words.by(result.verifier)}
          </Banner>
          {result.findings.length > 0 && (
            <Lines title={words.findings} lines={result.findings.map(({ file, message }) => `${file}: ${message}`)} />
          )}
          <Lines title={words.lost} lines={result.losses.map(describeLoss)} />
          <Lines title={words.proved} lines={result.proved.map(nameOutcome)} />
          <Lines title={words.notProved} lines={result.notProved.map(nameOutcome)} />
        </>
      )}
    </>
  )
}

function describeLoss(loss: LedgerLoss): string {
  const { entry, signed } = loss
  const what = signed > entry ? words.lostEntries(formatCount(entry), formatCount(signed - 1)) : words.lostHistory(formatCount(signed))
  return words.lostLine(what, loss)
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null
  return (
    <div className={styles.lines}>
      <Text size="small" weight="medium">
        {title}
      </Text>
      <ul className={styles.bullets}>
        {lines.map((line, index) => (
          <li key={index}>{line}</li>
        ))}
      </ul>
    </div>
  )
}
