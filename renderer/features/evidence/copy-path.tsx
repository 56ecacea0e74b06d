import { useState } from 'react'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { copyText, IconButton } from '../../design/index.ts'
import styles from './evidence.module.css'

/** A path on the orchestrator's machine, copied whole by a press. */
export function CopyPath({ path, name }: { readonly path: string; readonly name: string }) {
  const [isCopied, setCopied] = useState(false)
  return (
    <span className={styles.path}>
      <span title={path}>
        <bdi dir="ltr">{path}</bdi>
      </span>
      <IconButton
        icon={isCopied ? 'check' : 'copy'}
        size="small"
        label={isCopied ? words.copied : words.copy(name)}
        onPress={() => setCopied(copyText(path))}
      />
    </span>
  )
}
