import { useState } from 'react'
import type { Coverage, ModelStage, Pack } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Banner, Button, KeyValue, Panel, Progress, SignaturePanel, Skeleton, Stepper, Text } from '../../design/index.ts'
import { formatCount, formatDay, keyName, passphraseError, rootHex, SignFailure, useSession, type VersionKey } from '../../state/index.ts'
import styles from './evidence.module.css'
import { exportStatement } from './evidence-resources.ts'
import { PackItem } from './pack-item.tsx'
import { ReportPreview } from './report-preview.tsx'
import { useExport } from './use-export.ts'

export interface NewPackProps {
  readonly version: VersionKey
  readonly stage: ModelStage
  readonly coverage: Coverage
  readonly onClose: () => void
  readonly onReport: (pack: Pack) => void
}

/** From scope to a signed pack in three steps; what is signed is seen before. */
export function NewPack({ version, stage, coverage, onClose, onReport }: NewPackProps) {
  const [step, setStep] = useState(0)
  const work = useExport(version)
  const name = words.versionName(version.model, version.version)
  const { contents } = coverage
  const scope = (
    <KeyValue
      wraps
      pairs={[
        { label: words.signedObject, value: words.scope(name, stage) },
        { label: words.asOfLabel, value: formatDay(coverage.asOf) },
        { label: words.frameworks, value: coverage.frameworks.map(({ title }) => title).join(', ') },
        {
          label: words.holds,
          value: words.holdsText(formatCount(contents.facts), formatCount(contents.claims), formatCount(contents.entries)),
        },
      ]}
    />
  )
  const isIdle = work.progress === null && work.pack === null
  return (
    <Panel
      title={words.wizard(name)}
      close={{ label: words.close, onClose, isDisabled: work.progress !== null }}
      {...(isIdle || work.pack ? { foot: <Foot step={step} isDone={work.pack !== null} onStep={setStep} onClose={onClose} /> } : {})}
    >
      {work.pack === null && <Stepper label={words.stepsLabel} steps={words.steps} current={step} doneLabel={words.stepDone} />}
      {work.progress && (
        <div className={styles.lines}>
          <Progress label={words.building} value={work.progress.share} max={1} text={work.progress.text} />
          {work.isCancellable && (
            <div>
              <Button size="small" onPress={work.cancel}>
                {everywhereMessages.cancel}
              </Button>
            </div>
          )}
        </div>
      )}
      {work.pack && (
        <>
          <Banner kind="success" title={words.done} />
          <PackItem pack={work.pack} onReport={onReport} />
        </>
      )}
      {isIdle && step === 0 && (
        <>
          {scope}
          <KeyValue
            wraps
            pairs={[
              { label: words.inside, value: words.insideText },
              { label: words.leftOut, value: words.leftOutText },
            ]}
          />
          <Text as="p" size="small" tone="dim">
            {words.scopeText}
          </Text>
        </>
      )}
      {isIdle && step === 1 && (
        <>
          {scope}
          <ReportPreview coverage={coverage} name={name} />
        </>
      )}
      {isIdle && step === 2 && <Sign version={version} stage={stage} work={work} />}
    </Panel>
  )
}

interface SignProps extends Pick<NewPackProps, 'version' | 'stage'> {
  readonly work: ReturnType<typeof useExport>
}

function Sign({ version, stage, work }: SignProps) {
  const session = useSession()
  const name = words.versionName(version.model, version.version)
  const { value, error, reload } = exportStatement.use(version)
  const { failure } = work
  const wrong = passphraseError(failure)
  if (value === undefined) {
    return error ? (
      <Banner kind="failure" title={error.message} aside={<Button onPress={reload}>{everywhereMessages.readAgain}</Button>} />
    ) : (
      <Skeleton label={words.readStatement} lines={6} />
    )
  }
  return (
    <>
      {failure?.code === 'cancelled' ? <Banner kind="note" title={words.cancelled} /> : <SignFailure failure={failure} />}
      <SignaturePanel
        facts={[
          { label: words.signedObject, value: words.scope(name, stage) },
          { label: words.treeSeen, value: words.tree(formatCount(value.tree.size), rootHex(value.tree.root).slice(0, 8)), isMono: true },
          { label: words.key, value: keyName(session?.person.keyId ?? ''), isMono: true },
        ]}
        statementLabel={words.signStatement}
        statement={value.statement}
        passphraseLabel={words.passphrase}
        signLabel={words.sign(name)}
        consequence={words.consequence}
        onSign={(passphrase) => work.start(passphrase, value.tree.size)}
        isBusy={work.progress !== null}
        error={wrong}
      />
    </>
  )
}

interface FootProps {
  readonly step: number
  readonly isDone: boolean
  readonly onStep: (step: number) => void
  readonly onClose: () => void
}

/** The signature has its own button, so its step only leads back. */
function Foot({ step, isDone, onStep, onClose }: FootProps) {
  if (isDone) {
    return (
      <div className={styles.foot}>
        <span />
        <Button kind="primary" onPress={onClose}>
          {words.finish}
        </Button>
      </div>
    )
  }
  return (
    <div className={styles.foot}>
      <span className={styles.acts}>
        {step > 0 && <Button onPress={() => onStep(step - 1)}>{words.back}</Button>}
        <Button kind="ghost" onPress={onClose}>
          {everywhereMessages.cancel}
        </Button>
      </span>
      {step < 2 && (
        <Button kind="primary" onPress={() => onStep(step + 1)}>
          {step === 0 ? words.next : words.toSign}
        </Button>
      )}
    </div>
  )
}
