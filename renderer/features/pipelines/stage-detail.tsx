import { isCode } from '../../../shared/graph/code-files.ts'
import type { ReactNode } from 'react'
import type { Gate, Stage } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages } from '../../../shared/messages/pipelines.ts'
import { Chip, CodeBlock, KeyValue, PanelSection, Text, type Pair } from '../../design/index.ts'
import { countCode } from './graph-sources.ts'
import styles from './pipelines.module.css'

const words = pipelineMessages.inspector

/** A stage in groups: what it runs, reads and writes, what it asks for, what it is evidence of, what it registers. */
export function StageDetail({ stage }: { readonly stage: Stage }) {
  const { meta } = stage
  const code = countCode(stage)
  return (
    <>
      <PanelSection>
        {stage.desc !== null && (
          <Text as="p" size="small" tone="dim">
            {stage.desc}
          </Text>
        )}
        <CodeBlock label={words.command} wraps="anywhere">
          {stage.cmd.join('\n')}
        </CodeBlock>
        <KeyValue pairs={needs(stage)} />
      </PanelSection>
      <PanelSection title={words.reads} {...(code > 0 ? { meta: words.codeFiles(code) } : {})}>
        <Paths paths={stage.deps.filter((path) => !isCode(path)).map((path) => ({ path }))} />
      </PanelSection>
      <PanelSection title={words.writes}>
        <Paths paths={stage.outs.map(({ path, kind }) => ({ path, note: words.kind[kind] }))} />
      </PanelSection>
      {meta.evidence.length > 0 && (
        <PanelSection title={words.evidence}>
          {meta.evidence.map(({ kind, path }) => (
            <div key={`${kind} ${path}`} className={styles.evidence}>
              <Chip>{kind}</Chip>
              <Path path={path} />
            </div>
          ))}
        </PanelSection>
      )}
      <StagePromises stage={stage} />
    </>
  )
}

/** The version that a stage registers, and the gates that it has to pass. */
export function StagePromises({ stage: { meta } }: { readonly stage: Stage }) {
  return (
    <>
      {meta.register && (
        <PanelSection title={words.registers}>
          <Paths paths={[{ path: meta.register.path, note: words.registersAs(meta.register.model) }]} />
        </PanelSection>
      )}
      {meta.gates && (
        <PanelSection title={words.gates}>
          {meta.gates.staging && <GateConditions stage="staging" gate={meta.gates.staging} />}
          {meta.gates.production && <GateConditions stage="production" gate={meta.gates.production} />}
        </PanelSection>
      )}
    </>
  )
}

function needs({ wdir, meta: { resources }, alwaysChanged, frozen }: Stage): Pair[] {
  const { cpus, memory, gpus, time } = resources
  const parts = [words.cpus(cpus), memory, gpus !== undefined && gpus > 0 && words.gpus(gpus), time !== undefined && words.atMost(time), alwaysChanged && words.always, frozen && pipelineMessages.frozen]
  const wanted = { label: words.needs, value: parts.filter((part) => part !== false && part !== undefined).join(', ') }
  return wdir === '.' ? [wanted] : [{ label: words.folder, value: wdir, isMono: true }, wanted]
}

interface NotedPath {
  readonly path: string
  readonly note?: string
}

function Paths({ paths }: { readonly paths: readonly NotedPath[] }): ReactNode {
  return paths.map(({ path, note = '' }) => (
    <div key={path} className={styles.path}>
      <Path path={path} />
      {note !== '' && (
        <Text size="small" tone="faint">
          {note}
        </Text>
      )}
    </div>
  ))
}

function Path({ path }: { readonly path: string }) {
  return (
    <Text size="small" isMono isCut title={path}>
      {path}
    </Text>
  )
}

function GateConditions({ stage, gate }: { readonly stage: 'staging' | 'production'; readonly gate: Gate }) {
  const conditions = gate.metrics.flatMap(({ name, min, max }) => [...(min === undefined ? [] : [words.atLeast(name, min)]), ...(max === undefined ? [] : [words.noMore(name, max)])])
  return (
    <div>
      <Text size="small" weight="medium">
        {words.gate(stage)}
      </Text>
      <ul className={styles.conditions}>
        {[...conditions, words.approvals(gate.approvals)].map((condition) => (
          <li key={condition}>{condition}</li>
        ))}
      </ul>
    </div>
  )
}
