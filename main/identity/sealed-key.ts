import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, scrypt, type KeyObject } from 'node:crypto'
import { z } from 'zod'

/** Work factors of scrypt (RFC 7914). Memory is 128 * cost * blockSize bytes. */
export interface ScryptCost {
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 128 MiB and about a third of a second on a workstation: the current OWASP minimum for scrypt. */
export const DEFAULT_COST: ScryptCost = { cost: 1 << 17, blockSize: 8, parallelization: 1 }

const Base64 = z.base64()
const SealedKey = z.strictObject({
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    // Bounds, so that an altered row cannot make the orchestrator allocate without end.
    cost: z.number().int().min(1 << 10).max(1 << 20),
    blockSize: z.number().int().min(1).max(16),
    parallelization: z.number().int().min(1).max(8),
    salt: Base64,
  }),
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: Base64, tag: Base64, text: Base64 }),
})

/** The passphrase does not open the key. */
export class WrongPassphrase extends Error {
  override readonly name = 'WrongPassphrase'

  constructor() {
    super('The passphrase does not open this key.')
  }
}

/**
 * Seals a private key with a passphrase: scrypt (RFC 7914) derives the AES-256-GCM key; `owner` is authenticated with it, so that a sealed
 * key cannot be moved to another person's row. Answers JSON text.
 */
export async function sealKey(key: KeyObject, passphrase: string, owner: string, cost: ScryptCost = DEFAULT_COST): Promise<string> {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const secret = await deriveKey(passphrase, salt, cost)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  cipher.setAAD(Buffer.from(owner, 'utf8'))
  const text = Buffer.concat([cipher.update(key.export({ format: 'der', type: 'pkcs8' })), cipher.final()])
  secret.fill(0)
  const sealed: z.infer<typeof SealedKey> = {
    version: 1,
    kdf: { name: 'scrypt', ...cost, salt: salt.toString('base64') },
    cipher: { name: 'aes-256-gcm', nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64'), text: text.toString('base64') },
  }
  return JSON.stringify(sealed)
}

/** Opens what `sealKey` made. Throws WrongPassphrase; for a damaged row too, as the two cannot be told apart. */
export async function unsealKey(sealedText: string, passphrase: string, owner: string): Promise<KeyObject> {
  const { kdf, cipher } = SealedKey.parse(JSON.parse(sealedText))
  const secret = await deriveKey(passphrase, Buffer.from(kdf.salt, 'base64'), kdf)
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(cipher.nonce, 'base64'))
    decipher.setAAD(Buffer.from(owner, 'utf8'))
    decipher.setAuthTag(Buffer.from(cipher.tag, 'base64'))
    const der = Buffer.concat([decipher.update(Buffer.from(cipher.text, 'base64')), decipher.final()])
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch {
    throw new WrongPassphrase()
  } finally {
    secret.fill(0)
  }
}

/** The cost that a key was sealed with. */
export function costOf(sealedText: string): number {
  return SealedKey.parse(JSON.parse(sealedText)).kdf.cost
}

/** Spends the time that opening a key would, so that an unknown name answers no faster than a wrong passphrase. */
export async function spendUnsealTime(cost: ScryptCost): Promise<void> {
  await deriveKey('nobody', Buffer.alloc(16), cost)
}

function deriveKey(passphrase: string, salt: Buffer, { cost, blockSize, parallelization }: ScryptCost): Promise<Buffer> {
  // The same text typed on another system must give the same bytes (Unicode NFC).
  const text = passphrase.normalize('NFC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 32, { cost, blockSize, parallelization, maxmem: 160 * cost * blockSize * parallelization }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
