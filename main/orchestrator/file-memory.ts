import { hash } from 'node:crypto'
import { bootId } from '../content/index.ts'
import type { Signer } from '../ledger/index.ts'
import { Hints } from '../storage/index.ts'

/**
 * What files were found to be, for as long as the machine runs: null where nothing tells when it was started. It is sealed under a key that only who can sign as the orchestrator can
 * make (an Ed25519 signature of the same bytes is always the same, RFC 8032, 5.1.6), and which is another one after each start of the machine: what happened to a disk
 * meanwhile, a cut of power or another system that wrote to it, leaves no trace in a file's times.
 */
export function openFileMemory(path: string, orchestrator: Signer): Hints | null {
  const boot = bootId()
  if (boot === null) return null
  return new Hints(path, hash('sha256', orchestrator.sign(Buffer.from(`strongroom hints 1\n${boot}\n`)), 'buffer'))
}
