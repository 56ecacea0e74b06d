import type { RequestError } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { Panel, Unread } from '../../design/index.ts'
import styles from './overview.module.css'

export interface UnreadPanelProps {
  readonly title: string
  /** Why it could not be read; undefined while it is being read. */
  readonly error: RequestError | undefined
  readonly reload: () => void
}

/** Stands in the place of a panel whose content is not there: on its way, or not to be read. */
export function UnreadPanel({ title, error, reload }: UnreadPanelProps) {
  return (
    <Panel title={title} className={styles.fixed}>
      <Unread title={words.unread} error={error} onRetry={reload} loading={words.loading} lines={3} />
    </Panel>
  )
}
