import { PersonId } from '../../shared/contract/index.ts'
import type { Scope } from './scope.ts'

/** Opens one commitment of an entry: it is SHA-256(salt ‖ value). */
export interface Disclosure {
  readonly entry: number
  readonly field: string
  /** Hexadecimal. */
  readonly salt: string
  readonly value: string
}

/** The names of those who signed what the pack is about, and of its exporter; of no others. */
export function discloseSigners(scope: Scope, exporter: string, disclosureOf: (person: PersonId) => Disclosure | undefined): Disclosure[] {
  const about = scope.entries.filter(({ entry }) => !/^(person|role|policy)\./.test(entry.action))
  const signers = new Set([...about.map(({ entry }) => entry.actor), exporter])
  const committed = new Map(scope.entries.map(({ seq, entry }) => [seq, entry.commitments]))
  const disclosed = [...signers].flatMap((actor) => {
    const person = PersonId.safeParse(personOf(actor))
    const disclosure = person.success ? disclosureOf(person.data) : undefined
    return disclosure && committed.get(disclosure.entry)?.[disclosure.field] !== undefined ? [disclosure] : []
  })
  return disclosed.sort((a, b) => a.entry - b.entry)
}

/** The person's id in the name of a key, or the name's last part if it is nobody's. */
export function personOf(actor: string): string {
  return actor.slice(actor.lastIndexOf('/') + 1)
}
