import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { RequestError, type DetailOf } from '../../shared/contract/index.ts'
import type { DataFolder } from '../client/index.ts'
import { isInside, nearestReal } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Services } from './services.ts'

/** Records who takes what out of the store and why, before it is taken: nothing leaves that no entry tells of. Answers the entry's position. */
export function recordExport(ledger: Ledger, actor: Actor, { model, ...said }: DetailOf<'data.exported'>): number {
  const { name, sha256 } = said
  const detail = model === undefined ? said : { ...said, model }
  return ledger.commit((tx) => tx.append(actor.signer, { action: 'data.exported', subject: [{ name, digest: { sha256 } }], detail }).seq)
}

/** The workplace's own: the data folder, what is copied of it to elsewhere, and the folders of its projects. */
export function reservedFolders({ folder, backups, projects }: { readonly folder: DataFolder } & Pick<Services, 'backups' | 'projects'>): string[] {
  return [folder.root, ...backups.folders(), ...projects.list().map((project) => project.folder)]
}

/**
 * That a folder which something is written into is none of the workplace's own and not hidden, where programs look for what to run: whoever may read
 * writes nothing else. Judged by where it really leads, though it need not be there yet. Throws `invalid-path`.
 */
export function refuseReserved(folder: string, reserved: readonly string[]): void {
  const real = realOf(folder)
  if (reserved.some((each) => isInside(nearestReal(each), real))) {
    throw new RequestError('invalid-path', `${folder} lies among the workplace's own files, its backups or in a project's folder. Choose another place.`)
  }
  if (real.split(sep).some((name) => name.startsWith('.'))) throw new RequestError('invalid-path', `${folder} is hidden or lies in a hidden folder. Choose another place.`)
}

function realOf(folder: string): string {
  try {
    return nearestReal(folder)
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException
    throw new RequestError('invalid-path', `${folder} cannot be reached (${code}): a part of it is a file, a link in a circle, or closed to this user. Choose another place.`)
  }
}

/** A copy never replaces what is there, and lands where `refuseReserved` lets it, in a folder that is there. Throws `invalid-path`, `already-exists`. */
export async function refuseTarget(to: string, reserved: readonly string[]): Promise<void> {
  const parent = await realpath(dirname(to)).catch(() => null)
  if (parent === null) throw new RequestError('invalid-path', `There is no folder ${dirname(to)}. Create it first.`)
  refuseReserved(join(parent, basename(to)), reserved)
  const isThere = await lstat(to).then(
    () => true,
    () => false,
  )
  if (isThere) throw new RequestError('already-exists', `${to} is there already. Choose another name: nothing is replaced.`)
}
