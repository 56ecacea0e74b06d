import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { RequestError, Sha256 } from '../../shared/contract/index.ts'
import { chooseProof, LedgerError, parseCheckpoint, readLedgerEnds, type KeptCheckpoint, type LedgerEnds } from '../ledger/index.ts'
import { replaceFile, syncFolder } from '../storage/index.ts'
import { placeOf, setPaths, type Manifest } from './backup-set.ts'
import { ContentStore, copyDurably } from './content-store.ts'
import { PERSONAL_KEYS } from './left-out.ts'
import { verifyBackup } from './verify.ts'

/** What a restored folder still has to record: a file that the next orchestrator turns into the first entry, and removes. */
const Restoration = z.strictObject({ version: z.literal(1), backup: z.string(), manifest: Sha256, size: z.number().int().positive(), root: z.string(), reason: z.string().min(1) })
export type Restoration = z.infer<typeof Restoration>

const RESTORATION = 'restored.json'

export interface RestoreOptions {
  /** Why, in the words of whoever restores: it stands in the ledger. */
  readonly reason: string
  /** Checkpoints that were kept elsewhere, as notes: `high-water` of the folder that was lost, a witness's, one from paper. */
  readonly anchors?: readonly string[]
  /** Restores it although an anchor knows of more: nothing is recorded there then before an administrator has let the ledger go on under another origin. */
  readonly evenShort?: boolean
  /** Takes an anchor that no known key signed for the proof of what is missing, where none is signed by one. */
  readonly unproved?: boolean
  readonly program?: string | undefined
  readonly onProgress?: ((share: number, text: string) => void) | undefined
}

/**
 * Puts a backup into an empty folder, once it was read through and found whole: the next orchestrator there records first of all that it was
 * restored. `missing`: how many entries an anchor knows of that are not in it. Throws RequestError `conflict` where the folder is not empty, where an anchor shows
 * that entries are missing or others; `storage-damaged` where the backup is not whole; StorageError. What was begun is removed.
 */
export async function restoreBackup(backup: string, root: string, { reason, anchors = [], evenShort = false, unproved = false, program, onProgress }: RestoreOptions): Promise<{ manifest: Manifest; missing: number }> {
  if (reason.trim() === '') throw new RequestError('invalid-request', 'Say why it is restored: it stands in the ledger for ever.')
  if (existsSync(root) && readdirSync(root).length > 0) throw new RequestError('conflict', `${root} is not empty. Restore into a new folder, and keep what lies there for examination.`)
  const check = await verifyBackup(backup, { program, onProgress: (share, text) => onProgress?.(share * 0.7, text) })
  const { manifest, digest } = check
  if (!check.ok) throw new RequestError('storage-damaged', `The backup ${backup} is not whole, and nothing was restored: ${check.faults.slice(0, 3).join('; ')}${check.faults.length > 3 ? `; and ${check.faults.length - 3} more` : ''}. Use another backup.`)
  const ahead = await findAhead(backup, manifest, anchors, program)
  const missing = ahead === undefined ? 0 : ahead.checkpoint.size - manifest.ledger.size
  if (ahead !== undefined && !(evenShort && (ahead.isProved || unproved))) throw describeMissing(manifest, ahead, evenShort)
  const isNew = !existsSync(root)
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    await copyAll(backup, manifest, root, (share, text) => onProgress?.(0.7 + share * 0.3, text))
    // What is known to have been signed is what keeps the ledger from going on as if it had all.
    replaceFile(join(root, 'high-water'), ahead?.note ?? manifest.ledger.checkpoint)
    const restoration: Restoration = { version: 1, backup: manifest.id, manifest: digest, size: manifest.ledger.size, root: manifest.ledger.root, reason }
    replaceFile(join(root, RESTORATION), `${JSON.stringify(restoration)}\n`)
    syncFolder(root)
    return { manifest, missing }
  } catch (thrown) {
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true })
    if (isNew) rmSync(root, { recursive: true, force: true })
    throw thrown
  }
}

/** What a restored folder still has to record; null in every other. Throws `storage-damaged`. */
export function readRestoration(root: string): Restoration | null {
  const path = join(root, RESTORATION)
  if (!existsSync(path)) return null
  try {
    return Restoration.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    throw new RequestError('storage-damaged', `${path} is damaged, and what was restored cannot be recorded. Restore the backup again into an empty folder.`)
  }
}

/** To be called once the entry stands. */
export function endRestoration(root: string): void {
  rmSync(join(root, RESTORATION), { force: true })
  syncFolder(root)
}

