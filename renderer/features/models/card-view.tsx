import { modelsMessages } from '../../../shared/messages/models.ts'
import { Body, Button, Panel, Unread, useEscapeKey, ViewBar, saveText } from '../../design/index.ts'
import type { VersionKey } from '../../state/index.ts'
import styles from './models.module.css'
import { versionCard } from './version-resources.ts'

const words = modelsMessages.card

/** The model card of a version, in a frame that may run nothing and reach nothing, and as Markdown to save. */
export function CardView({ onClose, ...key }: VersionKey & { readonly onClose: () => void }) {
  const { value, error, reload } = versionCard.use(key)
  const title = words.title(key.model, key.version)
  useEscapeKey(onClose)
  return (
    <>
      <ViewBar
        title={title}
        actions={
          <>
            {value && (
              <Button icon="download" onPress={() => saveText(`${key.model}-${key.version}-card.md`, value.markdown)}>
                {words.save}
              </Button>
            )}
            <Button icon="arrow-left" onPress={onClose} autoFocus>
              {words.close}
            </Button>
          </>
        }
      />
      <Body>
        <Panel title={title} isTitleHidden isFlush>
          {value ? (
            <iframe title={words.frame(key.model, key.version)} sandbox="" srcDoc={value.html} className={styles.card} />
          ) : (
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={16} />
          )}
        </Panel>
      </Body>
    </>
  )
}
