import { useState } from 'react'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Button, Checkbox, copyText, Paper, Text } from '../../design/index.ts'
import styles from './welcome.module.css'

const words = welcomeMessages.setUp

export interface SetUpKeyProps {
  readonly logKey: string
  readonly onKept: () => void
}

/** Shows the log's verifier key, which an auditor pins, before anything else is done. */
export function SetUpKey({ logKey, onKept }: SetUpKeyProps) {
  const [isKept, setKept] = useState(false)
  const [isCopied, setCopied] = useState(false)
  return (
    <div className={styles.form}>
      <Paper label={words.keyLabel}>
        <Text as="p" isMono>
          {logKey}
        </Text>
      </Paper>
      <div className={styles.buttons}>
        <Button icon="copy" onPress={() => setCopied(copyText(logKey))}>
          {isCopied ? words.copied : words.copy}
        </Button>
        <Button onPress={() => print()}>{words.print}</Button>
      </div>
      <Checkbox isSelected={isKept} onChange={setKept}>
        {words.kept}
      </Checkbox>
      <Button kind="primary" size="large" isWide isDisabled={!isKept} onPress={onKept}>
        {words.next}
      </Button>
    </div>
  )
}
