import { useState } from 'react'
import {
  Button,
  Checkbox,
  ComboBox,
  IconButton,
  NumberField,
  Panel,
  PasswordField,
  Row,
  SearchField,
  Segmented,
  Select,
  Stack,
  Switch,
  Tabs,
  Text,
  TextArea,
  TextField,
  ToggleButton,
} from '../index.ts'
import styles from './gallery.module.css'

const STAGES = [
  { id: 'train', label: 'train', detail: '62 %, 12 m left', icon: 'run' },
  { id: 'evaluate', label: 'evaluate', detail: 'waits for train', icon: 'target' },
  { id: 'fairness', label: 'fairness', icon: 'fairness' },
  { id: 'register', label: 'register', detail: 'Needs an approver', icon: 'model', isDisabled: true },
] as const

type StageId = (typeof STAGES)[number]['id']

const DECISIONS = [
  { id: 'approve', label: 'Approve', icon: 'check' },
  { id: 'reject', label: 'Reject', icon: 'close' },
  { id: 'back', label: 'Send back', icon: 'undo' },
] as const

/** Buttons, fields and choices. */
export function Controls() {
  return (
    <>
      <Buttons />
      <Choices />
      <Fields />
    </>
  )
}

function Buttons() {
  const [isLensOn, setLens] = useState(true)
  return (
    <Panel title="Buttons" meta="at most one primary in a view" className={styles.half}>
      <Row gap={2} wraps>
        <Button kind="primary" icon="run">
          Run from here
        </Button>
        <Button>Compare with 13</Button>
        <Button icon="undo">Reproduce</Button>
        <Button kind="ghost">Cancel</Button>
        <Button kind="danger" icon="stop">
          Stop run
        </Button>
        <Button kind="destructive">Erase</Button>
      </Row>
      <Row gap={2} wraps>
        <Button isBusy>Verify again</Button>
        <Button kind="primary" isBusy>
          Run from here
        </Button>
        <Button isDisabled>Export</Button>
        <Button disabledReason="Only a second person can approve. Ask a Risk officer.">Approve</Button>
      </Row>
      <Row gap={2} wraps>
        <Button size="small">Small</Button>
        <Button size="normal">Normal</Button>
        <Button size="large">Large</Button>
        <ToggleButton icon="eye" isSelected={isLensOn} onChange={setLens}>
          Compliance lens
        </ToggleButton>
        <ToggleButton icon="filter">Today</ToggleButton>
      </Row>
      <Row gap={1} wraps>
        <IconButton icon="undo" label="Undo" keys="Ctrl Z" />
        <IconButton icon="redo" label="Redo" keys="Ctrl Shift Z" isDisabled />
        <IconButton icon="lineage" label="Arrange" kind="default" />
        <IconButton icon="split" label="File beside canvas" aria-pressed />
        <IconButton icon="bell" label="3 notices" count={3} />
        <IconButton icon="refresh" label="Refreshing" isBusy />
        <IconButton icon="close" label="Close" size="small" />
      </Row>
    </Panel>
  )
}

function Choices() {
  const [decision, setDecision] = useState<(typeof DECISIONS)[number]['id']>('approve')
  const [tab, setTab] = useState<'stage' | 'parameters' | 'evidence'>('stage')
  const [query, setQuery] = useState('')
  return (
    <Panel title="Choices" className={styles.half}>
      <Row gap={3} wraps>
        <Segmented label="Decision" segments={DECISIONS} value={decision} onChange={setDecision} />
        <Segmented
          label="Metrics"
          segments={[
            { id: 'training', label: 'Training', count: 3 },
            { id: 'system', label: 'System', isDisabled: true },
          ]}
          value="training"
          onChange={() => undefined}
        />
      </Row>
      <Row gap={3}>
        <SearchField label="Subject, hash or number" isListFilter value={query} onChange={setQuery} />
        <SearchField label="Filtered" defaultValue="run 412" />
      </Row>
      <Row gap={4} wraps align="start">
        <Stack gap={1}>
          <Checkbox defaultSelected>I opened the fairness report</Checkbox>
          <Checkbox>I opened the robustness report</Checkbox>
          <Checkbox isIndeterminate>All reports</Checkbox>
        </Stack>
        <Stack gap={1}>
          <Checkbox isInvalid>Must be opened first</Checkbox>
          <Checkbox isDisabled>Not open to you</Checkbox>
        </Stack>
        <Stack gap={1}>
          <Switch defaultSelected>Keep recordings</Switch>
          <Switch>Single-key shortcuts</Switch>
          <Switch isDisabled>Set by your administrator</Switch>
        </Stack>
      </Row>
      <Tabs
        label="Inspector"
        value={tab}
        onChange={setTab}
        actions={<IconButton icon="more" label="More" size="small" />}
        tabs={[
          {
            id: 'stage',
            label: 'Stage',
            icon: 'pipeline',
            content: (
              <Text size="small" tone="dim">
                Command, reads and writes.
              </Text>
            ),
          },
          {
            id: 'parameters',
            label: 'Parameters',
            count: 12,
            content: (
              <Text size="small" tone="dim">
                Twelve values.
              </Text>
            ),
          },
          {
            id: 'evidence',
            label: 'Evidence',
            content: (
              <Text size="small" tone="dim">
                What this stage supports.
              </Text>
            ),
          },
        ]}
      />
    </Panel>
  )
}

function Fields() {
  const [stage, setStage] = useState<StageId | null>('train')
  const [found, setFound] = useState<StageId | null>('fairness')
  return (
    <>
      <Panel title="Fields" className={styles.third}>
        <TextField label="Name" defaultValue="credit-scoring" />
        <TextField label="Command" isMono placeholder="strongroom step fairness" description="Runs in the folder of the pipeline." />
        <TextField label="Role" defaultValue="Enginer" error="No such role. Use engineer, approver, auditor or administrator." />
        <TextField
          label="Disparate impact at least"
          defaultValue="0.80"
          locked="Signed by the Risk officer on 2 Nov. Changing it needs a new signature."
        />
        <TextField label="Groups" defaultValue="age_band, sex" changed="changed, not yet run" />
        <TextField label="Not open" defaultValue="workstation" isDisabled />
      </Panel>
      <Panel title="Secrets and numbers" className={styles.third}>
        <PasswordField label="Passphrase of your personal key" defaultValue="correct horse battery" />
        <PasswordField
          label="New passphrase"
          defaultValue="correct"
          error="Too short. Use at least 12 characters."
        />
        <NumberField label="GPU memory" defaultValue={48} minValue={1} maxValue={96} unit="GB" />
        <NumberField label="Seed" defaultValue={20261123} formatOptions={{ useGrouping: false }} locked="Part of the signed parameters." />
        <TextField label="Time limit" defaultValue="90" unit="min" />
      </Panel>
      <Panel title="Lists and text" className={styles.third}>
        <Select label="Stage" options={STAGES} value={stage} onChange={setStage} />
        <Select
          label="Runs on"
          options={STAGES}
          value={null}
          onChange={() => undefined}
          placeholder="Choose a machine"
          error="Choose a machine with 48 GB."
        />
        <Select
          label="Role"
          options={[{ id: 'auditor', label: 'Auditor' }]}
          value="auditor"
          onChange={() => undefined}
          locked="Only an administrator can change it."
        />
        <ComboBox label="Find a stage" options={STAGES} value={found} onChange={setFound} empty="No stage has that name." />
        <TextArea
          label="Why it is acceptable"
          defaultValue="Group error rates moved by under 0.3 points. Update is under way, notice goes out with 14."
        />
      </Panel>
    </>
  )
}
