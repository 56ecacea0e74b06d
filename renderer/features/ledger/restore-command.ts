import type { RecordedBackup } from '../../../shared/contract/index.ts'
import { backupMessages } from '../../../shared/messages/backups.ts'

const { restore: words } = backupMessages

/** The command that restores the newest backup that is there; null where there is none. What only a person knows stands in capitals. */
export function restoreCommand(backups: readonly RecordedBackup[]): string | null {
  const newest = backups.find(({ state }) => state === 'there')
  if (newest === undefined) return null
  const { folder, backup } = newest
  const isWindows = /^[A-Za-z]:\\|^\\\\/.test(folder)
  const path = isWindows ? `${folder.replace(/\\$/, '')}\\${backup}` : `${folder.replace(/\/$/, '')}/${backup}`
  const quote = isWindows ? (text: string) => `"${text}"` : quoteForShell
  return `strongroom restore ${quote(path)} --data ${quote(words.newFolder)} --reason ${quote(words.reason)} --anchor ${quote(words.anchor)}`
}

/** One word of a POSIX shell, whatever is in it. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
