import { useState } from 'react'
import type { Toasts } from '../index.ts'
import {
  Button,
  ConfirmDialog,
  Dialog,
  IconButton,
  Kbd,
  Menu,
  Panel,
  Popover,
  Resizable,
  Row,
  SignaturePanel,
  Stack,
  Text,
} from '../index.ts'
import styles from './gallery.module.css'

/** What opens over a view, what is signed, and edges that move. */
export function Overlays({ toasts }: { readonly toasts: Toasts }) {
  return (
    <>
      <Openers toasts={toasts} />
      <Signing />
      <Edges />
    </>
  )
}

function Openers({ toasts }: { readonly toasts: Toasts }) {
  const [open, setOpen] = useState<'none' | 'plain' | 'stop' | 'erase'>('none')
  const close = () => {
    setOpen('none')
  }
  return (
    <Panel title="Menus, dialogs, toasts" className={styles.wide}>
      <Row gap={2} wraps>
        <Menu
          label="Run 412"
          trigger={<IconButton icon="more" label="Actions of run 412" kind="default" />}
          entries={[
            { id: 'open', label: 'Open beside', icon: 'split', keys: 'Shift Enter' },
            { id: 'compare', label: 'Compare', icon: 'chart', detail: 'With the run in production' },
            { id: 'approve', label: 'Approve', icon: 'approve', isDisabled: true, detail: 'Only a second person can approve' },
            { id: 'stop', label: 'Stop run', icon: 'stop', isDanger: true },
          ]}
          onAction={(id) => toasts.show({ title: `Chosen: ${id}` })}
        />
        <Popover label="Four eyes" trigger={<Button icon="info">Why it is closed</Button>}>
          <Stack gap={1}>
            <Text weight="medium">Four eyes</Text>
            <Text size="small" tone="dim">
              The author of a version cannot approve it. Ask a Risk officer.
            </Text>
          </Stack>
        </Popover>
        <Button
          onPress={() => {
            setOpen('plain')
          }}
        >
          Dialog
        </Button>
        <Button
          onPress={() => {
            setOpen('stop')
          }}
        >
          Confirm
        </Button>
        <Button
          kind="danger"
          onPress={() => {
            setOpen('erase')
          }}
        >
          Confirm by typing
        </Button>
      </Row>
      <Row gap={2} wraps>
        <Button
          onPress={() =>
            toasts.show({
              title: 'Version 14 archived',
              kind: 'success',
              undo: { label: 'Undo', onUndo: () => toasts.show({ title: 'Version 14 is back in staging' }) },
            })
          }
        >
          Toast with Undo
        </Button>
        <Button
          onPress={() =>
            toasts.show({ title: 'The pack was not written', detail: 'The disk is full. Free 20 MB and export again.', kind: 'failure' })
          }
        >
          Toast of a failure
        </Button>
        <Row gap={1}>
          <Kbd>Ctrl K</Kbd>
          <Kbd>Shift F6</Kbd>
          <Kbd>/</Kbd>
        </Row>
      </Row>
      <Dialog isOpen={open === 'plain'} onClose={close} title="Sign in again" foot={<Button onPress={close}>Close</Button>}>
        <Text tone="dim">Your session ended after 30 minutes. Nothing you entered is lost.</Text>
      </Dialog>
      <ConfirmDialog
        isOpen={open === 'stop'}
        onClose={close}
        onConfirm={close}
        title="Stop run 412?"
        confirmLabel="Stop run"
        cancelLabel="Keep running"
        isDanger
      >
        <p>
          It was started by <strong>another Engineer</strong> and has run for 34 m. Checkpoint 31 is kept; what came after it is lost.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={open === 'erase'}
        onClose={close}
        onConfirm={close}
        title="Erase a snapshot"
        confirmLabel="Erase"
        cancelLabel="Keep"
        isDanger
        typed={{ label: 'Type loans-2026-11 to confirm', phrase: 'loans-2026-11' }}
      >
        <p>The blobs are erased and the ledger records it. 3 runs can no longer be reproduced.</p>
      </ConfirmDialog>
    </Panel>
  )
}

function Signing() {
  const [error, setError] = useState<string>()
  return (
    <Panel title="Your decision" actions="as Risk officer" className={styles.third}>
      <SignaturePanel
        facts={[
          { label: 'Signed object', value: 'd5b2e6f8 a07c41e9', isMono: true },
          { label: 'Tree seen', value: '48,213 / 5e9d13c2', isMono: true },
          { label: 'Key', value: 'risk-officer+7ad2c0f1', isMono: true },
        ]}
        statementLabel="By signing you state"
        statement={
          <>
            I have read the evidence for <strong>credit-scoring 14</strong> as it stood at 14:32:08 and{' '}
            <strong>approve it for production</strong>.
          </>
        }
        passphraseLabel="Passphrase of your personal key"
        signLabel="Sign and approve"
        consequence="Enters the ledger for good. Going back to version 13 is one step and is also recorded."
        onSign={() => {
          setError('The passphrase does not open this key. 4 attempts are left.')
        }}
        error={error}
      />
    </Panel>
  )
}

function Edges() {
  const [width, setWidth] = useState(220)
  const [height, setHeight] = useState(80)
  return (
    <Panel title="Edges that move" meta="drag, or arrow keys" className={styles.wide}>
      <div className={styles.frame}>
        <div className={styles.column}>
          <div className={styles.canvas}>Canvas</div>
          <Resizable label="Size of the drawer" side="bottom" size={height} min={48} max={160} onResize={setHeight}>
            <div className={styles.inset}>
              <Text size="small" tone="dim">
                Drawer, {height} px
              </Text>
            </div>
          </Resizable>
        </div>
        <Resizable label="Size of the inspector" side="right" size={width} min={160} max={360} onResize={setWidth}>
          <div className={styles.inset}>
            <Text size="small" tone="dim">
              Inspector, {width} px
            </Text>
          </div>
        </Resizable>
      </div>
    </Panel>
  )
}
