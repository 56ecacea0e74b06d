import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { RequestError, type DetailOf, type Witness, type WitnessConflict, type WitnessImport, type WitnessRequestFile } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import {
  asRequest,
  findCosignature,
  formatWitnessRequest,
  keyReference,
  looksLikeConflictReport,
  openConflict,
  parseConflictReport,
  parseNote,
  parseVerifierKey,
  type Checkpoint,
  type Cosignature,
  type Ledger,
  type NoteSignature,
  type SignedEntry,
  type Verifier,
} from '../ledger/index.ts'

/** A witness with the positions at which the ledger knows it: from the entry after `added`, up to `removed`. */
interface KnownWitness {
  readonly name: string
  readonly verifier: Verifier
  readonly added: number
  readonly removed: number | null
}

/** What a cosignature is of, found among the ledger's own checkpoints. */
interface Found {
  readonly witness: KnownWitness
  readonly checkpoint: Checkpoint
  readonly cosignature: Cosignature
}

/** Checkpoints that are looked through before other work is let in. */
const BATCH = 100

/**
 * The witnesses of this ledger, by exchange of files: which there are, what each has cosigned, and where one saw another history. All of it
 * is read from entries, found by the digest of the witness's key.
 */
export class Witnesses {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  list(): Witness[] {
    return this.#known().map((witness) => this.#describe(witness))
  }

