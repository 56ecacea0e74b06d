import { useState } from 'react'
import { RequestError } from '../../../shared/contract/index.ts'
import { settingsMessages as words } from '../../../shared/messages/settings.ts'
import { Banner, Button, ConfirmDialog, Panel, Stack, Text } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'

/** Ends the orchestrator, once confirmed. */
export function StopPanel({ mayStop }: { readonly mayStop: boolean }) {
  const api = useApi()
  const [isAsking, setAsking] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [result, setResult] = useState<'stopped' | RequestError | null>(null)
  const stop = async () => {
    setBusy(true)
    try {
      await api.call('orchestrator.stop', {})
      setResult('stopped')
    } catch (error) {
      setResult(error instanceof RequestError ? error : new RequestError('internal', String(error)))
    } finally {
      setBusy(false)
      setAsking(false)
    }
  }
  return (
    <Panel title={words.process}>
      <Stack gap={3} align="start">
        {result === 'stopped' && (
          <Banner kind="note" title={words.stopped}>
            {words.stoppedText}
          </Banner>
        )}
        {result instanceof RequestError && <Banner kind="failure" title={result.message} />}
        <Text as="p" tone="dim">
          {words.processText}
        </Text>
        <Button kind="danger" icon="power" onPress={() => setAsking(true)} disabledReason={mayStop ? undefined : words.mayNotStop}>
          {words.stop}
        </Button>
      </Stack>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => void stop()}
        title={words.stopTitle}
        confirmLabel={words.stopConfirm}
        cancelLabel={words.cancel}
        isBusy={isBusy}
        isDanger
      >
        <p>{words.stopText}</p>
      </ConfirmDialog>
    </Panel>
  )
}
