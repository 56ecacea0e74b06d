import type { PersonId} from '../../shared/contract/index.ts';
import { ENTRY_DETAILS, RequestError, type ActionName, type DetailOf, type Hold, type SignedBy } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { personName, type Ledger, type SignedEntry, type Signer } from '../ledger/index.ts'
import { recordedRegistration } from './recorded-version.ts'
import { subjectOf, type VersionKey, type VersionRows } from './version-rows.ts'

/** 21 CFR 11.50 asks that a signature states its meaning. */
const MEANING = { placed: 'legal hold', released: 'release of a legal hold' } as const

interface OpenHold {
  readonly entry: number
  readonly person: PersonId
  readonly at: string
  readonly reason: string
}

type VersionId = Pick<VersionKey, 'project' | 'model' | 'version'>

/**
 * Aliases, tags, legal holds and signatures of versions. They stand in the ledger and nowhere else: what is known here is folded from the entries, and
 * goes on from where it was read to last.
 */
export class Annotations {
  readonly #ledger: Ledger
  readonly #versions: VersionRows
  readonly #nameOf: (person: string) => string
  #readTo = 0
  /** Model -> alias -> version. */
  readonly #aliases = new Map<string, Map<string, number>>()
  /** Version -> key -> value. */
  readonly #tags = new Map<string, Map<string, string>>()
  /** Version -> its holds by their entries. */
  readonly #holds = new Map<string, Map<number, OpenHold>>()
  /** Version -> its signature. */
  readonly #signatures = new Map<string, SignedBy>()
  /** Hint of a key of the registry -> the entry that introduced it. */
  readonly #signingKeys = new Map<string, number>()

  constructor({ ledger, versions, nameOf }: { ledger: Ledger; versions: VersionRows; nameOf: (person: string) => string }) {
    this.#ledger = ledger
    this.#versions = versions
    this.#nameOf = nameOf
  }

