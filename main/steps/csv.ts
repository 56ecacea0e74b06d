import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fileProblem } from './files.ts'
import { StepInputError } from './step.ts'

/** What a whole CSV file turned out to be. */
export interface CsvFacts {
  readonly columns: readonly string[]
  /** Records after the header. */
  readonly rows: number
  readonly bytes: number
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
}

/** Called once per record with as many fields as the header has, and the line that the record starts on. */
export type RowVisitor = (fields: readonly string[], line: number) => void

/** A record longer than this is taken for a quote that was never closed. In UTF-16 units. */
const LONGEST_RECORD = 4 * 1024 * 1024

const COMMA = 44
const QUOTE = 34
const CR = 13
const LF = 10

/**
 * Reads a CSV file once, in constant memory (RFC 4180, UTF-8, header line required, LF accepted beside CRLF).
 * `onHeader` sees the column names and answers who visits the records. Throws StepInputError `file-unreadable` or `csv-malformed`
 * with the line.
 */
export async function readCsv(path: string, shown: string, onHeader: (columns: readonly string[]) => RowVisitor): Promise<CsvFacts> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let columns: readonly string[] | undefined
  let visit: RowVisitor | undefined
  let rows = 0
  let bytes = 0

  const parser = new CsvParser(shown, (fields, line) => {
    if (columns === undefined || visit === undefined) {
      columns = checkedHeader(fields, shown)
      visit = onHeader(columns)
      return
    }
    if (fields.length !== columns.length) {
      throw malformed(shown, line, `it has ${fields.length} fields where the header has ${columns.length}`)
    }
    rows += 1
    visit(fields, line)
  })

  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      parser.push(decode(decoder, chunk, true, shown, parser.line))
    }
  } catch (error) {
    if (error instanceof StepInputError || !isSystemError(error)) throw error
    throw new StepInputError('file-unreadable', `${shown} cannot be read: ${fileProblem(error)}.`)
  }
  parser.push(decode(decoder, new Uint8Array(0), false, shown, parser.line))
  parser.end()
  if (columns === undefined) throw new StepInputError('csv-malformed', `${shown} is empty. A header line with column names is needed.`)
  return { columns, rows, bytes, sha256: hash.digest('hex') }
}

/** The position of a column that must be there. Throws StepInputError `column-missing`. */
export function columnIndex(columns: readonly string[], name: string, shown: string): number {
  const index = columns.indexOf(name)
  if (index < 0) throw new StepInputError('column-missing', `${shown} has no column "${name}". It has: ${columns.join(', ')}.`)
  return index
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array, stream: boolean, shown: string, line: number): string {
  try {
    return decoder.decode(chunk, { stream })
  } catch {
    throw new StepInputError('csv-malformed', `${shown} is not UTF-8 text (after line ${line}). Save it as UTF-8.`)
  }
}

function checkedHeader(fields: readonly string[], shown: string): readonly string[] {
  fields.forEach((name, index) => {
    if (name === '') throw malformed(shown, 1, `column ${index + 1} has no name`)
    if (fields.indexOf(name) !== index) throw malformed(shown, 1, `the column "${name}" is named twice`)
  })
  return fields
}

function malformed(shown: string, line: number, what: string): StepInputError {
  return new StepInputError('csv-malformed', `${shown}, line ${line}: ${what}. Mend the file (RFC 4180) and try again.`)
}

type State = 'start' | 'bare' | 'quoted' | 'closed' | 'return'

/** RFC 4180 as a table of states, fed chunk by chunk. */
class CsvParser {
  line = 1
  private readonly shown: string
  private readonly emit: RowVisitor
  private state: State = 'start'
  private fields: string[] = []
  private field = ''
  private recordLine = 1
  private recordLength = 0

  constructor(shown: string, emit: RowVisitor) {
    this.shown = shown
    this.emit = emit
  }

  push(text: string): void {
    let from = 0
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === LF) this.line += 1
      switch (this.state) {
        case 'start':
          if (code === QUOTE) {
            this.state = 'quoted'
            from = at + 1
          } else {
            from = at
            this.state = 'bare'
            this.bare(code, text, from, at)
          }
          break
        case 'bare':
          this.bare(code, text, from, at)
          break
        case 'quoted':
          if (code === QUOTE) {
            this.take(text, from, at)
            this.state = 'closed'
          }
          break
        case 'closed':
          if (code === QUOTE) {
            from = at
            this.state = 'quoted'
          } else this.separator(code, 'text stands after a closing quote')
          break
        case 'return':
          if (code !== LF) throw malformed(this.shown, this.line, 'a carriage return stands alone')
          this.endRecord()
          break
      }
    }
    if (this.state === 'bare' || this.state === 'quoted') this.take(text, from, text.length)
  }

  end(): void {
    if (this.state === 'quoted') throw malformed(this.shown, this.recordLine, 'a quote is never closed')
    if (this.state === 'return') throw malformed(this.shown, this.line, 'a carriage return stands alone')
    if (this.state === 'start' && this.fields.length === 0) return
    this.endField()
    this.endRecord()
  }

  private bare(code: number, text: string, from: number, at: number): void {
    if (code === QUOTE) throw malformed(this.shown, this.line, 'a quote stands inside a field that is not quoted')
    if (code !== COMMA && code !== LF && code !== CR) return
    this.take(text, from, at)
    this.separator(code, '')
  }

  private separator(code: number, otherwise: string): void {
    if (code === COMMA) this.endField()
    else if (code === LF) {
      this.endField()
      this.endRecord()
    } else if (code === CR) {
      this.endField()
      this.state = 'return'
    } else throw malformed(this.shown, this.line, otherwise)
  }

  private take(text: string, from: number, to: number): void {
    this.recordLength += to - from
    if (this.recordLength > LONGEST_RECORD) {
      const what = `the record is longer than ${LONGEST_RECORD} characters; perhaps a quote is never closed`
      throw malformed(this.shown, this.recordLine, what)
    }
    this.field += text.slice(from, to)
  }

  private endField(): void {
    this.fields.push(this.field)
    this.field = ''
    this.state = 'start'
  }

  private endRecord(): void {
    const fields = this.fields
    const line = this.recordLine
    this.fields = []
    this.state = 'start'
    this.recordLine = this.line
    this.recordLength = 0
    this.emit(fields, line)
  }
}
