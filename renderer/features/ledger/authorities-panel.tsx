import { useState } from 'react'
import type { TimestampAuthority } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, ConfirmDialog, CopyButton, FileButton, Hash, IconButton, Panel, PanelSection, Row, Stack, Text } from '../../design/index.ts'
import { EntryLink, formatCount, formatDay, useAction, useApi, useMay, useNow } from '../../state/index.ts'
import styles from './ledger.module.css'
import { stampList } from './ledger-resources.ts'

const text = words.stamps

/** Whose time stamps count. */
export function AuthoritiesPanel() {
  const api = useApi()
  const { value, reload } = stampList.use('stamps')
  const mayAnchor = useMay('ledger.anchor')
  const [added, setAdded] = useState<TimestampAuthority | null>(null)
  const [removing, setRemoving] = useState<TimestampAuthority | null>(null)
  const add = useAction(async (file: File) => {
    setAdded(null)
    setAdded(await api.call('timestamps.addAuthority', { certificate: await file.text() }))
    reload()
  })
  const remove = useAction(async () => {
    if (removing === null) return
    await api.call('timestamps.removeAuthority', { fingerprint: removing.fingerprint })
    setAdded(null)
    setRemoving(null)
    reload()
  })
  if (!value) return null
  const act = (
    <FileButton size="small" icon="plus" extensions={['.pem', '.crt', '.cer']} isBusy={add.isBusy} onFile={add.start}>
      {text.add}
    </FileButton>
  )
  return (
    <>
      {add.failure && <Banner kind="failure" title={add.failure.message} />}
      {added && (
        <Banner kind="success" title={text.added(added.subject)}>
          {text.addedText} <code className={styles.fingerprint}>{added.fingerprint}</code> <CopyButton text={added.fingerprint} label={text.fingerprint} />
        </Banner>
      )}
      <Panel title={text.authorities} {...(mayAnchor ? { actions: act } : {})} isFlush>
        {value.authorities.length === 0 && (
          <PanelSection>
            <Text as="p" tone="dim">
              {text.noAuthority}
            </Text>
          </PanelSection>
        )}
        {value.authorities.map((authority) => (
          <Authority key={authority.addedEntry} authority={authority} onRemove={mayAnchor && authority.removedEntry === null ? () => setRemoving(authority) : null} />
        ))}
        <ConfirmDialog
          isOpen={removing !== null}
          onClose={() => {
            remove.forget()
            setRemoving(null)
          }}
          onConfirm={remove.start}
          title={text.removeTitle}
          confirmLabel={text.remove}
          isBusy={remove.isBusy}
          isDanger
        >
          {remove.failure && <Banner kind="failure" title={remove.failure.message} />}
          <p>{text.removeText(removing?.subject ?? '')}</p>
        </ConfirmDialog>
      </Panel>
    </>
  )
}

function Authority({ authority, onRemove }: { readonly authority: TimestampAuthority; readonly onRemove: (() => void) | null }) {
  const { subject, fingerprint, validUntil, addedEntry, removedEntry } = authority
  const isExpired = Date.parse(validUntil) < useNow(false)
  return (
    <PanelSection>
      <Row isSpread align="start">
        <Stack gap={1}>
          <Text weight="medium">{subject}</Text>
          <Row gap={2} wraps>
            <Hash value={fingerprint} isCopyable copyLabel={text.fingerprint} />
            <Text size="small" tone={isExpired ? 'warning' : 'faint'}>
              {isExpired ? text.expired(formatDay(validUntil)) : text.validUntil(formatDay(validUntil))}
            </Text>
            <Text size="small" tone="faint">
              {text.fromEntry} <EntryLink seq={addedEntry} />
            </Text>
          </Row>
          {removedEntry !== null && (
            <Text size="small" tone="dim">
              {text.removed(formatCount(removedEntry))}
            </Text>
          )}
        </Stack>
        {onRemove && <IconButton icon="close" label={text.removeNamed(subject)} size="small" onPress={onRemove} />}
      </Row>
    </PanelSection>
  )
}
