import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { create as createQr } from 'qrcode'
import { unpackWoff } from './woff.ts'

/** One A4 page under construction: each part is set below the one before. */
export interface Page {
  heading(text: string): void
  subheading(text: string): void
  paragraph(text: string): void
  small(text: string): void
  /** Fixed width, its lines as they are; one that is too long is wrapped. */
  code(text: string): void
  /** Names with their values, a line or more each. */
  facts(rows: readonly (readonly [name: string, value: string, style: 'text' | 'code'])[]): void
  /** A QR code (ISO/IEC 18004) of the text's UTF-8 bytes, with what `beside` sets to its right. */
  qr(text: string, alt: string, beside: (page: Page) => void): void
  /** Lines to write on by hand, side by side, each with what belongs there under it. */
  signatureLines(names: readonly string[]): void
  foot(text: string): void
  end(): Promise<Buffer>
}

/** Points of 1/72 inch. */
const MARGIN = 56
const WIDTH = 595.28 - 2 * MARGIN
const BOTTOM = 841.89 - MARGIN
const NAMES = 92
const QR_SIZE = 170
const INK = '#161616'
const QUIET = '#525252'
const RULE = '#8d8d8d'
const SIZES = { heading: 20, subheading: 11, text: 10, small: 8, code: 9 }
/** Modules of white that a QR code must have around it. */
const QUIET_ZONE = 4

type Face = 'sans' | 'bold' | 'mono'
const FAMILY: Readonly<Record<Face, readonly [family: string, weight: string]>> = { sans: ['ibm-plex-sans', '400'], bold: ['ibm-plex-sans', '600'], mono: ['ibm-plex-mono', '400'] }

/**
 * Begins a page: PDF/A-3a, tagged, with its fonts embedded. The same input gives the same bytes. Loaded when it is needed: pdfkit and its font
 * reader are larger than the rest of the orchestrator.
 */
