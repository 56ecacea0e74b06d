import { useState } from 'react'
import type { Anchor } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, Button, FileButton, Panel, PanelSection, Progress, Row, Text } from '../../design/index.ts'
import { formatCount, formatTime, ledgerState, useAction, useApi, useLongTask, useMay } from '../../state/index.ts'
import { readBase64, saveBase64 } from './files.ts'

const text = words.anchors

/** What the ledger was compared with, and whether it continues it. */
interface Compared extends Anchor {
  readonly file: string
  readonly damage: string | null
  /** The entry that says that what it is of is lost; null where it is here. */
  readonly lostIn: number | null
}

/** Checkpoints that are kept on paper or in files out of reach: makes them, and holds the ledger to them. */
export function KeptPanel() {
  const api = useApi()
  const mayAnchor = useMay('ledger.anchor')
  const { reload } = ledgerState.use('ledger')
  const [compared, setCompared] = useState<Compared | null>(null)
  const printing = useAction(async () => {
    const { pdf, size } = await api.call('anchors.print', {})
    saveBase64(`checkpoint-${size}.pdf`, pdf)
  })
  const comparing = useLongTask(async (options, file: File) => {
    setCompared(null)
    const anchor = await api.call('anchors.open', { content: await readBase64(file) })
    const { firstBad, against } = await api.call('ledger.verify', { against: [anchor.note] }, options)
    setCompared({ ...anchor, file: file.name, damage: firstBad?.message ?? null, lostIn: against[0]?.lostIn ?? null })
    reload()
  })
  const { progress } = comparing
  const failure = printing.failure ?? comparing.failure
  return (
    <>
      {compared && (
        <Banner kind={compared.damage !== null ? 'failure' : compared.lostIn === null ? 'success' : 'note'} title={titleOf(compared)}>
          {compared.witnesses.map(({ name, time }) => text.attested(name, formatTime(time))).join(' ')}
          {compared.stamp !== null && text.stamped(compared.stamp.authority, formatTime(compared.stamp.time))}
          {compared.unknown.length > 0 && text.unknown}
        </Banner>
      )}
      {failure && failure.code !== 'cancelled' && <Banner kind="failure" title={failure.message} />}
      <Panel title={text.kept} isFlush>
        <PanelSection title={text.compare}>
          <Text as="p" size="small" tone="dim">
            {text.compareText}
          </Text>
          <Row>
            <FileButton icon="upload" isBusy={progress !== null} onFile={comparing.start}>
              {text.compareAct}
            </FileButton>
          </Row>
          {progress && <Progress label={words.verifying} value={progress.share} max={1} text={progress.text} />}
        </PanelSection>
        <PanelSection title={text.print}>
          <Text as="p" size="small" tone="dim">
            {text.printText}
          </Text>
          <Row>
            <Button icon="document" isBusy={printing.isBusy} onPress={printing.start} disabledReason={mayAnchor ? undefined : text.mayNotPrint}>
              {text.printAct}
            </Button>
          </Row>
        </PanelSection>
      </Panel>
    </>
  )
}

function titleOf({ damage, file, size, lostIn }: Compared): string {
  if (damage !== null) return damage
  if (lostIn === null) return text.continues(file, formatCount(size))
  return size > lostIn ? text.isLost(file, formatCount(lostIn), formatCount(size - 1)) : text.isOfLost(file, formatCount(size), formatCount(lostIn))
}
