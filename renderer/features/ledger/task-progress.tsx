import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { Button, Progress } from '../../design/index.ts'
import type { LongTask } from '../../state/index.ts'
import styles from './ledger.module.css'

export interface TaskProgressProps {
  readonly label: string
  readonly task: Pick<LongTask<never[]>, 'progress' | 'isCancellable' | 'cancel'>
}

/** How far a long piece of work is, with the way to stop it. Nothing while there is none. */
export function TaskProgress({ label, task: { progress, isCancellable, cancel } }: TaskProgressProps) {
  if (!progress) return null
  return (
    <div className={styles.verifying}>
      <div className={styles.progress}>
        <Progress label={label} value={progress.share} max={1} text={progress.text} />
      </div>
      {isCancellable && (
        <Button size="small" onPress={cancel}>
          {everywhereMessages.cancel}
        </Button>
      )}
    </div>
  )
}
