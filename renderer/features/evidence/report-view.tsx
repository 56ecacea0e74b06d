import { useEffect } from 'react'
import type { Pack } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Body, Button, ErrorState, Panel, Skeleton, ViewBar } from '../../design/index.ts'
import styles from './evidence.module.css'
import { packReport } from './evidence-resources.ts'

/** The report of a pack in a frame that may run nothing and reach nothing. */
export function ReportView({ pack, onClose }: { readonly pack: Pack; readonly onClose: () => void }) {
  const { value, error, reload } = packReport.use(pack.id)
  const name = words.packOf(pack.model, pack.version)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [onClose])
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
          {!value && error && (
            <ErrorState
              title={words.reportFailed}
              details={{ label: words.details, text: error.code }}
              action={<Button onPress={reload}>{words.again}</Button>}
            >
              {error.message}
            </ErrorState>
          )}
          {!value && !error && (
            <div className={styles.padded}>
              <Skeleton label={words.reportLoading} lines={16} />
            </div>
          )}
        </Panel>
      </Body>
    </>
  )
}
