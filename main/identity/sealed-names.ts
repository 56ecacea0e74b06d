import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { z } from 'zod'

/** What is known of a person by name. `salt` opens the commitment to the display name in their enrolment: without it nobody can guess the name there. */
export const PersonalNames = z.strictObject({ handle: z.string(), displayName: z.string(), salt: z.string() })
export type PersonalNames = z.infer<typeof PersonalNames>

const SealedNames = z.strictObject({ version: z.literal(1), nonce: z.base64(), tag: z.base64(), text: z.base64() })

/** AES-256-GCM under the person's data key of 32 bytes; the id is authenticated with it. Answers JSON text. */
export function sealNames(names: PersonalNames, key: Buffer, id: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(id))
  const text = Buffer.concat([cipher.update(JSON.stringify(names), 'utf8'), cipher.final()])
  const sealed: z.infer<typeof SealedNames> = { version: 1, nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64'), text: text.toString('base64') }
  return JSON.stringify(sealed)
}

/** Opens what `sealNames` made; undefined with another key or for another person. */
export function openNames(sealed: string, key: Buffer, id: string): PersonalNames | undefined {
  try {
    const { nonce, tag, text } = SealedNames.parse(JSON.parse(sealed))
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'))
    decipher.setAAD(Buffer.from(id))
    decipher.setAuthTag(Buffer.from(tag, 'base64'))
    return PersonalNames.parse(JSON.parse(Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8')))
  } catch {
    return undefined
  }
}
