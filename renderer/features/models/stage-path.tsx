import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Chip, Icon, Panel, Text } from '../../design/index.ts'
import { formatTime } from '../../state/index.ts'
import styles from './models.module.css'
import { stageSteps, type StageStep } from './stage-steps.ts'
import { lastMove } from './version-resources.ts'

/** From experiment to archive: where the version is, when it came there and who let it. */
export function StagePath({ detail, replaces }: { readonly detail: VersionDetail; readonly replaces: number | null }) {
  const steps = stageSteps(detail)
  return (
    <Panel title={words.stagePath} isTitleHidden className={styles.stagePath}>
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={step.stage} className={styles.step} data-state={step.state} aria-current={step.state === 'now' ? 'step' : undefined}>
            <div className={styles.stepHead}>
              <Text size="small" weight="strong" tone={step.state === 'ahead' || step.state === 'skipped' ? 'faint' : 'normal'}>
                {words.stages[step.stage]}
              </Text>
              <StepMark step={step} />
            </div>
            <div className={styles.quiet}>
              {step.stage === 'archived' && step.state === 'now' ? (
                <ArchivedLines detail={detail} />
              ) : (
                <StepLines step={step} replaced={detail.openPromotion?.to === 'production' ? replaces : null} />
              )}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

function StepMark({ step }: { readonly step: StageStep }) {
  if (step.state === 'now') return <Chip>{words.now}</Chip>
  if (step.state === 'done')
    return (
      <span className={styles.done}>
        <Icon name="check" size="small" label={words.reached} />
      </span>
    )
  if (step.state === 'asked')
    return (
      <Text size="micro" tone="warning">
        {words.signed(step.signatures, step.needed)}
      </Text>
    )
  return null
}

function StepLines({ step, replaced }: { readonly step: StageStep; readonly replaced: number | null }) {
  const [first, second] =
    step.stage === 'archived' && step.state === 'ahead' && replaced !== null ? words.archivedOther(replaced) : linesOf(step)
  return (
    <>
      <div>{first}</div>
      <div>{second}</div>
    </>
  )
}

function linesOf({ state, stage, time, by, signatures }: StageStep): [string, string] {
  if (state === 'asked') return [words.askedAt(formatTime(time ?? '')), words.askedBy(by ?? '')]
  if (time !== null) return [formatTime(time), stage === 'experiment' ? (by ?? '') : words.signatures(signatures)]
  if (stage === 'archived') return [words.notAsked, words.archivedIdle]
  return [
    words.notAsked,
    state === 'ahead' ? words.afterBefore(stage === 'production' ? words.stages.staging : words.stages.experiment) : '',
  ]
}

/** Archiving is no promotion, so its time and author stand in the ledger alone. */
function ArchivedLines({ detail: { project, model, version } }: { readonly detail: VersionDetail }) {
  const { value: move } = lastMove.use({ project, model, version })
  if (!move) return null
  return (
    <>
      <div>{formatTime(move.time)}</div>
      <div>{words.archivedBy(move.signedBy)}</div>
    </>
  )
}
