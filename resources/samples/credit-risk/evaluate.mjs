/**
 * Scores the held-out applications and those of the later period with the trainer's own code, and writes the measures, each decision, and
 * rows on which the registered file must predict the same.
 */
import { readFileSync } from 'node:fs'
import { encodeRows, FEATURE_NAMES, labels } from './src/features.mjs'
import { accuracy, approvalRate, auc, brier, ece, ks } from './src/measures.mjs'
import { predict } from './src/network.mjs'
import { readParams } from './src/params.mjs'
import { readTable, writeJson, writeTable } from './src/table.mjs'

/** Rows that the registered file is checked on. */
const CHECK_ROWS = 500

const { threshold } = readParams('decide')
const network = JSON.parse(readFileSync('models/network.json', 'utf8'))
if (network.features !== FEATURE_NAMES.length) {
  throw new Error(`models/network.json takes ${network.features} features, src/features.mjs makes ${FEATURE_NAMES.length}`)
}

const test = readTable('data/test.csv')
const inputs = encodeRows(test)
const scores = predict(network, inputs)
const later = readTable('data/current.csv')
const metrics = {
  ...measure(scores, labels(test)),
  later_period: measure(predict(network, encodeRows(later)), labels(later)),
}
writeJson('reports/metrics.json', metrics)
writeTable('reports/predictions.csv', test.map((row, i) => ({
  id: row.id,
  sex: row.sex,
  age_band: row.age_band,
  defaulted: row.defaulted,
  score: scores[i],
  approved: scores[i] < threshold ? 1 : 0,
})))
writeTable('reports/onnx-check.csv', test.slice(0, CHECK_ROWS).map((_, row) => ({
  ...Object.fromEntries(FEATURE_NAMES.map((name, at) => [name, inputs[row * FEATURE_NAMES.length + at]])),
  score: scores[row],
})))

console.log(`${test.length} held-out applications, ${later.length} of the later period; approved below a score of ${threshold}\n`)
console.log('                held out   later')
for (const [name, value] of Object.entries(metrics.later_period)) {
  console.log(`${name.padEnd(14)} ${metrics[name].toFixed(4).padStart(9)} ${value.toFixed(4).padStart(7)}`)
}

function measure(scores, outcomes) {
  return {
    auc: auc(scores, outcomes),
    ks: ks(scores, outcomes),
    brier: brier(scores, outcomes),
    ece: ece(scores, outcomes),
    accuracy: accuracy(scores, outcomes, threshold),
    approval_rate: approvalRate(scores, threshold),
  }
}
