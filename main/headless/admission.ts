import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A one-time address is good for this long. */
export const ADDRESS_LIFETIME_MS = 10 * 60 * 1000
/** Unused addresses beyond this are forgotten, oldest first: nobody has that many browsers to open. */
const MAX_ADDRESSES = 16

const SECRET_BYTES = 32
const SECRET = /^[A-Za-z0-9_-]{43}$/

interface Address {
  readonly digest: Buffer
  readonly expires: number
}

interface Browser {
  readonly digest: Buffer
  /** What the orchestrator knows this browser by: hex, 256 bit, never sent to the browser. */
  readonly clientKey: string
}

export interface Admission {
  /** A new one-time secret, 256 bit, base64url. */
  issue(): string
  /** Takes a one-time secret and answers the browser's lasting one, or null when it is unknown, used or too old. */
  redeem(secret: string): string | null
  /** The client key of the browser with this lasting secret. */
  clientKeyOf(secret: string): string | null
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Compares with each, without stopping at the first match, so that time tells nothing. */
function findByDigest<T extends { readonly digest: Buffer }>(items: readonly T[], digest: Buffer): T | undefined {
  let found: T | undefined
  for (const item of items) if (timingSafeEqual(item.digest, digest)) found = item
  return found
}

/** Decides which browser may talk to the gateway. Secrets are kept as digests, in memory only: a restart asks for a new address. */
export function createAdmission(now: () => number = Date.now): Admission {
  let addresses: Address[] = []
  const browsers: Browser[] = []
  const newSecret = () => randomBytes(SECRET_BYTES).toString('base64url')

  return {
    issue() {
      const secret = newSecret()
      const live = addresses.filter((address) => address.expires > now())
      addresses = [...live, { digest: digestOf(secret), expires: now() + ADDRESS_LIFETIME_MS }].slice(-MAX_ADDRESSES)
      return secret
    },
    redeem(secret) {
      if (!SECRET.test(secret)) return null
      const address = findByDigest(addresses, digestOf(secret))
      if (!address) return null
      addresses = addresses.filter((other) => other !== address)
      if (address.expires <= now()) return null
      const lasting = newSecret()
      browsers.push({ digest: digestOf(lasting), clientKey: randomBytes(SECRET_BYTES).toString('hex') })
      return lasting
    },
    clientKeyOf(secret) {
      if (!SECRET.test(secret)) return null
      return findByDigest(browsers, digestOf(secret))?.clientKey ?? null
    },
  }
}
