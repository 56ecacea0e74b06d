import type { Person, RegistryKey, ResultOf } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'

type ListedKey = ResultOf<'ledger.keys'>['keys'][number]

export interface DescribedKey {
  /** The verifier key as text; PEM of one that signs models. */
  readonly key: string
  /** Eight hexadecimal digits; of one that signs models, the first of its SHA-256. */
  readonly id: string
  readonly owner: string
  readonly from: number
  /** The last entry at which it may sign; null while it may. */
  readonly last: number | null
}

/** Whose a key is, from its name (`<origin>`, `<origin>/orchestrator`, `<origin>/person/<id>`) and the names that people have here. */
export function describeKey({ key, from, until }: ListedKey, people: readonly Person[]): DescribedKey {
  const [name = '', id = ''] = key.split('+')
  return { key, id, owner: ownerOf(name, people), from, last: until === null ? null : until - 1 }
}

export function describeModelKey({ hint, key, from, until }: RegistryKey): DescribedKey {
  return { key, id: hint.slice(0, 8), owner: words.keys.registry, from, last: until === null ? null : until - 1 }
}

function ownerOf(name: string, people: readonly Person[]): string {
  const person = /\/person\/([^/]+)$/.exec(name)?.[1]
  if (person !== undefined) return people.find(({ id }) => id === person)?.displayName ?? person
  return name.endsWith('/orchestrator') ? words.orchestrator : words.keys.log
}