  /** Entries that record a conflict, newest first. */
  conflicts(): WitnessConflict[] {
    return this.#ledger.history(['witness.conflict'], { descending: true }).take(100).toArray().map(({ seq, entry }) => {
      const { name, foreignSize } = entry.detail as DetailOf<'witness.conflict'>
      return { entry: seq, name, at: entry.time, size: foreignSize }
    })
  }

  /** Takes a witness's key in. Throws `invalid-request`, `already-exists`. */
  add(actor: Pick<Actor, 'signer'>, name: string, key: string): Witness {
    const verifier = asRequest(() => parseVerifierKey(key))
    if (verifier.type !== 4) throw new RequestError('invalid-request', `${key} is not the key of a witness, which is of type 4. 'strongroom witness show FOLDER' prints it.`)
    const known = this.#known()
    const same = known.find((witness) => witness.removed === null && (witness.name === name || witness.verifier.text === key))
    if (same) throw new RequestError('already-exists', `The witness ${same.name} with the key ${same.verifier.text} is known already. Remove it first, or choose another name.`)
    if (known.some(({ verifier: { text } }) => text === key)) throw new RequestError('already-exists', 'A witness with this key was removed. A key that was given up is not taken back: make a new witness.')
    this.#record(actor, 'witness.added', { name, key })
    return this.#describe(this.#require(name))
  }

  /** From now on its cosignatures count no more; those that are recorded stay. Throws `not-found`. */
  remove(actor: Actor, name: string): Witness {
    const { verifier, added } = this.#require(name)
    const removed = this.#record(actor, 'witness.removed', { name, key: verifier.text })
    return this.#describe({ name, verifier, added, removed })
  }

  /**
   * What the witness is to be handed: the newest checkpoint, and the proof that it continues what the witness cosigned last. `old` says
   * otherwise where the witness does. Throws `not-found`, `invalid-request`.
   */
  request(name: string, old?: number): WitnessRequestFile {
    const witness = this.#require(name)
    const { size } = this.#ledger
    const given = this.#ledger.losses.findLast(({ seq }) => seq > witness.added)
    if (given !== undefined) throw new RequestError('conflict', `The witness ${name} knows this ledger as ${given.predecessor}, which was given up when entries were lost (entry ${given.seq}). Make a new witness for the present log key, and keep the folder of the old one: what it cosigned last is the proof of what is missing.`)
    const from = old ?? this.#latest(witness)?.detail.size ?? 0
    if (from > size) throw new RequestError('invalid-request', `This ledger has ${size} entries, and there is no proof from ${from}. Where the witness has cosigned more than there are, import its file 'latest': entries are missing here.`)
    const proof = from === 0 || from === size ? [] : this.#ledger.consistencyProof(from)
    return { request: formatWitnessRequest({ old: from, proof, checkpoint: this.#ledger.checkpoint() }), old: from, size }
  }

  /**
   * Takes in what came back from a witness: its answer (signature lines), its file `latest` (a cosigned checkpoint), or its report of a
   * conflict. Each is checked against the entries that there are and recorded. A checkpoint that the log key signed and that is not of
   * these entries is a conflict, whoever brings it. Where it is what the witness itself cosigned, it is this ledger that has not what was signed under its origin:
   * nothing is recorded any more, and the entry with which an administrator lets the ledger go on has it. Of a loss that is not recorded first either, of another history it is.
   * One that somebody offered and the witness refused is a copy's, and stops nothing. Throws `invalid-request`, `not-found` for the
   * answer of a witness that is not known.
   */
  async importAnswer(actor: Actor, text: string, signal?: AbortSignal): Promise<WitnessImport> {
    if (looksLikeConflictReport(text)) return this.#importConflict(actor, text)
    if (text.startsWith('— ')) return this.#recordCosigned(actor, await this.#findCosigned(text, signal))
    return this.#importNote(actor, text)
  }

  /** The newest checkpoint that a witness has cosigned, with the cosignatures on it; undefined where there is none. */
  cosignedCheckpoint(): string | undefined {
    const [newest] = this.#ledger.history(['witness.cosigned'], { descending: true }).take(100).toArray().sort((a, b) => cosignedOf(b).size - cosignedOf(a).size)
    if (newest === undefined) return undefined
    const { size } = cosignedOf(newest)
    const note = this.#ledger.checkpointAt(size)
    if (note === undefined) return undefined
    const lines = this.#known()
      .map((witness) => this.#latest(witness)?.detail)
      .filter((detail) => detail?.size === size)
      .map((detail) => `${detail?.cosignature ?? ''}\n`)
    return `${note}${lines.join('')}`
  }

  /**
   * Who cosigned a checkpoint that was kept elsewhere: witnesses that the ledger knew at that size, and names of signatures by nobody that
   * it knows. Throws `invalid-request` for a cosignature of a known witness that is not good.
   */
  cosigners(note: string, checkpoint: Checkpoint): { witnesses: { name: string; time: string }[]; unknown: string[] } {
    const known = this.#known()
    const witnesses: { name: string; time: string }[] = []
    const unknown: string[] = []
    for (const signature of asRequest(() => parseNote(note)).signatures) {
      if (signature.name === checkpoint.origin) continue
      const witness = known.find((each) => isBy(signature, each.verifier))
      if (witness === undefined || witness.added >= checkpoint.size || (witness.removed ?? Infinity) < checkpoint.size) {
        unknown.push(signature.name)
        continue
      }
      const cosignature = asRequest(() => findCosignature(note, witness.verifier))
      if (cosignature === undefined) throw new RequestError('invalid-request', `The cosignature of the witness ${witness.name} on the checkpoint of ${checkpoint.size} entries is not good: the file was altered.`)
      witnesses.push({ name: witness.name, time: toTime(cosignature.time) })
    }
    return { witnesses, unknown }
  }

  #importNote(actor: Actor, note: string): WitnessImport {
    const checkpoint = asRequest(() => this.#ledger.openCheckpoint(note))
    const signatures = parseNote(note).signatures
    const witness = this.#known().find(({ verifier, removed }) => removed === null && signatures.some((signature) => isBy(signature, verifier)))
    if (witness === undefined) throw this.#describeUnknown(signatures.filter(({ name }) => name !== checkpoint.origin))
    const cosignature = findCosignature(note, witness.verifier)
    if (cosignature === undefined) throw badCosignature(witness)
    const relation = this.#ledger.relate(checkpoint)
    if (relation === 'continued') return this.#recordCosigned(actor, { witness, checkpoint, cosignature })
    if (relation === 'lost') throw this.#describeLost(`The witness ${witness.name} saw a checkpoint`, checkpoint)
    if (relation === 'ahead' && this.#isPresent(checkpoint)) return this.#fallShort(witness.name, note, checkpoint)
    return this.#recordConflict(actor, { name: witness.name, key: witness.verifier.text, held: note, offered: this.#ledger.checkpoint(), foreign: 'held', foreignSize: checkpoint.size })
  }

  /** Which of the ledger's checkpoints the signature line is on: the line does not say, so the newest are tried first, down to what the witness cosigned before. */
  async #findCosigned(lines: string, signal?: AbortSignal): Promise<Found> {
    const signatures = asRequest(() => parseNote(`-\n\n${lines}`)).signatures
    const witness = this.#known().find(({ verifier, removed }) => removed === null && signatures.some((signature) => isBy(signature, verifier)))
    if (witness === undefined) throw this.#describeUnknown(signatures)
    const first = Math.max(1, this.#latest(witness)?.detail.size ?? 0, witness.added + 1)
    for (let size = this.#ledger.size; size >= first; size--) {
      const note = this.#ledger.checkpointAt(size)
      const cosignature = note === undefined ? undefined : findCosignature(`${note}${lines}`, witness.verifier)
      if (note !== undefined && cosignature !== undefined) return { witness, checkpoint: this.#ledger.openCheckpoint(note), cosignature }
      if (size % BATCH > 0) continue
      await setImmediate()
      signal?.throwIfAborted()
    }
    throw badCosignature(witness)
  }

  #recordCosigned(actor: Actor, { witness, checkpoint, cosignature }: Found): WitnessImport {
    const { size } = checkpoint
    const root = checkpoint.root.toString('base64')
    const latest = this.#latest(witness)?.detail
    if (latest && (latest.size > size || latest.cosignature === cosignature.line)) {
      throw new RequestError('conflict', `A cosignature of the witness ${witness.name} on ${latest.size} entries is recorded already; this one, on ${size}, says nothing more.`)
    }
    if (size <= witness.added) throw new RequestError('invalid-request', `The witness ${witness.name} is known from entry ${witness.added} on, and this cosignature is on the ${size} entries before it. Make a request to it now.`)
    const detail = { name: witness.name, key: witness.verifier.text, size, root, time: cosignature.time, cosignature: cosignature.line }
    const entry = this.#record(actor, 'witness.cosigned', detail)
    return { outcome: 'cosigned', witness: witness.name, size, root, time: toTime(cosignature.time), entry }
  }

  #importConflict(actor: Actor, text: string): WitnessImport {
    const report = asRequest(() => parseConflictReport(text))
    const { witness, held, offered } = asRequest(() => openConflict(report, (note) => this.#ledger.openCheckpoint(note)))
    const known = this.#known().find(({ verifier }) => verifier.text === witness.text)
    if (known === undefined) throw this.#describeUnknown([witness])
    const isForeign = (checkpoint: Checkpoint) => !['continued', 'lost'].includes(this.#ledger.relate(checkpoint))
    const foreign = (['held', 'offered'] as const).find((which) => isForeign(which === 'held' ? held : offered))
    if (foreign === undefined) {
      const lost = [held, offered].find((checkpoint) => this.#ledger.relate(checkpoint) === 'lost')
      if (lost !== undefined) throw this.#describeLost(`The witness ${known.name} reports a checkpoint`, lost)
      throw new RequestError('invalid-request', `Both checkpoints of the report, of ${held.size} and ${offered.size} entries, are of this ledger: the request was damaged on its way. Make it again.`)
    }
    if (foreign === 'held' && this.#ledger.relate(held) === 'ahead' && this.#isPresent(held)) return this.#fallShort(known.name, report.held, held)
    const foreignSize = foreign === 'held' ? held.size : offered.size
    return this.#recordConflict(actor, { name: known.name, key: witness.text, held: report.held, offered: report.offered, foreign, foreignSize })
  }

  /** No entry says this: each that comes now is one more that was signed twice under this origin. */
  #fallShort(witness: string, note: string, { size }: Checkpoint): WitnessImport {
    const missing = size - this.#ledger.size
    this.#ledger.fallShort(note)
    return { outcome: 'ahead', witness, size, missing }
  }

  #describeLost(what: string, { origin, size }: Checkpoint): RequestError {
    const entry = this.#ledger.losses.find(({ predecessor }) => predecessor === origin)?.seq ?? 0
    return new RequestError('conflict', `${what} of ${size} entries of ${origin}. The ledger says itself that it lost what came after ${entry}: see entry ${entry}, there is nothing more to record. Keep the file, it is the proof of what is missing.`)
  }

  #describeUnknown(signatures: readonly Pick<Verifier, 'name' | 'keyId'>[]): RequestError {
    const names = signatures.map(keyReference).join(', ')
    const what = names === '' ? 'There is no cosignature in the file' : `The file is signed by ${names}, which is no witness of this ledger`
    return new RequestError('not-found', `${what}. 'strongroom ledger witness list' shows those that there are; one is taken in with 'strongroom ledger witness add'.${names === '' ? '' : this.#describeLostRegistration()}`)
  }

  /** That a witness may be unknown because the entry that took it in is lost; nothing where no entry is. */
  #describeLostRegistration(): string {
    const loss = this.#ledger.losses.at(-1)
    if (loss === undefined) return ''
    return ` One that was taken in after entry ${loss.seq - 1} of ${loss.predecessor} is lost with what came after that: keep its folder, as what it cosigned last is the proof of what is missing, and make a new witness for the present log key.`
  }

  #recordConflict(actor: Actor, detail: DetailOf<'witness.conflict'>): WitnessImport {
    const before = this.#ledger.history(['witness.conflict'], { descending: true }).find(({ entry }) => entry.detail.key === detail.key && entry.detail.held === detail.held && entry.detail.foreign === detail.foreign)
    const entry = before?.seq ?? this.#record(actor, 'witness.conflict', detail)
    const isOver = detail.foreign === 'held' && this.#isPresent(this.#ledger.openCheckpoint(detail.held))
    if (isOver) this.#ledger.fallShort(detail.held)
    return { outcome: 'conflict', witness: detail.name, size: detail.foreignSize, foreign: detail.foreign, entry, isOver }
  }

  /** Of the origin under which something could still be signed. */
  #isPresent({ origin }: Checkpoint): boolean {
    return origin === this.#ledger.presentOrigin
  }

  #record<A extends 'witness.added' | 'witness.removed' | 'witness.cosigned' | 'witness.conflict'>(actor: Pick<Actor, 'signer'>, action: A, detail: DetailOf<A>): number {
    const subject = [{ name: `witness ${detail.name}`, digest: { sha256: digestOf(detail.key) } }]
    return this.#ledger.commit((tx) => tx.append(actor.signer, { action, subject, detail }).seq)
  }

  #known(): KnownWitness[] {
    const added = this.#all('witness.added')
    const removed = this.#all('witness.removed')
    return added.map(({ seq, entry }) => {
      const { name, key } = entry.detail as DetailOf<'witness.added'>
      return { name, verifier: parseVerifierKey(key), added: seq, removed: removed.find((each) => each.entry.detail.key === key)?.seq ?? null }
    })
  }

  #all(action: 'witness.added' | 'witness.removed'): SignedEntry[] {
    return [...this.#ledger.history([action])]
  }

  #require(name: string): KnownWitness {
    const witness = this.#known().find((each) => each.name === name && each.removed === null)
    if (witness === undefined) throw new RequestError('not-found', `There is no witness ${name}. 'strongroom ledger witness list' shows those that there are.${this.#describeLostRegistration()}`)
    return witness
  }

  #latest({ verifier }: KnownWitness): { entry: number; detail: DetailOf<'witness.cosigned'> } | null {
    const found = this.#ledger.history(['witness.cosigned'], { descending: true }).find(({ entry }) => entry.detail.key === verifier.text)
    return found === undefined ? null : { entry: found.seq, detail: cosignedOf(found) }
  }

  #describe(witness: KnownWitness): Witness {
    const latest = this.#latest(witness)
    const last = latest && { size: latest.detail.size, root: latest.detail.root, time: toTime(latest.detail.time), entry: latest.entry }
    return { name: witness.name, key: witness.verifier.text, addedEntry: witness.added, removedEntry: witness.removed, last }
  }
}

function cosignedOf({ entry }: SignedEntry): DetailOf<'witness.cosigned'> {
  return entry.detail as DetailOf<'witness.cosigned'>
}

/** How entries name a witness beyond doubt, so that the index finds them. */
function digestOf(key: string): string {
  return hash('sha256', key)
}

function isBy({ name, keyId }: Pick<NoteSignature, 'name' | 'keyId'>, verifier: Verifier): boolean {
  return name === verifier.name && keyId === verifier.keyId
}

function toTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString()
}

function badCosignature({ name }: KnownWitness): RequestError {
  return new RequestError('invalid-request', `The cosignature of the witness ${name} is on no checkpoint of this ledger since the last one that it cosigned. Import the file 'latest' in its folder, which says what it is on.`)
}
