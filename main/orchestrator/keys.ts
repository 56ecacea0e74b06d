import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import type { Signer } from '../ledger/index.ts'
import { replaceFile, storageErrorFrom, syncFolder } from '../storage/index.ts'

/** The two keys that act without a person: one signs checkpoints, the other what the orchestrator itself records. */
export type KeyRole = 'log' | 'orchestrator'

/** A key of the folder. `staged`: made for a rotation; whether the ledger knows it shows there alone. */
export interface KeptKey {
  readonly key: KeyObject
  readonly staged: boolean
}

/** Signs with a key that can be replaced, for whoever holds on to its signer. */
export class ReplaceableSigner implements Signer {
  #current: Signer

  constructor(current: Signer) {
    this.#current = current
  }

  get name(): string {
    return this.#current.name
  }

  get keyId(): string {
    return this.#current.keyId
  }

  sign(message: Uint8Array): Buffer {
    return this.#current.sign(message)
  }

  replace(next: Signer): void {
    this.#current = next
  }
}

/**
 * Makes both keys, durable before anything is signed with them. Keys that are there already (a set-up that was cut off) are used. Throws
 * StorageError.
 */
export function createKeys(folder: string): Record<KeyRole, KeyObject> {
  const create = (role: KeyRole) => readKey(makeKey(join(folder, `${role}.pem`)))
  return { log: create('log'), orchestrator: create('orchestrator') }
}

/**
 * The keys of one role, the one that was in use last first. There are two where a rotation was cut off: the ledger says which of them it
 * came to know, and `settleKey` ends what was begun. Throws `storage-damaged`.
 */
export function readKeys(folder: string, role: KeyRole): KeptKey[] {
  const kept: KeptKey[] = [{ key: readKey(join(folder, `${role}.pem`)), staged: false }]
  const staged = stagedPath(folder, role)
  return existsSync(staged) ? [...kept, { key: readKey(staged), staged: true }] : kept
}

/** A new key beside the present one, durable before an entry names it. One that is there from an attempt before is used. Throws StorageError. */
export function stageKey(folder: string, role: KeyRole): KeyObject {
  return readKey(makeKey(stagedPath(folder, role)))
}

/** The ledger knows the staged key: it takes the place of the old one, which is gone with it. Or it does not, and the staged one goes. */
export function settleKey(folder: string, role: KeyRole, { staged }: Pick<KeptKey, 'staged'>): void {
  const path = stagedPath(folder, role)
  if (!existsSync(path)) return
  try {
    if (staged) renameSync(path, join(folder, `${role}.pem`))
    else rmSync(path)
    syncFolder(folder)
  } catch (error) {
    throw storageErrorFrom(error, path)
  }
}

function stagedPath(folder: string, role: KeyRole): string {
  return join(folder, `${role}.next.pem`)
}

function makeKey(path: string): string {
  if (existsSync(path)) return path
  const { privateKey } = generateKeyPairSync('ed25519')
  // Whole or not at all: half a key would be taken for one when a full disk has room again.
  replaceFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  return path
}

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path))
  } catch {
    throw new RequestError('storage-damaged', `The key ${path} is missing or unreadable. Restore it from the backup of this data folder: without it the ledger cannot go on.`)
  }
}
