import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError, type DetailOf, type BackupMade, type BackupSchedule, type BackupState, type BackupVerification, type RecordedBackup } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger, SignedEntry, Signer } from '../ledger/index.ts'
import { StorageError } from '../storage/index.ts'
import { contentsOf, placeOf, setPaths } from './backup-set.ts'
import { makeBackup, replacePersonalKeys, type BackupSource } from './make.ts'
import { verifyBackup } from './verify.ts'

export interface BackupsDependencies {
  readonly source: BackupSource
  readonly ledger: Ledger
  readonly orchestrator: Signer
  /** The program of the threads that verify the ledger. */
  readonly program: string
  readonly clock: () => number
  readonly onChanged: () => void
  readonly onFault: (error: unknown) => void
}

type BackupAction = 'backup.made' | 'backup.failed' | 'backup.scheduled' | 'backup.unscheduled'

export interface BackupCall {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number, text: string) => void) | undefined
}

const HOUR = 3_600_000
/** How often is looked whether a backup is due. */
const LOOK_EVERY = 60_000
/** Faults that an answer lists; a store that is gone has as many as there are files. */
const LISTED_FAULTS = 100
/** A scheduled backup that failed is tried again after this, or after its own interval where that is shorter. */
const RETRY_AFTER = HOUR

/** Backups of the workplace, asked for or on schedule, each recorded; the schedule is what the ledger says last. */
export class Backups {
  readonly #dependencies: BackupsDependencies
  readonly #timer: NodeJS.Timeout
  readonly #closing = new AbortController()
  #running: Promise<unknown> | null = null

  constructor(dependencies: BackupsDependencies) {
    this.#dependencies = dependencies
    this.#timer = setInterval(() => void this.makeDue(), LOOK_EVERY).unref()
  }

  /** Makes a backup in a folder of backups. Recorded, also when it fails; not when it is cancelled. Throws what `makeBackup` throws. */
  async create(actor: Actor, folder: string, call: BackupCall = {}): Promise<BackupMade> {
    return this.#run(folder, actor.signer, call)
  }

  schedule(actor: Actor, wish: BackupSchedule): BackupState {
    this.#record(actor.signer, 'backup.scheduled', { folder: wish.folder, everyHours: wish.everyHours, keep: wish.keep })
    return this.state()
  }