/** What shows that entries are missing; undefined where the backup has all that the anchors are of. Throws where one is of another history. */
async function findAhead(backup: string, { ledger }: Manifest, anchors: readonly string[], program: string | undefined): Promise<KeptCheckpoint | undefined> {
  const { readKept } = readLedgerEnds(placeOf(backup).database)
  const present = parseCheckpoint(ledger.checkpoint).origin
  const ahead: KeptCheckpoint[] = []
  for (const note of anchors) {
    const anchor = readAnchor(readKept, note)
    const { origin, size } = anchor.checkpoint
    if (origin === present && size > ledger.size) {
      ahead.push(anchor)
      continue
    }
    if (!anchor.isProved) throw notOfBackup('no key that it knows signed it')
    const { faults } = await verifyBackup(backup, { program, anchors: [note] })
    if (faults.length > 0) throw new RequestError('conflict', `The backup is not of the history that the anchor is of: ${faults[0] ?? ''}`)
  }
  return chooseProof(ahead)
}

function readAnchor(readKept: LedgerEnds['readKept'], note: string): KeptCheckpoint {
  try {
    return readKept(note)
  } catch (thrown) {
    if (thrown instanceof LedgerError) throw notOfBackup(thrown.message)
    throw thrown
  }
}

function notOfBackup(why: string): RequestError {
  return new RequestError('invalid-request', `The anchor is not a checkpoint of the ledger in the backup: ${why}`)
}

function describeMissing({ ledger }: Manifest, { checkpoint: { size }, isProved }: KeptCheckpoint, evenShort: boolean): RequestError {
  const missing = `the backup has ${ledger.size}: ${size - ledger.size} are missing.`
  if (isProved) {
    return new RequestError(
      'conflict',
      `${size} entries were signed, and ${missing} A ledger that is shorter than what is known of it does not go on under its name. Look for a newer backup; keep the anchor, it is the proof of what is missing. Where there is none, an administrator has it go on under another origin, which says what is lost: strongroom --as NAME restore ... --continue.`,
    )
  }
  const taken = evenShort ? 'Where you know who kept it, and there is no anchor of an earlier time that a known key signed, give --unproved too: the ledger then says for ever that so many entries are lost.' : 'Where it is not of this ledger, leave it out; where it is, look for a newer backup.'
  return new RequestError('conflict', `An anchor is of ${size} entries, and ${missing} No key that the backup knows signed it: that of the log may have come in an entry which is missing, or somebody made it up. ${taken}`)
}

async function copyAll(backup: string, manifest: Manifest, root: string, onProgress: (share: number, text: string) => void): Promise<void> {
  const place = placeOf(backup)
  const store = new ContentStore(setPaths(place.set).store)
  const parts = [
    { from: place.database, to: join(root, 'strongroom.db'), sha256: manifest.database.sha256, mode: 0o600 },
    ...manifest.keys.map(({ path, sha256 }) => ({ from: join(backup, path), to: join(root, path), sha256, mode: 0o600 })),
    ...manifest.blobs.map(({ sha256 }) => ({ from: store.pathOf(sha256), to: join(root, 'blobs', 'sha256', sha256.slice(0, 2), sha256), sha256, mode: 0o444 })),
    ...manifest.files.map(({ path, sha256, mode }) => ({ from: store.pathOf(sha256), to: join(root, path), sha256, mode })),
  ]
  const folders = new Set<string>()
  for (const [index, { from, to, sha256, mode }] of parts.entries()) {
    const copied = await copyDurably(from, to)
    if (copied.sha256 !== sha256) throw new RequestError('storage-damaged', `${from} changed while it was copied. Nothing was restored: check the medium.`)
    await chmod(to, mode)
    folders.add(dirname(to))
    onProgress((index + 1) / parts.length, `${index + 1} of ${parts.length} files`)
  }
  for (const folder of folders) syncFolder(folder)
  restorePersonalKeys(setPaths(place.set).personalKeys, join(root, 'keys', PERSONAL_KEYS))
}

const PersonalKeys = z.strictObject({ version: z.literal(1), files: z.record(z.string().regex(/^[^/\\\0]+$/).refine((name) => name !== '.' && name !== '..'), z.base64()) })

/** Those that there are now: what was erased since the backup was made stays erased. */
function restorePersonalKeys(file: string, folder: string): void {
  if (!existsSync(file)) return
  const { files } = PersonalKeys.parse(JSON.parse(readFileSync(file, 'utf8')))
  if (Object.keys(files).length === 0) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, content] of Object.entries(files)) replaceFile(join(folder, name), Buffer.from(content, 'base64'))
}
