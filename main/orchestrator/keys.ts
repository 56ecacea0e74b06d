import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import type { Signer } from '../ledger/index.ts'
import { replaceFile, storageErrorFrom, syncFolder } from '../storage/index.ts'

/** The two keys that sign for the ledger without a person: one checkpoints, the other what the orchestrator itself records. */
export type KeyRole = 'log' | 'orchestrator'
/** Every key of the folder: `registry` signs models (registry-key.ts). */
export type KeyFile = KeyRole | 'registry'

/** OpenSSF Model Signing asks for ECDSA P-256, where those of the ledger are Ed25519. */
const MAKE: Readonly<Record<KeyFile, () => KeyObject>> = {
  log: () => generateKeyPairSync('ed25519').privateKey,
  orchestrator: () => generateKeyPairSync('ed25519').privateKey,
  registry: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
}

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
  const create = (role: KeyRole) => readKey(makeKey(folder, role))
  return { log: create('log'), orchestrator: create('orchestrator') }
}

/**
 * The keys of one role, the one that was in use last first. There are two where a rotation was cut off: the ledger says which of them it
 * came to know, and `settleKey` ends what was begun. Throws `storage-damaged`.
 */
export function readKeys(folder: string, role: KeyRole): KeptKey[] {
  const kept: KeptKey[] = [{ key: readKey(keyPath(folder, role)), staged: false }]
  const staged = stagedKey(folder, role)
  return staged ? [...kept, { key: staged, staged: true }] : kept
}

/** The key that a rotation made and which was cut off, if there is one. Throws `storage-damaged`. */
export function stagedKey(folder: string, role: KeyFile): KeyObject | undefined {
  const path = stagedPath(folder, role)
  return existsSync(path) ? readKey(path) : undefined
}

/** A new key beside the present one, durable before an entry names it. One that is there from an attempt before is used. Throws StorageError. */
export function stageKey(folder: string, role: KeyFile): KeyObject {
  return readKey(makeKey(folder, role, stagedPath(folder, role)))
}

/** The ledger knows the staged key: it takes the place of the old one, which is gone with it. Or it does not, and the staged one goes. */
export function settleKey(folder: string, role: KeyFile, { staged }: Pick<KeptKey, 'staged'>): void {
  const path = stagedPath(folder, role)
  if (!existsSync(path)) return
  try {
    if (staged) renameSync(path, keyPath(folder, role))
    else rmSync(path)
    syncFolder(folder)
  } catch (error) {
    throw storageErrorFrom(error, path)
  }
}

export function keyPath(folder: string, role: KeyFile): string {
  return join(folder, `${role}.pem`)
}

function stagedPath(folder: string, role: KeyFile): string {
  return join(folder, `${role}.next.pem`)
}

/** Where the key lies; one that is not there is made, durable before anything is signed with it. Throws StorageError. */
export function makeKey(folder: string, role: KeyFile, path = keyPath(folder, role)): string {
  if (existsSync(path)) return path
  // Whole or not at all: half a key would be taken for one when a full disk has room again.
  replaceFile(path, MAKE[role]().export({ format: 'pem', type: 'pkcs8' }).toString())
  return path
}

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path))
  } catch {
    throw new RequestError('storage-damaged', `The key ${path} is missing or unreadable. Restore it from the backup of this data folder: without it the ledger cannot go on.`)
  }
}
