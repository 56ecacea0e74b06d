import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, sep } from 'node:path'
import { RequestError, type DetailOf } from '../../shared/contract/index.ts'
import { isInside } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'

/** Records who takes what out of the store and why, before it is taken: nothing leaves that no entry tells of. Answers the entry's position. */
export function recordExport(ledger: Ledger, actor: Actor, detail: DetailOf<'data.exported'>): number {
  const { name, sha256 } = detail
  return ledger.commit((tx) => tx.append(actor.signer, { action: 'data.exported', subject: [{ name, digest: { sha256 } }], detail }).seq)
}

/**
 * A copy never replaces what is there, and never lands among the workplace's own files, in a project or in a hidden folder, where programs look
 * for what to run: whoever may read writes nothing else.
 */
export async function refuseTarget(to: string, reserved: readonly string[]): Promise<void> {
  const parent = await realpath(dirname(to)).catch(() => null)
  if (parent === null) throw new RequestError('invalid-path', `There is no folder ${dirname(to)}. Create it first.`)
  for (const folder of reserved) {
    const root = await realpath(folder).catch(() => folder)
    if (isInside(root, parent)) {
      throw new RequestError('invalid-path', `${to} lies among the workplace's own files or in a project's folder. Choose another place.`)
    }
  }
  if ([...parent.split(sep), basename(to)].some((name) => name.startsWith('.'))) {
    throw new RequestError('invalid-path', `${to} is hidden or lies in a hidden folder. Choose another place.`)
  }
  const isThere = await lstat(to).then(
    () => true,
    () => false,
  )
  if (isThere) throw new RequestError('already-exists', `${to} is there already. Choose another name: nothing is replaced.`)
}
