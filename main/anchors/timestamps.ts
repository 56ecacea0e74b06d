import { hash, randomBytes, X509Certificate } from 'node:crypto'
import { RequestError, type DetailOf, type RecordedStamp, type TimestampAuthority, type TimestampRequestFile } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { formatStampRequest, readStampResponse, StampRefused, subjectOf, verifyStamp, type StampResponse } from './time-stamp.ts'

/** A checkpoint that an authority's stamp is on, and whose it is. */
export interface Stamped {
  readonly note: string
  readonly size: number
  readonly authority: TimestampAuthority
  readonly response: StampResponse
  readonly requested: DetailOf<'timestamp.requested'>
}

const NONCE_BYTES = 16

/**
 * Time stamps on checkpoints by an authority that is asked by exchange of files (RFC 3161). Which authorities count, what was asked and what was
 * answered is read from entries; a request is found again by the digest that it asked a stamp for.
 */
export class Timestamps {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  authorities(): TimestampAuthority[] {
    const removed = this.#all('timestamp.authority.removed')
    return this.#all('timestamp.authority.added').map(({ seq, entry }) => {
      const { certificate, fingerprint } = entry.detail as DetailOf<'timestamp.authority.added'>
      const x509 = new X509Certificate(Buffer.from(certificate, 'base64'))
      const removedEntry = removed.find((each) => each.seq > seq && each.entry.detail.fingerprint === fingerprint)?.seq ?? null
      return { subject: subjectOf(x509), fingerprint, certificate: x509.toString(), validUntil: x509.validToDate.toISOString(), addedEntry: seq, removedEntry }
    })
  }

  /** Stamps that are recorded, newest first. */
  list(): RecordedStamp[] {
    const subjects = new Map(this.authorities().map(({ fingerprint, subject }) => [fingerprint, subject]))
    return this.#ledger.history(['timestamp.recorded'], { descending: true }).take(1000).toArray().map(({ seq, entry }) => {
      const { size, root, time, serial, authority } = entry.detail as DetailOf<'timestamp.recorded'>
      return { entry: seq, size, root, time, serial, authority: subjects.get(authority) ?? authority }
    })
  }

  /** Takes in the certificate that stamps must lead to: the authority's own, or that of who certifies it. Throws `invalid-request`, `already-exists`. */
  addAuthority(actor: Actor, pem: string): TimestampAuthority {
    const certificate = readCertificate(pem)
    const fingerprint = hash('sha256', certificate.raw)
    if (this.#current(fingerprint)) throw new RequestError('already-exists', `${subjectOf(certificate)} is known already.`)
    this.#record(actor, 'timestamp.authority.added', subjectOf(certificate), fingerprint, { fingerprint, certificate: certificate.raw.toString('base64') })
    return this.#require(fingerprint)
  }

  /** From now on its stamps are not taken in; those that are recorded stay. Throws `not-found`. */
  removeAuthority(actor: Actor, fingerprint: string): TimestampAuthority {
    const authority = this.#require(fingerprint)
    const removedEntry = this.#record(actor, 'timestamp.authority.removed', authority.subject, fingerprint, { fingerprint })
    return { ...authority, removedEntry }
  }

  /** What the authority is to be handed: the digest of the newest checkpoint, with a nonce. Recorded, so that the answer is known again. */
  async request(actor: Actor): Promise<TimestampRequestFile> {
    const note = this.#ledger.checkpoint()
    const { size, root } = this.#ledger.openCheckpoint(note)
    const imprint = hash('sha256', note, 'buffer')
    const nonce = randomBytes(NONCE_BYTES)
    // DER writes a positive integer without leading zeros.
    nonce.writeUInt8((nonce.readUInt8() & 0x7f) | 0x40)
    const request = await formatStampRequest({ imprint, nonce })
    const detail = { size, root: root.toString('base64'), nonce: nonce.toString('hex') }
    const entry = this.#record(actor, 'timestamp.requested', `checkpoint of ${size} entries`, imprint.toString('hex'), detail)
    return { request: request.toString('base64'), checkpoint: note, size, entry }
  }

  /** Takes in an answer, once it is found to be one to a request of this ledger, by an authority that is known. Throws `invalid-request`, `conflict`. */
  async importResponse(actor: Actor, response: Buffer): Promise<RecordedStamp> {
    const { size, authority, response: stated, requested } = await this.open(response)
    if (authority.removedEntry !== null) throw new RequestError('invalid-request', `${authority.subject} was removed by entry ${authority.removedEntry}: its stamps are not taken in any more.`)
    if (stated.nonce?.toString('hex') !== requested.nonce) throw new RequestError('invalid-request', 'The time stamp answers another request: its nonce is not the one that was recorded.')
    const imprint = stated.imprint.toString('hex')
    const known = this.#ledger.history(['timestamp.recorded']).find(({ entry }) => entry.subject[0]?.digest.sha256 === imprint && entry.detail.serial === stated.serial && entry.detail.authority === authority.fingerprint)
    if (known) throw new RequestError('conflict', `This time stamp is recorded already, as entry ${known.seq}.`)
    const { root } = requested
    const detail = { size, root, authority: authority.fingerprint, time: stated.time.toISOString(), serial: stated.serial, response: response.toString('base64') }
    const entry = this.#record(actor, 'timestamp.recorded', `checkpoint of ${size} entries`, imprint, detail)
    return { entry, size, root, time: detail.time, serial: stated.serial, authority: authority.subject }
  }

  /** The checkpoint that a stamp is on, and whose it is, everything checked but the nonce. Throws `invalid-request`. */
  async open(response: Buffer): Promise<Stamped> {
    try {
      const stated = await readStampResponse(response)
      const imprint = stated.imprint.toString('hex')
      const request = this.#ledger.history(['timestamp.requested'], { descending: true }).find(({ entry }) => entry.subject[0]?.digest.sha256 === imprint)
      if (request === undefined) {
        const losses = this.#ledger.losses.map(({ seq }) => `, or the request is among the entries that this one lost (entry ${seq} says so)`).join('')
        throw new StampRefused(`The time stamp is on nothing that this ledger asked a stamp for: it is of another ledger, or this one was put back to a state before it, or rewritten${losses}. Compare with the checkpoint that was written beside the request.`)
      }
      const requested = request.entry.detail as DetailOf<'timestamp.requested'>
      const note = this.#ledger.checkpointAt(requested.size)
      if (note === undefined || hash('sha256', note) !== imprint) throw new StampRefused(`The time stamp is on the checkpoint of ${requested.size} entries as it was, and the ledger has another now: verify it.`)
      return { note, size: requested.size, authority: await this.#authorityOf(response, note), response: stated, requested }
    } catch (thrown) {
      if (!(thrown instanceof StampRefused)) throw thrown
      throw new RequestError('invalid-request', thrown.message)
    }
  }

  async #authorityOf(response: Buffer, note: string): Promise<TimestampAuthority> {
    let refusal: unknown = new StampRefused("No time stamp authority is known. Take one in with 'strongroom ledger timestamp authority add FILE.pem'.")
    for (const authority of this.authorities().reverse()) {
      try {
        await verifyStamp(response, Buffer.from(note), new X509Certificate(authority.certificate))
        return authority
      } catch (thrown) {
        if (!(thrown instanceof StampRefused)) throw thrown
        refusal = thrown
      }
    }
    throw refusal
  }

  #record<A extends 'timestamp.authority.added' | 'timestamp.authority.removed' | 'timestamp.requested' | 'timestamp.recorded'>(actor: Actor, action: A, name: string, sha256: string, detail: DetailOf<A>): number {
    return this.#ledger.commit((tx) => tx.append(actor.signer, { action, subject: [{ name, digest: { sha256 } }], detail }).seq)
  }

  #all(action: 'timestamp.authority.added' | 'timestamp.authority.removed') {
    return [...this.#ledger.history([action])]
  }

  #current(fingerprint: string): TimestampAuthority | undefined {
    return this.authorities().find((each) => each.fingerprint === fingerprint && each.removedEntry === null)
  }

  #require(fingerprint: string): TimestampAuthority {
    const authority = this.#current(fingerprint)
    if (authority === undefined) throw new RequestError('not-found', `There is no time stamp authority ${fingerprint}. 'strongroom ledger timestamp list' shows those that there are.`)
    return authority
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new RequestError('invalid-request', 'This is not a certificate in PEM. Give the certificate of the authority, or of who certifies it.')
  }
}
