import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, Dialog, IconButton, type IconName, Menu, type MenuEntry, saveText } from '../../design/index.ts'
import { navigate, useAction, useApi, useMay } from '../../state/index.ts'
import { HandOutDialog } from './hand-out-dialog.tsx'
import { LabelDialog } from './label-dialog.tsx'
import { RollbackDialog } from './rollback-dialog.tsx'
import { SignedReasonDialog } from './signed-reason-dialog.tsx'
import { mayAskForReturn } from './stage-steps.ts'

type Act = 'archive' | 'card' | 'bom' | 'export' | 'download' | 'alias' | 'tag' | 'hold' | 'rollback'

interface VersionActsProps {
  readonly detail: VersionDetail
  /** The version to compare it with; null where there is no other. */
  readonly earlier: number | null
  readonly onReadCard: () => void
}

/** What can be done with a version besides deciding on it: buttons, a menu, and their dialogs. What no role of the person here lets them do is not among it. */
export function VersionActs({ detail, earlier, onReadCard }: VersionActsProps) {
  const api = useApi()
  const [act, setAct] = useState<Act | null>(null)
  const { project, model, version } = detail
  const may = { label: useMay('model.label', detail), hold: useMay('model.hold', detail), request: useMay('model.request', detail), decide: useMay('model.decide', detail) }
  const key = { project, model, version }
  const close = () => setAct(null)
  const saveBom = useAction(async () => saveText(`${model}-${version}.cdx.json`, (await api.call('models.bom', key)).json))
  const perform = (chosen: Act) => {
    if (chosen === 'card') onReadCard()
    else if (chosen === 'bom') saveBom.start()
    else setAct(chosen)
  }
  const entries: MenuEntry<Act>[] = [
    entry('card', words.card.act, 'document', null),
    entry('bom', words.card.bom, 'list', null),
    entry('export', words.card.exported, 'pack', null),
    ...(may.label ? [entry('alias', words.labels.setAlias, 'target', null), entry('tag', words.labels.setTag, 'hash', null)] : []),
    ...(may.request && mayAskForReturn(detail) ? [entry('rollback', words.rollback.menu, 'history', detail.noReturn)] : []),
    ...(may.hold ? [entry('hold', words.hold.place, 'lock', null)] : []),
    ...(may.decide && (detail.stage !== 'archived' || detail.noReturn === null) ? [{ ...entry('archive', words.archive, 'archive', whyNotArchived(detail)), isDanger: true }] : []),
  ]
  return (
    <>
      <Button icon="download" onPress={() => setAct('download')}>
        {words.download}
      </Button>
      {earlier !== null && (
        <Button icon="split" onPress={() => navigate({ page: 'compare', ...key, against: earlier })}>
          {words.compare.act(earlier)}
        </Button>
      )}
      <Menu label={words.moreActs} trigger={<IconButton icon="more" label={words.moreActs} />} entries={entries} onAction={perform} />
      {saveBom.failure && (
        <Dialog isOpen onClose={saveBom.forget} title={words.card.bomFailed}>
          <Banner kind="failure" title={saveBom.failure.message} />
        </Dialog>
      )}
      <SignedReasonDialog
        isOpen={act === 'archive'}
        onClose={close}
        title={words.archiveTitle(model, version)}
        text={words.archiveText}
        reasonLabel={words.archiveReason}
        signLabel={words.archiveSign}
        onSign={(comment, passphrase) => api.call('models.archive', { ...key, comment, passphrase })}
      />
      <SignedReasonDialog
        isOpen={act === 'hold'}
        onClose={close}
        title={words.hold.title(model, version)}
        text={words.hold.text}
        reasonLabel={words.hold.reason}
        isReasonNeeded
        signLabel={words.hold.sign}
        onSign={(reason, passphrase) => api.call('models.hold', { ...key, reason, passphrase })}
      />
      <RollbackDialog detail={detail} isOpen={act === 'rollback'} onClose={close} />
      <LabelDialog detail={detail} kind={act === 'alias' || act === 'tag' ? act : null} onClose={close} />
      <HandOutDialog detail={detail} what={act === 'download' || act === 'export' ? act : null} onClose={close} />
    </>
  )
}

/** An entry of the menu; `why` disables it and stands under it. */
function entry(id: Act, label: string, icon: IconName, why: string | null): MenuEntry<Act> {
  return { id, label, icon, ...(why === null ? {} : { isDisabled: true, detail: why }) }
}

function whyNotArchived({ holds, openPromotion }: VersionDetail): string | null {
  if (holds.length > 0) return words.archiveHeld
  return openPromotion ? words.archiveOpen : null
}
