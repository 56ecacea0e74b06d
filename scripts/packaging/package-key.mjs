/**
 * The key that signs what a package holds: Ed25519, PKCS#8, in the PEM file that STRONGROOM_PACKAGE_KEY names. Without one, a key is made
 * for this build alone and thrown away with the process: the list of files can then be checked, but says nothing of who made it.
 *
 *   openssl genpkey -algorithm ed25519 -out KEY.pem       (keep it offline, and out of this folder)
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { PackagingFailed } from './packaging-failed.mjs'

/** @returns {{privateKey: import('node:crypto').KeyObject, publicKey: import('node:crypto').KeyObject, signed: boolean}} */
export function packageKey(root, env = process.env) {
  const file = env.STRONGROOM_PACKAGE_KEY
  if (!file) return { ...generateKeyPairSync('ed25519'), signed: false }
  const privateKey = readPrivateKey(file)
  if (`${realpathSync(file)}${sep}`.startsWith(`${realpathSync(root)}${sep}`)) {
    throw new PackagingFailed(`${file} lies in this folder, where a secret key does not belong. Keep it elsewhere, and name it there.`)
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new PackagingFailed(`${file} holds a key of another kind than Ed25519. Make one: openssl genpkey -algorithm ed25519`)
  return { privateKey, publicKey: createPublicKey(privateKey), signed: true }
}

function readPrivateKey(file) {
  try {
    return createPrivateKey(readFileSync(file))
  } catch (error) {
    throw new PackagingFailed(`STRONGROOM_PACKAGE_KEY names ${file}, which holds no private key that can be read (${error.message}).`)
  }
}
