import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import { replaceFile } from '../storage/index.ts'

/**
 * The key that signs models (OpenSSF Model Signing asks for ECDSA P-256, where the ledger's keys are Ed25519). It is made at first need, so
 * that a data folder of before gets one; the entry that introduces it follows when it first signs. Throws StorageError, RequestError `storage-damaged`.
 */
export function registryKey(folder: string): KeyObject {
  const path = join(folder, 'registry.pem')
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    replaceFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  }
  try {
    return createPrivateKey(readFileSync(path))
  } catch {
    throw new RequestError('storage-damaged', `The key ${path} is unreadable. Restore it from the backup of this data folder, or take it away: then a new one is made and introduced, and what the old one signed stays good.`)
  }
}
