import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { RequestError } from '../../shared/contract/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { keyHint, registryKeys } from '../registry/index.ts'
import { makeKey, settleKey, stagedKey, stageKey } from './keys.ts'

/** The registry's own key, which signs models: where it lies, and how another takes its place. */
export class RegistryKeyFile {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Made at first need, so that a data folder of before gets one; the entry that introduces it follows when it first signs. Throws StorageError,
   * RequestError `storage-damaged`.
   */
  present(): KeyObject {
    const path = makeKey(this.#folder, 'registry')
    try {
      return createPrivateKey(readFileSync(path))
    } catch {
      throw new RequestError('storage-damaged', `The key ${path} is unreadable. Restore it from the backup of this data folder, or have an administrator put a new one in its place: 'strongroom key rotate --registry'. What the old one signed stays good.`)
    }
  }

  /** A new key beside the present one, durable before an entry names it. Throws StorageError. */
  stage(): KeyObject {
    return stageKey(this.#folder, 'registry')
  }

  /** Ends a rotation: whether the staged key takes the place of the other, the ledger says. Throws StorageError, RequestError `storage-damaged`. */
  settle(ledger: Ledger): void {
    const staged = stagedKey(this.#folder, 'registry')
    if (!staged) return
    const hint = keyHint(createPublicKey(staged))
    settleKey(this.#folder, 'registry', { staged: registryKeys(ledger).some((each) => each.hint === hint) })
  }
}
