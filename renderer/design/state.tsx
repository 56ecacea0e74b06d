import { classNames } from './class-names.ts'
import { StateShape } from './state-shape.tsx'
import styles from './state.module.css'
import type { EvidenceStateName, RunStateName } from './tone.ts'
import { toneClass } from './tone.ts'
import { VisuallyHidden } from './visually-hidden.tsx'

interface StateProps<Name> {
  readonly state: Name
  /** The state's word. With `isIconOnly` it is still there for a screen reader. */
  readonly label: string
  readonly isIconOnly?: boolean | undefined
}

function State({ state, label, isIconOnly = false }: StateProps<RunStateName | EvidenceStateName>) {
  return (
    <span className={classNames(styles.state, toneClass(state))} title={isIconOnly ? label : undefined}>
      <StateShape state={state} />
      {isIconOnly ? <VisuallyHidden>{label}</VisuallyHidden> : <span>{label}</span>}
    </span>
  )
}

/** State of a run or a stage: shape, colour and word. */
export function RunState(props: StateProps<RunStateName>) {
  return <State {...props} />
}

/** State of evidence for an obligation: shape, colour and word. */
export function EvidenceState(props: StateProps<EvidenceStateName>) {
  return <State {...props} />
}
