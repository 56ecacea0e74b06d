import { useState } from 'react'
import { RequestError, type VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, PanelSection, Text } from '../../design/index.ts'
import { useApi, useMay } from '../../state/index.ts'
import { usePrimaryKey } from './primary-key.ts'

/** Asks for the next stage. Where the gate is not met that is said at once; asking still records the refusal. */
export function PromotionRequest({ detail, to }: { readonly detail: VersionDetail; readonly to: 'staging' | 'production' }) {
  const api = useApi()
  const may = useMay('model.request')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const { project, model, version } = detail
  const unmet = detail.gates.find((gate) => gate.to === to)?.conditions.filter(({ met }) => !met).length ?? 0
  const ask = async () => {
    setBusy(true)
    setFailure(null)
    try {
      await api.call('models.requestPromotion', { project, model, version, to })
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  usePrimaryKey(() => {
    if (may && unmet === 0 && !isBusy) void ask()
  })
  return (
    <PanelSection>
      <Text as="p" size="small" tone="dim">
        {words.askText}
      </Text>
      {unmet > 0 && !failure && (
        <Banner kind="warning" title={words.askUnmet(to, unmet)}>
          {words.askUnmetText}
        </Banner>
      )}
      {failure && (
        <Banner kind="failure" title={failure.code === 'gate-not-met' ? words.refusedTitle : failure.message}>
          {failure.code === 'gate-not-met' && failure.message}
        </Banner>
      )}
      <Button
        kind={unmet === 0 ? 'primary' : 'default'}
        size="large"
        icon="send"
        isWide
        isBusy={isBusy}
        onPress={() => void ask()}
        disabledReason={may ? undefined : words.askMay}
      >
        {unmet === 0 ? words.ask(to) : words.askAnyway}
      </Button>
    </PanelSection>
  )
}
