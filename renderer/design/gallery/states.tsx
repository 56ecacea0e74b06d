import { useState } from 'react'
import type { EvidenceStateName, RunStateName } from '../index.ts'
import {
  Banner,
  Button,
  EmptyState,
  ErrorState,
  EvidenceState,
  evidenceStates,
  Figures,
  Panel,
  Row,
  RunState,
  runStates,
  Skeleton,
  Stack,
  StateShape,
  Stepper,
  Tag,
  Text,
} from '../index.ts'
import styles from './gallery.module.css'

const RUN_WORDS: Record<RunStateName, string> = {
  queued: 'Queued',
  running: 'Running',
  succeeded: 'Succeeded',
  cached: 'Cached',
  failed: 'Failed',
  interrupted: 'Interrupted',
  cancelled: 'Cancelled',
}

const EVIDENCE_WORDS: Record<EvidenceStateName, string> = {
  supported: 'Supported',
  partial: 'Partial',
  stale: 'Stale',
  missing: 'Missing',
  'not-applicable': 'Not applicable',
  'not-yet': 'Not yet',
}

/** States by shape, colour and word; what stands where content is not. */
export function States() {
  const [step, setStep] = useState(2)
  return (
    <>
      <Panel title="Run states" className={styles.half}>
        <Row gap={4} wraps>
          {runStates.map((state) => (
            <RunState key={state} state={state} label={RUN_WORDS[state]} />
          ))}
        </Row>
        <Row gap={2} wraps>
          {runStates.map((state) => (
            <Tag key={state} state={state}>
              {RUN_WORDS[state]}
            </Tag>
          ))}
        </Row>
        <Row gap={3} wraps>
          {runStates.map((state) => (
            <StateShape key={state} state={state} size="normal" />
          ))}
        </Row>
      </Panel>
      <Panel title="Evidence states" className={styles.half}>
        <Row gap={4} wraps>
          {evidenceStates.map((state) => (
            <EvidenceState key={state} state={state} label={EVIDENCE_WORDS[state]} />
          ))}
        </Row>
        <Row gap={2} wraps>
          {evidenceStates.map((state) => (
            <Tag key={state} state={state}>
              {EVIDENCE_WORDS[state]}
            </Tag>
          ))}
        </Row>
        <Row gap={2} wraps>
          <Tag state="missing" remove={{ label: 'Show all rows', onPress: () => undefined }}>
            Art. 14, missing first
          </Tag>
        </Row>
      </Panel>
      <div className={styles.full}>
        <Stack gap={2}>
          <Banner
            kind="success"
            title="Verified in full: nothing recorded was altered, removed or reordered"
            aside={
              <Figures
                figures={[
                  { label: 'Tree size', value: '48,213' },
                  { label: 'Checkpoint', value: '14:32:08' },
                ]}
              />
            }
          >
            48,213 entries and signatures, 214 checkpoints, 2 cosignatures agree. 4.1 s, at 14:32:12.
          </Banner>
          <Banner kind="note" title="You see the ledger as an auditor" aside={<Button size="small">Leave</Button>}>
            Nothing here can be changed.
          </Banner>
          <Banner kind="warning" title="No witness has signed since 9 Nov">
            The last checkpoint is only as safe as this machine.
          </Banner>
          <Banner kind="failure" title="Entry 31,207 does not match its signature">
            Nothing after it is trusted. Compare with a witness.
          </Banner>
        </Stack>
      </div>
      <Panel title="Empty" className={styles.third}>
        <EmptyState
          icon="run"
          title="No runs yet."
          action={
            <Button kind="primary" icon="run">
              Run the pipeline
            </Button>
          }
        >
          Run the pipeline to see terminal, metrics and cost here.
        </EmptyState>
      </Panel>
      <Panel title="Error" className={styles.third}>
        <ErrorState
          title="explain ran out of memory at 31.8 GB."
          action={<Button>Change the request</Button>}
          details={{ label: 'Details', text: 'training.out-of-memory, run 412, attempt 1' }}
        >
          Ask for 48 GB.
        </ErrorState>
      </Panel>
      <Panel title="Loading" className={styles.third} isFlush>
        <Skeleton label="Loading entries" lines={6} />
        <Skeleton label="Loading chart" look="block" />
      </Panel>
      <Panel title="Steps" className={styles.half}>
        <Stepper label="New pack" steps={['Scope', 'Redactions', 'Preview', 'Sign']} current={step} doneLabel=", done" />
        <Row>
          <Button
            size="small"
            onPress={() => {
              setStep(Math.max(0, step - 1))
            }}
          >
            Back
          </Button>
          <Button
            size="small"
            onPress={() => {
              setStep(Math.min(3, step + 1))
            }}
          >
            Next
          </Button>
        </Row>
      </Panel>
      <Panel title="Words" className={styles.half}>
        <Text size="title" weight="strong" as="h3">
          Page title
        </Text>
        <Text size="figure" weight="medium">
          48,213
        </Text>
        <Row gap={3} wraps>
          <Text>Body</Text>
          <Text tone="dim">Second line</Text>
          <Text tone="faint" size="micro">
            Caption
          </Text>
          <Text isMono size="small">
            5b0ce2d7
          </Text>
          <Text tone="warning" size="small">
            over quota
          </Text>
        </Row>
      </Panel>
    </>
  )
}