  /** Sorted. */
  aliases(key: VersionId): string[] {
    this.#catchUp()
    return [...(this.#aliases.get(modelId(key)) ?? [])].flatMap(([alias, version]) => (version === key.version ? [alias] : [])).sort()
  }

  tags(key: VersionId): Record<string, string> {
    this.#catchUp()
    return Object.fromEntries([...(this.#tags.get(versionId(key)) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The holds that nobody has released, oldest first. */
  holds(key: VersionId): Hold[] {
    this.#catchUp()
    return [...(this.#holds.get(versionId(key))?.values() ?? [])].map(({ entry, person, at, reason }) => ({ reason, by: this.#nameOf(person), byPerson: person, at, entry }))
  }

  /** The registry's signature of a version, as it was recorded; null where none was. Whether it is good, `ModelSignatures` checks. */
  signature(key: VersionId): SignedBy | null {
    this.#catchUp()
    return this.#signatures.get(versionId(key)) ?? null
  }

  /** Lets an alias name this version, whichever it named before; nothing is recorded where it does already. */
  setAlias(actor: Actor, key: VersionKey, alias: string): void {
    if (this.aliases(key).includes(alias)) return
    this.#record(actor.signer, 'model.alias.set', key, { alias })
  }

  /** Throws RequestError `not-found` where the alias does not name this version. */
  removeAlias(actor: Actor, key: VersionKey, alias: string): void {
    if (!this.aliases(key).includes(alias)) throw new RequestError('not-found', `${alias} is no alias of ${key.model} ${key.version}.`)
    this.#record(actor.signer, 'model.alias.removed', key, { alias })
  }

  setTag(actor: Actor, key: VersionKey, tag: string, value: string): void {
    if (this.tags(key)[tag] === value) return
    this.#record(actor.signer, 'model.tag.set', key, { key: tag, value })
  }

  /** Throws RequestError `not-found` where the version has no such tag. */
  removeTag(actor: Actor, key: VersionKey, tag: string): void {
    if (!Object.hasOwn(this.tags(key), tag)) throw new RequestError('not-found', `${key.model} ${key.version} has no tag ${tag}.`)
    this.#record(actor.signer, 'model.tag.removed', key, { key: tag })
  }

  /** Places a legal hold, signed by `signer`, made from the passphrase just typed. */
  hold(signer: Signer, key: VersionKey, reason: string): void {
    this.#record(signer, 'model.hold.placed', key, { meaning: MEANING.placed, reason })
  }

  /** Throws RequestError `not-found` for what is no open hold of the version, `four-eyes` for who placed it. */
  release(actor: Actor, signer: Signer, key: VersionKey, hold: number, reason: string): void {
    const open = this.holds(key).find(({ entry }) => entry === hold)
    if (!open) throw new RequestError('not-found', `Entry ${hold} is no open hold of ${key.model} ${key.version}.`)
    if (open.byPerson === actor.person) throw new RequestError('four-eyes', 'You placed this hold. Only a second person can release it.')
    this.#record(signer, 'model.hold.released', key, { hold, meaning: MEANING.released, reason })
  }

  #record<A extends Annotation>(signer: Signer, action: A, { project, model, version }: VersionKey, facts: Omit<DetailOf<A>, keyof VersionKey>): void {
    const subject = [subjectOf(recordedRegistration(this.#ledger, this.#versions.find({ project, model, version })))]
    this.#ledger.commit((tx) => tx.append(signer, { action, subject, detail: { project, model, version, ...facts } }))
  }

  #catchUp(): void {
    const { size } = this.#ledger
    for (const signed of this.#ledger.history(Object.keys(EFFECTS), { from: this.#readTo })) this.#apply(signed)
    this.#readTo = size
  }

  #apply(signed: SignedEntry): void {
    const action = signed.entry.action as keyof typeof EFFECTS
    const effect = EFFECTS[action] as (state: State, detail: unknown, signed: SignedEntry, person: PersonId) => void
    const person = signed.entry.actor.slice(personName(this.#ledger.origin, '').length)
    effect({ aliases: this.#aliases, tags: this.#tags, holds: this.#holds, signatures: this.#signatures, signingKeys: this.#signingKeys }, ENTRY_DETAILS[action].parse(signed.entry.detail), signed, person as PersonId)
  }
}

interface State {
  readonly aliases: Map<string, Map<string, number>>
  readonly tags: Map<string, Map<string, string>>
  readonly holds: Map<string, Map<number, OpenHold>>
  readonly signatures: Map<string, SignedBy>
  readonly signingKeys: Map<string, number>
}

/** What persons record of a version here; the registry records its signatures by itself. */
type Annotation = 'model.alias.set' | 'model.alias.removed' | 'model.tag.set' | 'model.tag.removed' | 'model.hold.placed' | 'model.hold.released'

/** What each entry changes. */
const EFFECTS = {
  'model.alias.set': ({ aliases }, detail) => within(aliases, modelId(detail)).set(detail.alias, detail.version),
  'model.alias.removed': ({ aliases }, detail) => within(aliases, modelId(detail)).delete(detail.alias),
  'model.tag.set': ({ tags }, detail) => within(tags, versionId(detail)).set(detail.key, detail.value),
  'model.tag.removed': ({ tags }, detail) => within(tags, versionId(detail)).delete(detail.key),
  'model.hold.placed': ({ holds }, detail, { seq, entry }, person) => within(holds, versionId(detail)).set(seq, { entry: seq, person, at: entry.time, reason: detail.reason }),
  'model.hold.released': ({ holds }, detail) => within(holds, versionId(detail)).delete(detail.hold),
  'model.key.introduced': ({ signingKeys }, detail, { seq }) => signingKeys.set(detail.hint, seq),
  // One that took the place of several came with the first of its entries.
  'model.key.rotated': ({ signingKeys }, detail, { seq }) => signingKeys.set(detail.hint, signingKeys.get(detail.hint) ?? seq),
  'model.version.signed': ({ signatures, signingKeys }, detail, { seq }) => signatures.set(versionId(detail), { hint: detail.hint, keyEntry: signingKeys.get(detail.hint) ?? seq, entry: seq }),
} satisfies { readonly [A in ActionName]?: (state: State, detail: DetailOf<A>, signed: SignedEntry, person: PersonId) => unknown }

function within<K, V>(maps: Map<string, Map<K, V>>, id: string): Map<K, V> {
  const found = maps.get(id) ?? new Map<K, V>()
  maps.set(id, found)
  return found
}

function modelId({ project, model }: Pick<VersionId, 'project' | 'model'>): string {
  return `${project}/${model}`
}

function versionId(key: VersionId): string {
  return `${modelId(key)}/${key.version}`
}
