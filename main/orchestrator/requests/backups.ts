import { isAbsolute } from 'node:path'
import { RequestError } from '../../../shared/contract/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type BackupMethods = 'backups.state' | 'backups.list' | 'backups.verify' | 'backups.create' | 'backups.schedule' | 'backups.unschedule'

export function answerBackups(workplace: Workplace): Pick<Answers, BackupMethods> {
  const backups = () => workplace.ready().backups
  return {
    'backups.state': () => backups().state(),
    'backups.list': () => backups().list(),
    'backups.verify': ({ entry }, call) => backups().verify(entry, { signal: call.signal, onProgress: (share, text) => call.progress(share, text) }),
    'backups.create': ({ folder }, call) =>
      backups().create(call.actor(), requireAbsolute(folder), { signal: call.signal, onProgress: (share, text) => call.progress(share, text) }),
    'backups.schedule': (wish, call) => {
      const state = backups().schedule(call.actor(), { ...wish, folder: requireAbsolute(wish.folder) })
      // The first is made at once: a folder that cannot be written shows while whoever chose it is there.
      void backups().makeDue()
      return state
    },
    'backups.unschedule': (_, call) => backups().unschedule(call.actor()),
  }
}

function requireAbsolute(folder: string): string {
  if (isAbsolute(folder)) return folder
  throw new RequestError('invalid-path', `'${folder}' is not a whole path. Begin it at the root, as in /mnt/backups: the orchestrator does not know where you are.`)
}
