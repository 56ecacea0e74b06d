import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import { replaceFile } from '../storage/index.ts'

/** The two keys that act without a person: one signs checkpoints, the other what the orchestrator itself records. */
export interface WorkplaceKeys {
  readonly log: KeyObject
  readonly orchestrator: KeyObject
}

/**
 * Makes both keys, durable before anything is signed with them. Keys that are there already (a set-up that was cut off) are used. Throws
 * StorageError.
 */
export function createKeys(folder: string): WorkplaceKeys {
  for (const name of ['log', 'orchestrator']) {
    const path = join(folder, `${name}.pem`)
    if (existsSync(path)) continue
    const { privateKey } = generateKeyPairSync('ed25519')
    // Whole or not at all: half a key would be taken for one when a full disk has room again.
    replaceFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  }
  return readKeys(folder)
}

export function readKeys(folder: string): WorkplaceKeys {
  return { log: readKey(join(folder, 'log.pem')), orchestrator: readKey(join(folder, 'orchestrator.pem')) }
}

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path))
  } catch {
    throw new RequestError('storage-damaged', `The key ${path} is missing or unreadable. Restore it from the backup of this data folder: without it the ledger cannot go on.`)
  }
}
