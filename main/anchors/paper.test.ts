import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import readQr from 'jsqr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findInstallation } from '../client/index.ts'
import { createLedgerOf, createPerson } from '../ledger/fixtures.ts'
import { PersonId } from '../../shared/contract/index.ts'
import { openAnchor } from './anchor.ts'
import { Paper } from './paper.ts'
import { Timestamps } from './timestamps.ts'
import { Witnesses } from './witnesses.ts'

const person = PersonId.parse('p-00000001')
const { signer, enrolled } = createPerson(person)
const actor = { person, displayName: 'Ada', signer }
const { ledger, orchestrator } = createLedgerOf(300)
ledger.commit((tx) => tx.append(orchestrator, enrolled))
const anchors = { ledger, witnesses: new Witnesses(ledger), timestamps: new Timestamps(ledger) }
const paper = (organisation: string) => new Paper({ ledger, organisation, software: '0.1.0', fonts: findInstallation().fonts })

const folder = mkdtempSync(join(tmpdir(), 'paper-'))
const file = join(folder, 'anchor.pdf')
const text = () => execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' })
let note: string

beforeAll(async () => {
  note = ledger.checkpoint()
  const { pdf } = await paper('Łódź Παράδειγμα Bank — Straße 5').print(actor)
  writeFileSync(file, Buffer.from(pdf, 'base64'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A binary PPM (P6) as the pixels of a canvas. */
function readPpm(path: string): { data: Uint8ClampedArray; width: number; height: number } {
  const bytes = readFileSync(path)
  const [header = '', width = '', height = ''] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64)) ?? []
  const data = new Uint8ClampedArray(Number(width) * Number(height) * 4).fill(255)
  for (let pixel = 0; pixel < Number(width) * Number(height); pixel++) data.set(bytes.subarray(header.length + pixel * 3, header.length + pixel * 3 + 3), pixel * 4)
  return { data, width: Number(width), height: Number(height) }
}

describe('an anchor on paper', () => {
  it('holds the checkpoint as a QR code that a scanner reads to the byte', () => {
    execFileSync('pdftoppm', ['-r', '150', '-singlefile', file, join(folder, 'page')])
    const { data, width, height } = readPpm(join(folder, 'page.ppm'))
    const read = readQr(data, width, height)
    expect(Buffer.from(read?.binaryData ?? []).toString()).toBe(note)
  })

  it('holds it as text too, which compares when it is typed back, wrapped as it is there', async () => {
    const [, block = ''] = /as the log key signed it\n([^]*?)\n *Five lines/.exec(text()) ?? []
    const lines = block.split('\n').map((line) => line.trim()).filter((line) => line !== '')
    const typed = [...lines.slice(0, 3), '', ...lines.slice(3)].join('\r\n')
    expect(lines.length).toBeGreaterThan(4)
    expect(await openAnchor(anchors, Buffer.from(typed))).toMatchObject({ note, size: 301 })
  })

  it('names organisation, ledger and key, whatever alphabet they are in', () => {
    expect(text()).toContain('Łódź Παράδειγμα Bank — Straße 5')
    expect(text().replaceAll(/\s/g, '')).toContain(ledger.verifierKeys()[0]?.text)
  })

  it('is one page, PDF/A, tagged, with every font in it', () => {
    const info = execFileSync('pdfinfo', [file], { encoding: 'utf8' })
    expect(info).toMatch(/Pages: +1\n/)
    expect(info).toMatch(/Tagged: +yes/)
    expect(readFileSync(file, 'latin1')).toContain('<pdfaid:part>3</pdfaid:part>')
    const fonts = execFileSync('pdffonts', [file], { encoding: 'utf8' }).trim().split('\n').slice(2)
    expect(fonts.length).toBeGreaterThan(2)
    for (const font of fonts) expect(font).toMatch(/IBMPlex.* yes yes (yes|no) /)
  })

  it('is recorded, with the digest of the page and of what it fixes', () => {
    const entry = ledger.entries({ action: 'anchor.printed', limit: 1 })[0]?.entry
    expect(entry).toMatchObject({ actor: signer.name, detail: { size: 301 }, subject: [{ digest: { sha256: execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64) } }] })
  })
})
