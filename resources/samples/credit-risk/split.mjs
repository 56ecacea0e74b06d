/**
 * Splits the applications by a hash of their id: an application stays in its part whatever is added or removed beside it.
 */
import { createHash } from 'node:crypto'
import { readParams } from './src/params.mjs'
import { readTable, writeTable } from './src/table.mjs'

const { salt, validation, test } = readParams('split')
if (!(validation > 0 && test > 0 && validation + test < 100)) {
  throw new Error('params.yaml: split.validation and split.test must be percents that leave some to train on')
}

const parts = { train: [], validation: [], test: [] }
for (const row of readTable('data/applications.csv')) parts[partOf(row.id)].push(row)
for (const [name, rows] of Object.entries(parts)) {
  writeTable(`data/${name}.csv`, rows)
  console.log(`data/${name}.csv: ${rows.length} applications`)
}

function partOf(id) {
  const hash = createHash('sha256').update(`${salt}:${id}`).digest()
  const place = (hash.readUInt32BE(0) / 2 ** 32) * 100
  if (place < test) return 'test'
  return place < test + validation ? 'validation' : 'train'
}