export async function openPage({ title, fonts, made }: { title: string; fonts: string; made: Date }): Promise<Page> {
  const { default: PDFDocument } = await import('pdfkit')
  const { create: readFont } = await import('fontkit')
  const doc = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    pdfVersion: '1.7',
    subset: 'PDF/A-3a',
    tagged: true,
    lang: 'en',
    displayTitle: true,
    // Without a font of its own it looks for Helvetica, which no PDF/A may leave out.
    font: unpackWoff(readFileSync(fontFile(fonts, 'sans', 'latin'))) as unknown as string,
    info: { Title: title, CreationDate: made, ModDate: made, Producer: 'Strongroom', Creator: 'Strongroom' },
  })
  const chunks: Buffer[] = []
  const done = new Promise<Buffer>((resolve) => doc.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks))))
  const root = doc.struct('Document')
  doc.addStructure(root)

  /** The files of a face, each with some of the characters: the one for Latin first. */
  const faces = Object.fromEntries(
    (Object.keys(FAMILY) as Face[]).map((face) => {
      const [family, weight] = FAMILY[face]
      const suffix = `-${weight}-normal.woff`
      const subsets = readdirSync(join(fonts, family, 'files')).filter((name) => name.endsWith(suffix)).map((name) => name.slice(family.length + 1, -suffix.length))
      const ordered = ['latin', ...subsets.filter((name) => name !== 'latin').sort()]
      const files = ordered.map((subset) => {
        const file = unpackWoff(readFileSync(fontFile(fonts, face, subset)))
        const name = `${face} ${subset}`
        doc.registerFont(name, file)
        return { name, font: readFont(file) }
      })
      return [face, files] as const
    }),
  )

  /** Text in pieces that one font file has all characters of; what none has is set as the Latin one shows it, a box. */
  function pieces(face: Face, text: string): { name: string; text: string }[] {
    const found: { name: string; text: string }[] = []
    for (const character of text) {
      const last = found.at(-1)
      const code = character.codePointAt(0) ?? 0
      const files = faces[face] ?? []
      const file = character === ' ' && last ? last : (files.find(({ font }) => 'hasGlyphForCodePoint' in font && font.hasGlyphForCodePoint(code)) ?? files[0])
      if (last && file?.name === last.name) last.text += character
      else found.push({ name: file?.name ?? '', text: character })
    }
    return found
  }

  function set(face: Face, size: number, text: string, x: number, width: number, colour = INK): void {
    doc.fillColor(colour).fontSize(size)
    const parts = pieces(face, text)
    parts.forEach((part, index) => {
      const continued = index < parts.length - 1
      doc.font(part.name)
      if (index === 0) doc.text(part.text, x, doc.y, { width, continued, lineGap: size * 0.25 })
      else doc.text(part.text, { continued })
    })
  }

  /** Bytes as they are: broken where the width ends, since no space in them may be lost or made. */
  function setCode(text: string, x: number, width: number): void {
    doc.font('mono latin').fontSize(SIZES.code)
    const most = Math.floor(width / doc.widthOfString('0'))
    const lines = text.split('\n').flatMap((line) => (line === '' ? [''] : (line.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])))
    for (const line of lines) {
      if (line === '') doc.y += SIZES.code * 1.5
      else set('mono', SIZES.code, line, x, width)
    }
  }

  function drawing(draw: () => void): void {
    doc.markContent('Artifact', { type: 'Layout' })
    draw()
    doc.endMarkedContent()
  }

  function column(x: number, width: number): Page {
    const tagged = (tag: string, write: () => void) => void root.add(doc.struct(tag, {}, write))
    return {
      heading: (text) => {
        tagged('H1', () => set('bold', SIZES.heading, text, x, width))
        doc.y += 6
      },
      subheading: (text) => {
        doc.y += 14
        tagged('H2', () => set('bold', SIZES.subheading, text, x, width))
        doc.y += 2
      },
      paragraph: (text) => {
        tagged('P', () => set('sans', SIZES.text, text, x, width))
        doc.y += 6
      },
      small: (text) => {
        doc.y += 2
        tagged('P', () => set('sans', SIZES.small, text, x, width, QUIET))
      },
      code: (text) => {
        tagged('Code', () => setCode(text, x, width))
        doc.y += 4
      },
      facts: (rows) => {
        doc.y += 4
        for (const [name, value, style] of rows) {
          const top = doc.y
          tagged('P', () => {
            set('sans', SIZES.text, name, x, NAMES, QUIET)
            doc.y = top
            if (style === 'code') setCode(value, x + NAMES, width - NAMES)
            else set('sans', SIZES.text, value, x + NAMES, width - NAMES)
          })
          doc.y += 3
        }
      },
      qr: (text, alt, beside) => {
        const top = doc.y
        const { modules } = createQr([{ data: Buffer.from(text), mode: 'byte' }], { errorCorrectionLevel: 'M' })
        const unit = QR_SIZE / (modules.size + 2 * QUIET_ZONE)
        root.add(
          doc.struct('Figure', { alt }, () => {
            doc.fillColor('#000000')
            for (let row = 0; row < modules.size; row++) {
              for (let at = 0; at < modules.size; at++) if (modules.get(row, at)) doc.rect(x + (at + QUIET_ZONE) * unit, top + (row + QUIET_ZONE) * unit, unit, unit)
            }
            doc.fill()
          }),
        )
        doc.y = top + QUIET_ZONE * unit
        beside(column(x + QR_SIZE + 12, width - QR_SIZE - 12))
        doc.y = Math.max(doc.y, top + QR_SIZE)
      },
      signatureLines: (names) => {
        const gap = 18
        const each = (width - gap * (names.length - 1)) / names.length
        const top = doc.y + 44
        names.forEach((name, index) => {
          const left = x + index * (each + gap)
          drawing(() => doc.moveTo(left, top).lineTo(left + each, top).lineWidth(0.75).stroke(RULE))
          doc.y = top + 5
          tagged('P', () => set('sans', SIZES.small, name, left, each, QUIET))
        })
      },
      foot: (text) => {
        doc.y = BOTTOM - SIZES.small * 1.5
        tagged('P', () => set('sans', SIZES.small, text, x, width, QUIET))
      },
      end: () => {
        root.end()
        doc.end()
        return done
      },
    }
  }
  return column(MARGIN, WIDTH)
}

function fontFile(fonts: string, face: Face, subset: string): string {
  const [family, weight] = FAMILY[face]
  return join(fonts, family, 'files', `${family}-${subset}-${weight}-normal.woff`)
}
