import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { RequestError, Sha256 } from '../../shared/contract/index.ts'
import { replaceFile } from '../storage/index.ts'

const Bytes = z.number().int().nonnegative()
const Path = z.string().regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\0\\]+$/, 'not a path inside the data folder')
const StoredFile = z.strictObject({ path: Path, sha256: Sha256, bytes: Bytes, mode: z.number().int().min(0).max(0o777) })
export type StoredFile = z.infer<typeof StoredFile>

/** What a backup is: its database, its keys, and what lies in the store that all backups of the set share. */
const Manifest = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  organisation: z.string(),
  software: z.string(),
  madeAt: z.iso.datetime(),
  ledger: z.strictObject({ origin: z.string(), size: z.number().int().positive(), root: z.string(), checkpoint: z.string(), logKey: z.string() }),
  database: z.strictObject({ sha256: Sha256, bytes: Bytes }),
  /** In the backup's own folder. */
  keys: z.array(StoredFile),
  /** In the store, by digest. */
  files: z.array(StoredFile),
  blobs: z.array(z.strictObject({ sha256: Sha256, bytes: Bytes })),
  leftOut: z.record(z.string(), z.string()),
})
export type Manifest = z.infer<typeof Manifest>

const MANIFEST = 'backup.json'
const SET = 'backups.json'
const ID = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/
const SetFile = z.strictObject({ version: z.literal(1), origin: z.string() })

/** One backup in a set: where its parts lie. */
export interface BackupPlace {
  readonly folder: string
  /** The list of what it is made of. */
  readonly manifest: string
  readonly database: string
  readonly keys: string
  /** The folder of the set. */
  readonly set: string
}

/** Each file that a backup is made of, but its own list: what every figure of its files counts. */
export function contentsOf({ database, keys, files, blobs }: Manifest): readonly { readonly sha256: string; readonly bytes: number }[] {
  return [database, ...keys, ...files, ...blobs]
}

/** A folder with backups of one ledger. */
export function setPaths(set: string): { readonly file: string; readonly lock: string; readonly store: string; readonly personalKeys: string } {
  return { file: join(set, SET), lock: join(set, 'backups.lock'), store: join(set, 'store'), personalKeys: join(set, 'personal-keys.json') }
}

export function placeOf(folder: string): BackupPlace {
  return { folder, manifest: join(folder, MANIFEST), database: join(folder, 'strongroom.db'), keys: join(folder, 'keys'), set: dirname(folder) }
}

export function idOf(madeAt: Date): string {
  return madeAt.toISOString().replace(/[:.]/g, '-')
}

/**
 * Takes a folder for backups of that ledger, creating it unless it `mustExist`: where a disk is not mounted, its place is an empty folder of another.
 * Throws `conflict` where it holds another's or something else, `invalid-path`, `not-found`.
 */
export function claimSet(set: string, origin: string, mustExist: boolean): void {
  const { file, lock, store } = setPaths(set)
  if (mustExist && !existsSync(file)) throw new RequestError('not-found', `The backups that were in ${set} are not there any more. Check that its disk is mounted.`)
  if (statSync(set, { throwIfNoEntry: false })?.isFile() === true) throw new RequestError('invalid-path', `${set} is a file, not a folder for backups.`)
  mkdirSync(set, { recursive: true, mode: 0o700 })
  if (existsSync(file)) {
    const parsed = SetFile.safeParse(readJson(file))
    if (parsed.success && parsed.data.origin === origin) return
    const whose = parsed.success ? `backups of ${parsed.data.origin}` : 'something that is not readable as backups'
    throw new RequestError('conflict', `${set} holds ${whose}, not of ${origin}. Choose another folder.`)
  }
  const strange = readdirSync(set).filter((name) => join(set, name) !== lock && name !== 'lost+found')
  if (strange.length > 0) throw new RequestError('conflict', `${set} is not empty and holds no backups. Choose a folder of its own for them.`)
  replaceFile(file, `${JSON.stringify({ version: 1, origin })}\n`)
  mkdirSync(store, { recursive: true, mode: 0o700 })
}

/** The backups of a set, oldest first. */
export function listBackups(set: string): Manifest[] {
  if (!existsSync(setPaths(set).file)) throw new RequestError('not-found', `There are no backups in ${set}. Check that the right medium is mounted.`)
  return readdirSync(set).filter((name) => ID.test(name)).sort().map((name) => readManifest(join(set, name)).manifest)
}

/** What a backup says that it is, with the digest of that. Throws `not-found`, `storage-damaged`. */
export function readManifest(folder: string): { manifest: Manifest; digest: string } {
  const path = join(folder, MANIFEST)
  if (!existsSync(path)) throw new RequestError('not-found', `${folder} is not a backup: there is no ${MANIFEST} in it. 'strongroom backup list FOLDER' shows those that there are.`)
  const bytes = readFileSync(path)
  const parsed = Manifest.safeParse(parseJson(bytes.toString('utf8')))
  if (!parsed.success || parsed.data.id !== basename(folder).replace(/\.part$/, '')) throw new RequestError('storage-damaged', `${path} is damaged: it does not say what a backup is made of. Use another backup.`)
  return { manifest: parsed.data, digest: hash('sha256', bytes) }
}

/** Writes what a backup is; answers its digest. Throws StorageError. */
export function writeManifest(folder: string, manifest: Manifest): string {
  const text = `${JSON.stringify(manifest)}\n`
  replaceFile(join(folder, MANIFEST), text)
  return hash('sha256', text)
}

/**
 * Removes the oldest backups so that `keep` stay, and what only they had in the store; answers the ids of those that went. Of what lies in the folder,
 * only what the ledger records as made counts, and the one made just now stays whatever its clock said: else a folder with a later name would have every
 * backup removed in its favour.
 *
 * @param made the id of the newest. @param recorded the digests of the lists of backups that entries say were made.
 */
export function prune(set: string, keep: number, made: string, recorded: ReadonlySet<string>): string[] {
  const found = readdirSync(set).filter((name) => ID.test(name)).map((id) => ({ id, read: tryToRead(join(set, id)) }))
  const earlier = found.flatMap(({ id, read }) => (read !== undefined && id !== made && recorded.has(read.digest) ? [read.manifest] : []))
  const oldestFirst = earlier.sort((a, b) => a.ledger.size - b.ledger.size || (a.madeAt < b.madeAt ? -1 : 1))
  const gone = new Set(oldestFirst.slice(0, Math.max(0, oldestFirst.length + 1 - keep)).map(({ id }) => id))
  if (gone.size === 0) return []
  for (const id of gone) rmSync(join(set, id), { recursive: true, force: true })
  const left = found.filter(({ id }) => !gone.has(id))
  // What cannot be read may need any of it.
  if (left.every(({ read }) => read !== undefined)) removeUnneeded(set, new Set(left.flatMap(({ read }) => [...(read?.manifest.files ?? []), ...(read?.manifest.blobs ?? [])].map(({ sha256 }) => sha256))))
  return [...gone]
}

function tryToRead(folder: string): ReturnType<typeof readManifest> | undefined {
  try {
    return readManifest(folder)
  } catch {
    return undefined
  }
}

function removeUnneeded(set: string, needed: ReadonlySet<string>): void {
  const blobs = join(setPaths(set).store, 'blobs', 'sha256')
  for (const prefix of existsSync(blobs) ? readdirSync(blobs) : []) {
    for (const name of readdirSync(join(blobs, prefix))) if (!needed.has(name)) rmSync(join(blobs, prefix, name), { force: true })
  }
}

function readJson(path: string): unknown {
  return parseJson(readFileSync(path, 'utf8'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
