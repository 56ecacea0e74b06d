import { expect, it } from 'vitest'
import type { RecordedBackup } from '../../../shared/contract/index.ts'
import { restoreCommand } from './restore-command.ts'

const backup = (over: Partial<RecordedBackup>) => ({ backup: '2026-11-27T08-00-00-000Z', folder: '/mnt/backups', state: 'there', ...over }) as RecordedBackup

it('restores the newest backup that is there', () => {
  const command = restoreCommand([backup({ backup: 'gone', state: 'missing' }), backup({}), backup({ backup: 'older' })])
  expect(command).toBe("strongroom restore '/mnt/backups/2026-11-27T08-00-00-000Z' --data 'NEW FOLDER' --reason 'WHY' --anchor 'OLD FOLDER/high-water'")
})

it('is one word to the shell, whatever the folder is called', () => {
  expect(restoreCommand([backup({ folder: "/mnt/Asta's disk; rm -rf /" })])).toContain(`'/mnt/Asta'\\''s disk; rm -rf /2026`)
})

it('has the path as Windows writes it there', () => {
  expect(restoreCommand([backup({ folder: 'E:\\backups' })])).toContain('"E:\\backups\\2026-11-27T08-00-00-000Z"')
})

it('is none where there is no backup to restore', () => {
  expect(restoreCommand([])).toBeNull()
  expect(restoreCommand([backup({ state: 'out-of-reach' })])).toBeNull()
})
