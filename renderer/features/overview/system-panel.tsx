import type { Project } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { KeyValue, Panel, Row, Text } from '../../design/index.ts'
import { EntryLink, formatDay } from '../../state/index.ts'
import { describeDuties } from './duties.ts'

/** What the system is for, and which duties follow from that. */
export function SystemPanel({ project }: { readonly project: Project }) {
  const { intendedPurpose, roles, annexIII, folder, createdAt, createdEntry } = project
  return (
    <Panel title={words.system}>
      <KeyValue
        wraps
        pairs={[
          { label: words.purpose, value: intendedPurpose },
          { label: words.role, value: roles.map((role) => words.roleNames[role]).join(', ') },
          { label: words.classification, value: annexIII === '' ? <Text tone="warning">{words.notClassified}</Text> : describeClassification(annexIII) },
          { label: words.duties, value: describeDuties(annexIII, new Date()) },
          { label: words.folder, value: folder, isMono: true },
          {
            label: words.created,
            value: (
              <Row>
                {formatDay(createdAt)}
                <EntryLink seq={createdEntry} />
              </Row>
            ),
          },
        ]}
      />
    </Panel>
  )
}

function describeClassification(annexIII: string): string {
  return annexIII === 'none' ? words.notHighRisk : words.highRisk(annexIII, nameUse(annexIII))
}

/** The use that a point of Annex III names, without the point. */
function nameUse(annexIII: string): string {
  const label = projectsMessages.annexIII.find(([point]) => point === annexIII)?.[1] ?? ''
  return label.slice(annexIII.length).trim()
}
