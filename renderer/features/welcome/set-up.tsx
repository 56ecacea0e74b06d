import { useState } from 'react'
import type { WorkplaceState } from '../../../shared/contract/index.ts'
import { EnrolStep } from './enrol-step.tsx'
import { KeyStep } from './key-step.tsx'
import { ProjectStep } from './project-step.tsx'
import { WorkplaceStep } from './workplace-step.tsx'

export interface SetUpProps {
  readonly workplace: WorkplaceState
  /** The person goes on to the workplace, now or from any step after the first. */
  readonly onDone: () => void
}

type Step = { readonly name: 'workplace' } | { readonly name: 'key'; readonly logKey: string; readonly organisation: string } | { readonly name: 'people' } | { readonly name: 'project'; readonly isPeopleLeft: boolean }

/** The first run: workplace, log key, two people, a project. Only the first step is needed; the others can be done later. */
export function SetUp({ workplace, onDone }: SetUpProps) {
  const [step, setStep] = useState<Step>({ name: 'workplace' })
  switch (step.name) {
    case 'workplace':
      return <WorkplaceStep dataFolder={workplace.dataFolder} onCreated={(logKey, organisation) => setStep({ name: 'key', logKey, organisation })} />
    case 'key':
      return <KeyStep logKey={step.logKey} organisation={step.organisation} onNext={() => setStep({ name: 'people' })} />
    case 'people':
      return <EnrolStep onNext={(isDone) => setStep({ name: 'project', isPeopleLeft: !isDone })} />
    case 'project':
      return <ProjectStep isPeopleLeft={step.isPeopleLeft} onDone={onDone} />
  }
}
