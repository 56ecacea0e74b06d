import { useState } from 'react'
import { settingsMessages as words } from '../../../shared/messages/settings.ts'
import { Banner, Button, ConfirmDialog, Panel, Stack, Text } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'

/** What runs behind the window; ends it, once confirmed, for whoever may. */
export function StopPanel({ mayStop }: { readonly mayStop: boolean }) {
  const api = useApi()
  const [isAsking, setAsking] = useState(false)
  const [isStopped, setStopped] = useState(false)
  const { start: stop, isBusy, failure } = useAction(async () => {
    try {
      await api.call('orchestrator.stop', {})
      setStopped(true)
    } finally {
      setAsking(false)
    }
  })
  return (
    <Panel title={words.process}>
      <Stack gap={3} align="start">
        {isStopped && (
          <Banner kind="note" title={words.stopped}>
            {words.stoppedText}
          </Banner>
        )}
        {failure && <Banner kind="failure" title={failure.message} />}
        <Text as="p" tone="dim">
          {words.processText}
        </Text>
        {mayStop && (
          <Button kind="danger" icon="power" onPress={() => setAsking(true)}>
            {words.stop}
          </Button>
        )}
      </Stack>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={stop}
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
