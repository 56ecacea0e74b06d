import { hash } from 'node:crypto'
import { paperMessages as words } from '../../shared/messages/paper.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { openPage, type Page } from './page.ts'

export interface PaperDependencies {
  readonly ledger: Ledger
  readonly organisation: string
  readonly software: string
  /** IBM Plex, as its packages lay it out. */
  readonly fonts: string
}

export interface PrintedAnchor {
  /** The page, in base64. */
  readonly pdf: string
  readonly size: number
  readonly root: string
  readonly entry: number
}

const COMMAND = 'strongroom ledger verify --against FILE'

/** The anchor that needs no computer to keep: a page with a checkpoint, as text and as QR code, to be signed by hand and filed. */
export class Paper {
  readonly #dependencies: PaperDependencies

  constructor(dependencies: PaperDependencies) {
    this.#dependencies = dependencies
  }

  /** Sets the newest checkpoint on a page and records that it was made. */
  async print(actor: Actor): Promise<PrintedAnchor> {
    const { ledger } = this.#dependencies
    const note = ledger.checkpoint()
    const { size, root } = ledger.openCheckpoint(note)
    const pdf = await this.#compose(note)
    const subject = [{ name: `checkpoint of ${size} entries, on paper`, digest: { sha256: hash('sha256', pdf) } }]
    const detail = { size, root: root.toString('base64') }
    const { seq } = ledger.commit((tx) => tx.append(actor.signer, { action: 'anchor.printed', subject, detail }))
    return { pdf: pdf.toString('base64'), ...detail, entry: seq }
  }

  async #compose(note: string): Promise<Buffer> {
    const { ledger, organisation, software, fonts } = this.#dependencies
    const { origin, size, root } = ledger.openCheckpoint(note)
    const { time } = ledger.entry(size - 1).entry
    const logKeys = ledger.verifierKeys().filter(({ role }) => role === 'log').map(({ text }) => text)
    // The first is the one that auditors pin, for good; the last signed this checkpoint.
    const [first = '', key = first] = [logKeys[0], logKeys.at(-1)]
    const page = await openPage({ title: words.title, fonts, made: new Date(time) })
    page.heading(words.heading)
    page.paragraph(words.purpose)
    page.facts([
      [words.organisation, organisation, 'text'],
      [words.origin, origin, 'code'],
      [words.size, String(size), 'code'],
      [words.root, root.toString('base64'), 'code'],
      [words.signed, time, 'code'],
      ...ledger.losses.map(({ seq, predecessor }) => [words.continues, words.continuesText(predecessor, seq), 'text'] as const),
      ...(first === key ? [] : describeKey(words.firstLogKey, first)),
      ...describeKey(words.logKey, key),
    ])
    page.subheading(words.note)
    page.code(note.trimEnd())
    page.small(words.noteHow)
    this.#compare(page, note)
    page.signatureLines([words.name, words.placeAndDate, words.signature])
    page.foot(words.footer(software))
    return page.end()
  }

  #compare(page: Page, note: string): void {
    page.subheading(words.qrHow)
    page.qr(note, words.qrAlt, (beside) => {
      beside.paragraph(words.compare)
      beside.code(COMMAND)
      beside.paragraph(words.compareSpaces)
    })
  }
}

/** A verifier key and what it is compared by. */
function describeKey(name: string, key: string): (readonly [string, string, 'code'])[] {
  return [[name, key, 'code'], [words.fingerprint, inGroups(hash('sha256', key)), 'code']]
}

/** A digest as it is read out and compared: four digits at a time, in two lines. */
function inGroups(hex: string): string {
  return (hex.match(/.{32}/g) ?? []).map((line) => (line.match(/.{4}/g) ?? []).join(' ')).join('\n')
}
