import { z } from 'zod'
import { Sha256, Timestamp } from './ids.ts'
import { request } from './request.ts'

/** An absolute path on the machine of the orchestrator. */
const Folder = z.string().min(1).max(4096)
const Count = z.number().int().nonnegative()

export const BackupSchedule = z.object({
  folder: Folder,
  everyHours: z.number().int().min(1).max(24 * 366),
  /** How many backups stay, the newest. */
  keep: z.number().int().min(1).max(10_000),
})
export type BackupSchedule = z.infer<typeof BackupSchedule>

/** A backup that was made and read back: of the first `size` entries, in `folder`. */
export const BackupMade = z.object({
  backup: z.string(),
  folder: z.string(),
  size: Count,
  root: z.string(),
  files: Count,
  bytes: Count,
  /** Backups that went, as the schedule keeps no more. */
  removed: z.array(z.string()),
  entry: Count,
  /** SHA-256 of its list, backup.json. */
  manifest: Sha256.or(z.string()),
})
export type BackupMade = z.infer<typeof BackupMade>

export const BackupState = z.object({
  schedule: BackupSchedule.nullable(),
  running: z.boolean(),
  last: z.object({ id: z.string(), folder: z.string(), at: Timestamp, size: Count, entry: Count }).nullable(),
  /** The newest try, where it failed. */
  failing: z.object({ at: Timestamp, folder: z.string(), reason: z.string(), entry: Count }).nullable(),
  dueAt: z.string().nullable(),
})
export type BackupState = z.infer<typeof BackupState>

/**
 * A backup that an entry says was made. `there`: its list is in its folder. `missing`: the folder is, and it is not. `out-of-reach`: no backups are where
 * the folder was; its disk is elsewhere.
 */
export const RecordedBackup = BackupMade.omit({ removed: true, manifest: true }).extend({ at: Timestamp, state: z.enum(['there', 'missing', 'out-of-reach']) })
export type RecordedBackup = z.infer<typeof RecordedBackup>

/** What reading a backup through found. `faults`: the first of them; each is a sentence with its file. */
export const BackupVerification = z.object({ ok: z.boolean(), backup: z.string(), folder: Folder, size: Count, faults: z.object({ count: Count, listed: z.array(z.string()) }), durationMs: z.number(), at: Timestamp })
export type BackupVerification = z.infer<typeof BackupVerification>

export const backupRequests = {
  'backups.state': request('ledger.read', z.object({}), BackupState),
  /** Makes one now, while everything goes on; reports progress. Recorded, also when it fails. */
  'backups.create': request('backup.manage', z.object({ folder: Folder }), BackupMade),
  /** What was made and not let go since, newest first; nothing is read but whether it is there. */
  'backups.list': request('ledger.read', z.object({}), z.array(RecordedBackup)),
  /** Reads the backup that an entry says was made through, as it was recorded; reports progress and writes nothing. `not-found` where it is not there. */
  'backups.verify': request('ledger.read', z.object({ entry: Count }), BackupVerification),
  'backups.schedule': request('backup.manage', BackupSchedule, BackupState),
  'backups.unschedule': request('backup.manage', z.object({}), BackupState),
}
