import type { Session } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { peopleMessages } from '../../shared/messages/people.ts'
import { Body, EmptyState, Panel, ViewBar } from '../design/index.ts'
import { permissionToOpen, type Address } from '../state/index.ts'

const words = appMessages.notYours

export interface NotYoursProps {
  readonly address: Address
  readonly title: string
  readonly session: Session
}

/** In place of a page of which no role of the person here lets them read anything: what it takes, and what they hold. */
export function NotYours({ address, title, session: { person, holdings } }: NotYoursProps) {
  const needed = permissionToOpen(address)
  const isOfPartsAlone = holdings.length > 0 && holdings.every(({ scope }) => scope !== null)
  return (
    <>
      <ViewBar title={title} />
      <Body>
        <Panel title={title} isTitleHidden>
          <EmptyState icon="lock" title={words.title}>
            {needed !== null && words.needs(peopleMessages.permissions[needed])}{' '}
            {holdings.length === 0 ? words.holdNothing : words.hold(peopleMessages.held(person), isOfPartsAlone && !('project' in address))} {words.ask}
          </EmptyState>
        </Panel>
      </Body>
    </>
  )
}