  /** Throws `not-found` where there is no schedule. */
  unschedule(actor: Actor): BackupState {
    if (this.#schedule() === null) throw new RequestError('not-found', 'No backups are scheduled.')
    this.#record(actor.signer, 'backup.unscheduled', {})
    return this.state()
  }

  /**
   * Brings the keys of personal data that lie beside backups to what they are now, after somebody was erased; answers the folders of backups that
   * are not there or cannot be written, where the old ones still lie.
   */
  replacePersonalKeys(): string[] {
    const folders = new Set(this.#made().map(({ entry }) => entry.detail.folder))
    return [...folders].filter((folder) => !this.#replaceIn(folder))
  }

  #replaceIn(folder: string): boolean {
    const { source, onFault } = this.#dependencies
    if (!existsSync(setPaths(folder).file)) return false
    try {
      replacePersonalKeys(source.folder.keys, setPaths(folder).personalKeys)
      return true
    } catch (error) {
      onFault(error)
      return false
    }
  }

  state(): BackupState {
    const schedule = this.#schedule()
    const made = this.#newest('backup.made')
    const failed = this.#newest('backup.failed')
    const isFailing = failed !== undefined && failed.seq > (made?.seq ?? -1)
    return {
      schedule,
      running: this.#running !== null,
      last: made === undefined ? null : { id: made.detail.backup, folder: made.detail.folder, at: made.time, size: made.detail.size, entry: made.seq },
      failing: isFailing ? { at: failed.time, ...failed.detail, entry: failed.seq } : null,
      dueAt: schedule === null ? null : new Date(this.#dueAt(schedule)).toISOString(),
    }
  }

  /** The backups that entries say were made and that no schedule let go since, newest first, and whether they are there. */
  list(): RecordedBackup[] {
    const gone = new Set<string>()
    return this.#made().reverse().flatMap((made) => {
      const { folder, backup, removed } = made.entry.detail
      for (const id of removed) gone.add(join(folder, id))
      return gone.has(join(folder, backup)) ? [] : [describe(made)]
    })
  }

  /** Reads the backup through that the entry is of, and compares its list with the one that was recorded. Throws `not-found` also where it is not there. */
  async verify(entry: number, { signal, onProgress }: BackupCall = {}): Promise<BackupVerification> {
    const { ledger, program, clock } = this.#dependencies
    const recorded = entry < ledger.size ? ledger.proved(entry) : undefined
    if (recorded?.entry.action !== 'backup.made') throw new RequestError('not-found', `Entry ${entry} records no backup. 'strongroom backup list' shows those that there are.`)
    const { folder, backup, size } = recorded.entry.detail as DetailOf<'backup.made'>
    if (stateOf(folder, backup) === 'out-of-reach') throw new RequestError('not-found', `There are no backups in ${folder}. Mount the disk that they are on, then try again.`)
    const began = performance.now()
    const { ok, digest, faults } = await verifyBackup(join(folder, backup), { program, signal, onProgress })
    const isRecorded = digest === recorded.entry.subject[0]?.digest.sha256
    const all = isRecorded ? faults : [`its list is not the one that entry ${entry} recorded (${join(folder, backup, 'backup.json')})`, ...faults]
    return { ok: ok && isRecorded, backup, folder, size, faults: { count: all.length, listed: all.slice(0, LISTED_FAULTS) }, durationMs: Math.round(performance.now() - began), at: new Date(clock()).toISOString() }
  }

  /** Makes the scheduled backup if it is due; never throws: what went wrong stands in the ledger and in `state`. */
  async makeDue(): Promise<void> {
    const { clock, ledger, orchestrator, onFault } = this.#dependencies
    // Until it goes on, nothing of it can be recorded.
    if (ledger.isShort) return
    try {
      const schedule = this.#schedule()
      if (schedule === null || this.#running !== null || clock() < this.#dueAt(schedule)) return
      const mustExist = this.#newest('backup.made')?.detail.folder === schedule.folder
      await this.#run(schedule.folder, orchestrator, { keep: schedule.keep, mustExist })
    } catch (error) {
      if (!this.#closing.signal.aborted) onFault(error)
    }
  }

  /** Ends the backup that is under way: nothing is left of it. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort(new RequestError('cancelled', 'The orchestrator is stopping: nothing is left of the backup that was under way.'))
    await this.#running?.catch(() => undefined)
  }

  async #run(folder: string, signer: Signer, { signal, onProgress, keep, mustExist }: BackupCall & { keep?: number; mustExist?: boolean }): Promise<BackupMade> {
    if (this.#running !== null) throw new RequestError('conflict', 'A backup is being made already. Wait until it is done.')
    const { source, program, clock, onChanged } = this.#dependencies
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    const work = makeBackup(source, folder, { madeAt: new Date(clock()), keep: keep === undefined ? undefined : { count: keep, recorded: this.#recorded() }, mustExist, program, signal: either, onProgress })
    this.#running = work
    onChanged()
    try {
      const { id, digest, manifest, removed } = await work
      const { size, root } = manifest.ledger
      const contents = contentsOf(manifest)
      const detail = { backup: id, folder, size, root, files: contents.length, bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0), removed: [...removed] }
      const entry = this.#record(signer, 'backup.made', detail, { name: `backup ${id}`, sha256: digest })
      return { ...detail, entry, manifest: digest }
    } catch (thrown) {
      if (!either.aborted) this.#recordFailure(folder, thrown)
      throw thrown
    } finally {
      this.#running = null
      onChanged()
    }
  }

  /** On a disk that is full there may be no room for it either; who asked is told anyway. */
  #recordFailure(folder: string, thrown: unknown): void {
    const isExpected = thrown instanceof RequestError || thrown instanceof StorageError
    const reason = isExpected ? thrown.message : 'The orchestrator failed while making it. Its log says why.'
    try {
      this.#record(this.#dependencies.orchestrator, 'backup.failed', { folder, reason })
    } catch (error) {
      this.#dependencies.onFault(error)
    }
  }

  #record<A extends BackupAction>(signer: Signer, action: A, detail: DetailOf<A>, subject?: { name: string; sha256: string }): number {
    const subjects = subject === undefined ? [] : [{ name: subject.name, digest: { sha256: subject.sha256 } }]
    return this.#dependencies.ledger.commit((tx) => tx.append(signer, { action, subject: subjects, detail }).seq)
  }

  /** Every folder that holds backups, or is to. */
  folders(): string[] {
    const schedule = this.#schedule()
    return [...new Set([...this.#made().map(({ entry }) => entry.detail.folder), ...(schedule === null ? [] : [schedule.folder])])]
  }

  /** The digests of the lists of all backups that were made. */
  #recorded(): Set<string> {
    return new Set(this.#made().flatMap(({ entry }) => entry.subject.map(({ digest }) => digest.sha256)))
  }

  /** Every entry of a backup that was made, oldest first. */
  #made(): BackupEntry[] {
    const { ledger } = this.#dependencies
    return [...ledger.history(['backup.made'])] as BackupEntry[]
  }

  #newest<A extends BackupAction>(action: A): { seq: number; time: string; detail: DetailOf<A> } | undefined {
    const { value: found } = this.#dependencies.ledger.history([action], { descending: true }).next()
    return found && { seq: found.seq, time: found.entry.time, detail: found.entry.detail as DetailOf<A> }
  }

  #schedule(): BackupSchedule | null {
    const scheduled = this.#newest('backup.scheduled')
    if (scheduled === undefined || scheduled.seq < (this.#newest('backup.unscheduled')?.seq ?? -1)) return null
    return scheduled.detail
  }

  /**
   * After the interval since the last that was made, or a while after one that failed; at once where there was none since it was scheduled, or where the last was
   * made while the clock was ahead of now.
   */
  #dueAt({ everyHours, folder }: BackupSchedule): number {
    const interval = everyHours * HOUR
    const [made, failed, scheduled] = [this.#newest('backup.made'), this.#newest('backup.failed'), this.#newest('backup.scheduled')]
    const now = this.#dependencies.clock()
    const after = (time: string, wait: number): number => (Date.parse(time) > now ? now : Date.parse(time) + wait)
    const from = made?.detail.folder === folder ? after(made.time, interval) : after(scheduled?.time ?? '', 0)
    const again = failed === undefined || failed.seq < (made?.seq ?? -1) || failed.seq < (scheduled?.seq ?? -1) ? -Infinity : after(failed.time, Math.min(RETRY_AFTER, interval))
    return Math.max(from, again)
  }
}

type BackupEntry = SignedEntry & { readonly entry: { readonly detail: DetailOf<'backup.made'> } }

function describe({ seq, entry: { time, detail } }: BackupEntry): RecordedBackup {
  const { backup, folder, size, root, files, bytes } = detail
  return { backup, folder, size, root, files, bytes, entry: seq, at: time, state: stateOf(folder, backup) }
}

function stateOf(folder: string, backup: string): RecordedBackup['state'] {
  if (!existsSync(setPaths(folder).file)) return 'out-of-reach'
  return existsSync(placeOf(join(folder, backup)).manifest) ? 'there' : 'missing'
}
