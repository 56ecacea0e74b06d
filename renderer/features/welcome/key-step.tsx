import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Button, KeyValue, LiveRegion, Panel, Text, useCopied } from '../../design/index.ts'
import { formatDay } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.key

export interface KeyStepProps {
  /** The log's verifier key: `origin+hash+key`. */
  readonly logKey: string
  readonly organisation: string
  readonly onNext: () => void
}

/** Shows the log's key to keep elsewhere: without it, a later exchange of the whole ledger could not be noticed. */
export function KeyStep({ logKey, organisation, onNext }: KeyStepProps) {
  const [isCopied, copy] = useCopied()
  const [origin = '', fingerprint = ''] = logKey.split('+')
  return (
    <Front title={words.title} lead={words.lead} step={1}>
      <Panel title={words.label} meta={words.printed(organisation, formatDay(new Date().toISOString()))}>
        <div className={styles.form}>
          <code className={styles.key}>{logKey}</code>
          <KeyValue
            wraps
            pairs={[
              { label: words.fingerprint, value: fingerprint, isMono: true },
              { label: words.origin, value: origin, isMono: true },
            ]}
          />
        </div>
      </Panel>
      <Text as="p" size="small" tone="dim">
        {words.secret}
      </Text>
      <div className={styles.buttons}>
        <Button kind="primary" size="large" onPress={onNext} autoFocus>
          {welcomeMessages.next}
        </Button>
        <Button size="large" icon={isCopied ? 'check' : 'copy'} onPress={() => copy(logKey)}>
          {isCopied ? words.copied : words.copy}
        </Button>
        <Button size="large" icon="document" onPress={() => print()}>
          {words.print}
        </Button>
        <LiveRegion>{isCopied ? words.copied : ''}</LiveRegion>
      </div>
    </Front>
  )
}
