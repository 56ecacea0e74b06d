import type { ModelStage } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Icon, type IconName, Tag, type Tone } from '../../design/index.ts'
import styles from './models.module.css'

const LOOKS: Readonly<Record<ModelStage, { readonly icon: IconName; readonly tone: Tone }>> = {
  experiment: { icon: 'experiment', tone: 'neutral' },
  staging: { icon: 'stack', tone: 'info' },
  production: { icon: 'circle-check', tone: 'success' },
  archived: { icon: 'archive', tone: 'neutral' },
}

/** The stage of a version: icon and word. */
export function StageTag({ stage, children = words.stages[stage] }: { readonly stage: ModelStage; readonly children?: string }) {
  return (
    <Tag tone={LOOKS[stage].tone} icon={LOOKS[stage].icon}>
      {children}
    </Tag>
  )
}

/** The same without a frame, for dense lists. */
export function StageMark({ stage }: { readonly stage: ModelStage }) {
  return (
    <span className={styles.mark} data-stage={stage}>
      <Icon name={LOOKS[stage].icon} size="small" />
      {words.stages[stage]}
    </span>
  )
}
