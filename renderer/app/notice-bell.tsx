import { appMessages } from '../../shared/messages/app.ts'
import { Button, Icon, IconButton, Link, Popover, Row, Stack, Text, type IconName } from '../design/index.ts'
import { formatRecent } from '../state/index.ts'
import styles from './notice-bell.module.css'
import { clearNotices, markNoticesRead, useKeptNotices, type KeptNotice } from './notices.ts'

const words = appMessages.header
const ICONS: Readonly<Record<KeptNotice['kind'], IconName>> = { note: 'info', success: 'circle-check', failure: 'alert' }

/** The notices of this session, newest first. */
export function NoticeBell() {
  const { kept, unread } = useKeptNotices()
  return (
    <Popover label={words.notices(0)} placement="bottom end" trigger={<IconButton icon="bell" label={words.notices(unread)} count={unread} onPress={markNoticesRead} />}>
      {(close) => (
        <div className={styles.notices}>
          <Row isSpread>
            <Text weight="medium">{words.notices(0)}</Text>
            {kept.length > 0 && (
              <Button kind="ghost" size="small" onPress={clearNotices}>
                {words.clearNotices}
              </Button>
            )}
          </Row>
          {kept.length === 0 ? (
            <Text size="small" tone="dim" as="p">
              {words.noNotices}
            </Text>
          ) : (
            <ul className={styles.list}>
              {kept.map(({ id, title, detail, kind, href, at }) => (
                <li key={id} className={styles.notice} onClick={close}>
                  <Icon name={ICONS[kind]} size="small" />
                  <Stack gap={1} grows>
                    <Text size="small">{href === undefined ? title : <Link href={href}>{title}</Link>}</Text>
                    {detail !== undefined && (
                      <Text size="small" tone="dim">
                        {detail}
                      </Text>
                    )}
                  </Stack>
                  <Text size="micro" tone="faint">
                    {formatRecent(at)}
                  </Text>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Popover>
  )
}
