import type { RecordedBackup } from '../../../shared/contract/index.ts'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { BulletList, CodeBlock, CopyButton, Panel, Stack, Text } from '../../design/index.ts'
import { restoreCommand } from './restore-command.ts'

const words = backupMessages.restore

/** How a backup is restored: not from here, as the orchestrator of that folder must not run. */
export function RestorePanel({ backups }: { readonly backups: readonly RecordedBackup[] }) {
  const command = restoreCommand(backups)
  return (
    <Panel title={words.title} {...(command === null ? {} : { actions: <CopyButton text={command} label={words.copy} /> })}>
      <Stack gap={3}>
        <Text as="p" size="small" tone="dim">
          {words.text}
        </Text>
        {command === null ? (
          <Text tone="dim">{words.noCommand}</Text>
        ) : (
          <CodeBlock label={words.command} wraps="at-spaces">
            {command}
          </CodeBlock>
        )}
        <BulletList items={words.follows} />
      </Stack>
    </Panel>
  )
}
