import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** CSV files of this sample: plain words and numbers, so that nothing ever needs quotes; anything else is refused. */
const NEEDS_QUOTES = /[",\r\n]/

/** Writes records (plain objects with the same keys) as CSV with a header line. */
export function writeTable(path, records) {
  const columns = Object.keys(records[0])
  const lines = [columns, ...records.map((record) => columns.map((column) => record[column]))].map((fields) => {
    const line = fields.map(String)
    const odd = line.find((field) => NEEDS_QUOTES.test(field))
    if (odd !== undefined) throw new Error(`${path}: "${odd}" would need quotes, which this sample does not write`)
    return line.join(',')
  })
  writeText(path, `${lines.join('\n')}\n`)
}

/** Reads such a file as records of text. */
export function readTable(path) {
  const text = readFileSync(path, 'utf8')
  if (text.includes('"')) throw new Error(`${path} has quoted fields, which this sample does not read`)
  const [header, ...lines] = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const columns = header.split(',')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => {
    const fields = line.split(',')
    if (fields.length !== columns.length) {
      throw new Error(`${path}, line ${index + 2}: ${fields.length} fields where the header has ${columns.length}`)
    }
    return Object.fromEntries(columns.map((column, at) => [column, fields[at]]))
  })
}

export function writeJson(path, value) {
  writeText(path, `${JSON.stringify(value, null, 2)}\n`)
}

export function writeText(path, content) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
