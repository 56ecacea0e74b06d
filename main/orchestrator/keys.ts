import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'

/** The two keys that act without a person: one signs checkpoints, the other what the orchestrator itself records. */
export interface WorkplaceKeys {
  readonly log: KeyObject
  readonly orchestrator: KeyObject
}

/** Makes both keys, durable before anything is signed with them. Keys that are there already (a set-up that was cut off) are used. */
export function createKeys(folder: string): WorkplaceKeys {
  for (const name of ['log', 'orchestrator']) {
    const path = join(folder, `${name}.pem`)
    if (existsSync(path)) continue
    const { privateKey } = generateKeyPairSync('ed25519')
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    fsyncSync(file)
    closeSync(file)
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
