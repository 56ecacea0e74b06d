import { useId } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, PanelSection, Text } from '../../design/index.ts'
import { useAction, useApi, useMay } from '../../state/index.ts'
import { unmetOf } from './gate-rows.ts'

/**
 * Asks for the next stage. Where the gate is not met that is said at once; asking still records the refusal. For an approver, who gives the
 * decision away by asking, it is no primary action.
 */
export function PromotionRequest({ detail, to }: { readonly detail: VersionDetail; readonly to: 'staging' | 'production' }) {
  const api = useApi()
  const may = useMay('model.request', detail)
  const isApprover = useMay('model.decide', detail)
  const ownId = useId()
  const { project, model, version } = detail
  const gate = detail.gates.find((each) => each.to === to)
  const unmet = gate ? unmetOf(gate).length : 0
  const { start: ask, isBusy, failure } = useAction(async () => {
    await api.call('models.requestPromotion', { project, model, version, to })
  })
  if (!may) {
    return (
      <PanelSection>
        <Text as="p" size="small" tone="dim">
          {words.askMay}
        </Text>
      </PanelSection>
    )
  }
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
      {isApprover && (
        <Text as="p" size="small" id={ownId}>
          {words.askOwn}
        </Text>
      )}
      <Button
        kind={unmet === 0 && !isApprover ? 'primary' : 'default'}
        size="large"
        icon="send"
        isWide
        isBusy={isBusy}
        onPress={ask}
        {...(isApprover ? { 'aria-describedby': ownId } : {})}
      >
        {unmet === 0 ? words.ask(to) : words.askAnyway}
      </Button>
    </PanelSection>
  )
}
