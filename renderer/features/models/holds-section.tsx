import { useState } from 'react'
import type { Hold, VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Button, PanelSection, Row, Stack, Text } from '../../design/index.ts'
import { EntryLink, formatTime, useApi, useMay, useSession } from '../../state/index.ts'
import { SignedReasonDialog } from './signed-reason-dialog.tsx'

/** The legal holds on a version, each with its way out: by a second person. */
export function HoldsSection({ detail }: { readonly detail: VersionDetail }) {
  const api = useApi()
  const session = useSession()
  const mayHold = useMay('model.hold', detail)
  const [releasing, setReleasing] = useState<Hold | null>(null)
  const { project, model, version, holds } = detail
  if (holds.length === 0) return null
  return (
    <PanelSection title={words.hold.name}>
      <Text as="p" size="small" tone="dim">
        {words.hold.follows}
      </Text>
      {holds.map((hold) => (
        <Stack key={hold.entry} gap={1}>
          <Row isSpread>
            <Text size="small">{words.hold.placed(hold.by, formatTime(hold.at))}</Text>
            <EntryLink seq={hold.entry} />
          </Row>
          <Text>{hold.reason}</Text>
          {mayHold && (
            <Button size="small" onPress={() => setReleasing(hold)} disabledReason={hold.byPerson === session?.person.id ? words.hold.own : undefined}>
              {words.hold.release}
            </Button>
          )}
        </Stack>
      ))}
      <SignedReasonDialog
        isOpen={releasing !== null}
        onClose={() => setReleasing(null)}
        title={words.hold.releaseTitle(model, version)}
        text={words.hold.releaseText}
        reasonLabel={words.hold.reason}
        isReasonNeeded
        signLabel={words.hold.releaseSign}
        onSign={(reason, passphrase) => api.call('models.release', { project, model, version, hold: releasing?.entry ?? 0, reason, passphrase })}
      />
    </PanelSection>
  )
}
