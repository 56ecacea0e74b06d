import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button } from '../../design/index.ts'
import { useAction, useApi, useSession } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

/** Takes the open request back, for who made it; nothing for anybody else. */
export function WithdrawButton({ detail: { project, model, version, openPromotion } }: { readonly detail: VersionDetail }) {
  const api = useApi()
  const session = useSession()
  const { start: withdraw, isBusy, failure } = useAction(async () => {
    const key = { project, model, version }
    versionDetail.set(key, await api.call('models.withdraw', key))
  })
  if (openPromotion?.requestedByPerson !== session?.person.id) return null
  return (
    <>
      {failure && <Banner kind="failure" title={failure.message} />}
      <Button icon="undo" isBusy={isBusy} onPress={withdraw}>
        {words.withdraw}
      </Button>
    </>
  )
}
