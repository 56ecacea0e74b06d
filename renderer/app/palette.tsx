import { useEffect, useState } from 'react'
import { Autocomplete, Dialog, Header, Input, Menu, MenuItem, MenuSection, Modal, ModalOverlay, SearchField } from 'react-aria-components'
import type { LedgerEntry, Project, ProjectId, Session } from '../../shared/contract/index.ts'
import { RequestError } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { Icon, Text } from '../design/index.ts'
import { navigate, runList, useApi, versionList } from '../state/index.ts'
import { chooseAppearance, useAppearance } from './appearance.ts'
import { notify } from './notices.ts'
import { findEntries, type PaletteEntry, type PaletteGroup } from './palette-entries.ts'
import styles from './palette.module.css'

const words = appMessages.palette
/** A pause in typing after which the ledger is searched, in ms. */
const PAUSE_MS = 150
const ENTRIES_SHOWN = 6

export interface PaletteProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly project: ProjectId | undefined
  readonly projects: readonly Project[]
  readonly session: Session
  readonly onSheet: () => void
  readonly onSignOut: () => void
}

/** Reaches every noun by number, name or hash, and the few acts that need no view. */
export function Palette(props: PaletteProps) {
  return (
    <ModalOverlay isOpen={props.isOpen} isDismissable className={styles.veil ?? ''} onOpenChange={(open) => !open && props.onClose()}>
      <Modal className={styles.modal ?? ''}>
        <Dialog aria-label={words.title} className={styles.frame ?? ''}>
          <div
            className={styles.dialog}
            // Esc closes at once, also with a text in the field, which would be emptied first otherwise.
            onKeyDownCapture={(event) => {
              if (event.key !== 'Escape') return
              event.stopPropagation()
              props.onClose()
            }}
          >
            <Finder {...props} />
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Finder({ onClose, project, projects, session, onSheet, onSignOut }: PaletteProps) {
  const api = useApi()
  const appearance = useAppearance()
  const [text, setText] = useState('')
  const entries = useLedgerSearch(text)
  const runs = runList.store((state) => (project === undefined ? undefined : state.entries[JSON.stringify(project)]?.loaded.value)) ?? []
  const versions = versionList.store((state) => (project === undefined ? undefined : state.entries[JSON.stringify(project)]?.loaded.value)) ?? []
  const groups = findEntries(text, { project, projects, runs, versions, entries, holdings: session.holdings, isDark: document.documentElement.dataset['theme'] !== 'light' })
  const all = groups.flatMap((group) => group.entries)

  const startRun = async (of: ProjectId) => {
    try {
      const run = await api.call('runs.start', { project: of })
      navigate({ page: 'run', project: of, run: run.id })
    } catch (error) {
      notify({ kind: 'failure', title: words.runRefused, detail: error instanceof RequestError ? error.message : String(error) })
    }
  }

  const act = ({ act }: PaletteEntry) => {
    onClose()
    switch (act.kind) {
      case 'go':
        return navigate(act.to)
      case 'run':
        return void startRun(act.project)
      case 'theme':
        return chooseAppearance({ ...appearance, theme: act.theme })
      case 'shortcuts':
        return onSheet()
      case 'sign-out':
        return onSignOut()
    }
  }

  return (
    <Autocomplete inputValue={text} onInputChange={setText}>
      <SearchField autoFocus aria-label={words.field} className={styles.search ?? ''}>
        <Icon name="search" />
        <Input className={styles.input ?? ''} placeholder={words.field} />
      </SearchField>
      <Menu
        aria-label={words.list}
        className={styles.list ?? ''}
        renderEmptyState={() => <p className={styles.empty}>{words.empty}</p>}
        onAction={(key) => {
          const chosen = all.find(({ id }) => id === key)
          if (chosen) act(chosen)
        }}
      >
        {groups.map((group) => (
          <Section key={group.title} {...group} />
        ))}
      </Menu>
      <div className={styles.foot}>
        <Text size="micro" tone="faint">
          {words.keys}
        </Text>
      </div>
    </Autocomplete>
  )
}

function Section({ title, entries }: PaletteGroup) {
  return (
    <MenuSection className={styles.section ?? ''}>
      <Header className={styles.heading ?? ''}>{title}</Header>
      {entries.map(({ id, label, detail, icon }) => (
        <MenuItem key={id} id={id} textValue={label} className={styles.item ?? ''}>
          <Icon name={icon} size="small" />
          <span className={styles.label}>{label}</span>
          {detail !== undefined && <span className={styles.detail}>{detail}</span>}
        </MenuItem>
      ))}
    </MenuSection>
  )
}

/** Ledger entries by number, hash prefix or words, asked for once typing pauses. */
function useLedgerSearch(text: string): readonly LedgerEntry[] {
  const api = useApi()
  const [found, setFound] = useState<{ readonly text: string; readonly entries: readonly LedgerEntry[] }>({ text: '', entries: [] })
  const wanted = text.trim().replace(/^#/, '').replaceAll(',', '')
  useEffect(() => {
    if (wanted === '') return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      void api.call('ledger.entries', { text: wanted, limit: ENTRIES_SHOWN }, { signal: abort.signal }).then(
        ({ entries }) => {
          if (!abort.signal.aborted) setFound({ text: wanted, entries })
        },
        // The palette finds what it can; the ledger's own view says why it cannot be read.
        () => undefined,
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [api, wanted])
  return found.text === wanted ? found.entries : []
}
