import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { CopyButton } from '../../design/index.ts'
import styles from './evidence.module.css'

/** A path on the orchestrator's machine, its end in sight, copied whole by a press. */
export function CopyPath({ path, name }: { readonly path: string; readonly name: string }) {
  return (
    <span className={styles.path}>
      <span title={path}>
        <bdi dir="ltr">{path}</bdi>
      </span>
      <CopyButton text={path} label={words.copy(name)} />
    </span>
  )
}
