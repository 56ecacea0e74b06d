import { createHash, randomBytes } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { dirname, join } from 'node:path'
import { InstallationDamaged, MANIFEST_FILE, SIGNATURE_FILE, compareFiles, partOf, type Comparison, type Manifest } from '../client/index.ts'
import { desktopMessages } from '../../shared/messages/desktop.ts'

export interface RuntimeSource {
  /** Laid out as Electron's `resources` folder. */
  readonly resources: string
  /** Its signed list of files, checked. */
  readonly manifest: Manifest
}

/** What a copy is called until it is whole, and from when it is being removed; then comes the process that does it. */
const MAKING = '.making-'
const REMOVING = '.removing-'

/**
 * A copy of what plain Node runs, for an installation that does not stay where it is. Its folder in `runtimes`, named after the version and
 * the list of files, appears at once and whole, is this user's alone, and is compared with the list of its source at every start.
 *
 * @returns the folder, laid out as `resources` is, without the window. Throws InstallationDamaged, or what the file system says.
 */
export async function ensureRuntimeCopy(source: RuntimeSource, runtimes: string): Promise<{ folder: string; compared: Comparison }> {
  const folder = join(runtimes, await copyName(source))
  await fs.mkdir(runtimes, { recursive: true, mode: 0o700 })
  if (!(await exists(folder))) await makeCopy(source, folder)
  const compared = await compareFiles(folder, source.manifest, ['processes'])
  if (compared.damage.length > 0) throw new InstallationDamaged(folder, compared.damage, desktopMessages.copyAdvice(folder))
  return { folder, compared }
}

async function copyName({ resources, manifest }: RuntimeSource): Promise<string> {
  const list = await fs.readFile(join(resources, MANIFEST_FILE))
  return `${manifest.version}-${createHash('sha256').update(list).digest('hex').slice(0, 16)}`
}

async function makeCopy({ resources, manifest }: RuntimeSource, folder: string): Promise<void> {
  const making = join(dirname(folder), `${MAKING}${process.pid}-${randomBytes(4).toString('hex')}`)
  const paths = [...manifest.files.keys()].filter((path) => partOf(path) === 'processes')
  try {
    await fs.mkdir(making, { mode: 0o700 })
    for (const path of [MANIFEST_FILE, SIGNATURE_FILE, ...paths]) await copyDurably(join(resources, path), join(making, path))
    const { damage } = await compareFiles(making, manifest, ['processes'])
    if (damage.length > 0) throw new InstallationDamaged(resources, damage)
    await fs.rename(making, folder)
  } catch (error) {
    await fs.rm(making, { recursive: true, force: true })
    if (error instanceof InstallationDamaged) throw error
    if (isNoRoom(error)) throw new Error(desktopMessages.noRoom(dirname(folder)), { cause: error })
    // Another window may have been faster: its copy is as good.
    if (!(await exists(folder))) throw error
  }
}

/** On the disk before the folder gets its name: a machine that loses power must not keep a copy that only looks whole. */
async function copyDurably(from: string, to: string): Promise<void> {
  await fs.mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await fs.copyFile(from, to)
  const file = await fs.open(to, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Removes the copies in `runtimes` that nothing runs from, all but `keep`. One that training still runs from stays until a later start.
 *
 * @param executables absolute paths of the programs that run on this machine, as far as this user may know.
 */
export async function removeUnusedCopies(runtimes: string, keep: string, executables = runningExecutables): Promise<void> {
  const isUsed = async (folder: string) => (await executables()).some((path) => path.startsWith(`${folder}/`))
  for (const name of await fs.readdir(runtimes)) {
    const folder = join(runtimes, name)
    if (folder === keep || (await belongsToLiving(name)) || (await isUsed(folder))) continue
    // Out of the way first: from here on nothing new starts from it, and what did in the meantime is found under this name.
    const removing = join(runtimes, `${REMOVING}${process.pid}-${randomBytes(4).toString('hex')}`)
    await fs.rename(folder, removing)
    if (await isUsed(removing)) await fs.rename(removing, folder)
    else await fs.rm(removing, { recursive: true, force: true })
  }
}

/** Whether a folder is being made or removed by a process that still lives. */
async function belongsToLiving(name: string): Promise<boolean> {
  const [, pid] = /^\.(?:making|removing)-(\d+)-/.exec(name) ?? []
  return pid !== undefined && (await exists(`/proc/${pid}`))
}

/** proc(5): `/proc/PID/exe` is a link to the program; those of other users cannot be read, and do not run from a folder of this one. */
async function runningExecutables(): Promise<string[]> {
  const pids = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const paths = await Promise.all(pids.map((pid) => fs.readlink(`/proc/${pid}/exe`).catch(() => '')))
  return paths.filter((path) => path !== '')
}

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

function exists(path: string): Promise<boolean> {
  return fs.access(path).then(
    () => true,
    () => false,
  )
}
