import '@xterm/xterm/css/xterm.css'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { RequestError } from '../../shared/contract/index.ts'
import { terminalMessages as words } from '../../shared/messages/runs.ts'
import { Button, IconButton, LiveRegion, saveBytes, SearchField, Text } from '../design/index.ts'
import { MOST_MATCHES } from './find.ts'
import styles from './terminal.module.css'
import type { StageTerminal } from './use-terminal.ts'

export interface TerminalProps {
  readonly terminal: StageTerminal
}

/** What the terminal shows, with the search above it while `isFinding`. Ctrl F and Esc open and close the search. */
export function TerminalView({ terminal, isFinding, onFinding }: TerminalProps & { readonly isFinding: boolean; readonly onFinding: (isFinding: boolean) => void }) {
  const { session, status } = terminal
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => (element.current ? session.open(element.current) : undefined), [session])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'f' && (event.ctrlKey || event.metaKey)) onFinding(true)
    else if (event.key === 'Escape' && isFinding) onFinding(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className={styles.area} onKeyDown={onKeyDown}>
      {isFinding && <FindBar terminal={terminal} onClose={() => onFinding(false)} />}
      {status.omitted > 0 && (
        <p className={styles.omitted}>
          <Text size="micro" tone="warning">
            {words.omitted(status.omitted)}
          </Text>
        </p>
      )}
      <div ref={element} role="group" aria-label={words.output(terminal.stage)} className={styles.screen} />
      {status.isScrolledBack && (
        <div className={styles.back}>
          <Button size="small" icon="arrow-down" onPress={() => session.scrollToEnd()}>
            {words.toEnd}
          </Button>
        </div>
      )}
      {status.error && (
        <p role="alert" className={styles.failure}>
          <Text size="small" tone="danger">
            {words.readFailed(status.error.message)}
          </Text>
          <Button size="small" onPress={() => session.wake()}>
            {words.tryAgain}
          </Button>
        </p>
      )}
    </div>
  )
}

function FindBar({ terminal: { session, status }, onClose }: TerminalProps & { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  useEffect(() => () => session.find('', 1), [session])
  const found = status.found === null ? '' : words.found(status.found.index + 1, status.found.count, status.found.count === MOST_MATCHES)
  return (
    <div
      role="search"
      className={styles.find}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        event.preventDefault()
        session.find(text, event.shiftKey ? 1 : -1)
      }}
    >
      <SearchField
        label={words.findLabel}
        value={text}
        autoFocus
        onChange={(value) => {
          setText(value)
          session.find(value, -1)
        }}
      />
      <span className={styles.count}>{found}</span>
      <LiveRegion>{found}</LiveRegion>
      <IconButton icon="chevron-up" size="small" label={words.previousMatch} keys="Enter" onPress={() => session.find(text, -1)} />
      <IconButton icon="chevron-down" size="small" label={words.nextMatch} keys="Shift Enter" onPress={() => session.find(text, 1)} />
      <IconButton icon="close" size="small" label={words.closeFind} keys="Esc" onPress={onClose} />
    </div>
  )
}

/** Find, copy and save: for the head of the panel around a terminal. */
export function TerminalActions({ terminal, isFinding, onFinding }: TerminalProps & { readonly isFinding: boolean; readonly onFinding: (isFinding: boolean) => void }) {
  const { session, run, stage, attempt } = terminal
  const [note, setNote] = useState('')
  const [isSaving, setSaving] = useState(false)
  const save = async () => {
    setSaving(true)
    try {
      saveBytes(words.fileName(run, stage, attempt), await session.recordedText())
      setNote('')
    } catch (error) {
      setNote(words.readFailed((error as RequestError).message))
    } finally {
      setSaving(false)
    }
  }
  return (
    <>
      <Text size="small" tone="dim" isCut>
        {note}
      </Text>
      <Button kind="ghost" size="small" icon="search" onPress={() => onFinding(!isFinding)}>
        {words.find}
      </Button>
      <IconButton icon="copy" size="small" label={words.copy} onPress={() => setNote(session.copy() ? words.copied : words.notCopied)} />
      <IconButton icon="download" size="small" label={words.save} isBusy={isSaving} onPress={() => void save()} />
      <LiveRegion>{note}</LiveRegion>
    </>
  )
}
