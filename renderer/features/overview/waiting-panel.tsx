import type { Project } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { Icon, Link, Panel, Skeleton, Text } from '../../design/index.ts'
import { backupState, packList, peopleList, pipeline, runList, useSession, versionList } from '../../state/index.ts'
import styles from './overview.module.css'
import { findWaiting } from './waiting.ts'

/** What the person who looks can do next. */
export function WaitingPanel({ project }: { readonly project: Project }) {
  const session = useSession()
  const runs = runList.use(project.id).value
  const versions = versionList.use(project.id).value
  const packs = packList.use(project.id).value
  const people = peopleList.use('people').value
  const backups = backupState.use('backups').value
  const read = pipeline.use(project.id).value
  if (!session) return null
  const waiting = findWaiting({ project, session, people, pipeline: read, runs, versions, packs, backups })
  const isReading = runs === undefined || versions === undefined || packs === undefined
  const roles = peopleMessages.held(session.person)
  return (
    <Panel title={words.waits} meta={words.waitsFor(roles)} isFlush className={styles.fixed}>
      {waiting.length > 0 ? (
        <ul className={styles.list}>
          {waiting.map(({ id, title, text, href, icon, tone }) => (
            <li key={id} className={styles.item}>
              <Text tone={tone ?? 'dim'}>
                <Icon name={icon} />
              </Text>
              <div className={styles.words}>
                <Link href={href}>{title}</Link>
                <Text as="p" size="small" tone="dim">
                  {text}
                </Text>
              </div>
            </li>
          ))}
        </ul>
      ) : isReading ? (
        <Skeleton label={words.loading} lines={2} />
      ) : (
        <div className={styles.item}>
          <Text tone="dim">
            <Icon name="circle-check" />
          </Text>
          <div className={styles.words}>
            {words.nothing}
            <Text as="p" size="small" tone="dim">
              {words.nothingText}
            </Text>
          </div>
        </div>
      )}
    </Panel>
  )
}
