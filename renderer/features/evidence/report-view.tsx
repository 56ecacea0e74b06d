import type { Pack } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Body, Button, Panel, Unread, useEscapeKey, ViewBar } from '../../design/index.ts'
import styles from './evidence.module.css'
import { packReport } from './evidence-resources.ts'

/** The report of a pack in a frame that may run nothing and reach nothing. */
export function ReportView({ pack, onClose }: { readonly pack: Pack; readonly onClose: () => void }) {
  const { value, error, reload } = packReport.use(pack.id)
  const name = words.packOf(pack.model, pack.version)
  useEscapeKey(onClose)
  return (
    <>
      <ViewBar
        title={words.report(name)}
        actions={
          <Button icon="arrow-left" onPress={onClose} autoFocus>
            {words.closeReport}
          </Button>
        }
      />
      <Body>
        <Panel title={words.report(name)} isTitleHidden isFlush>
          {value && <iframe title={words.reportFrame(name)} sandbox="" srcDoc={value.html} className={styles.report} />}
          {!value && <Unread title={words.reportFailed} error={error} onRetry={reload} loading={words.reportLoading} lines={16} />}
        </Panel>
      </Body>
    </>
  )
}
