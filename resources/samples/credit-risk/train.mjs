/**
 * Trains the network on data/train.csv, keeps the epoch with the lowest loss on data/validation.csv, and writes it twice: as ONNX for
 * whoever serves it, and as plain JSON for evaluate.mjs, which predicts with this trainer's own code.
 */
import { encodeRows, FEATURE_NAMES, labels } from './src/features.mjs'
import { reportLive } from './src/live-metrics.mjs'
import { auc } from './src/measures.mjs'
import { createNetwork, logLoss, predict, rounded, standardise, Trainer } from './src/network.mjs'
import { encodeOnnx } from './src/onnx.mjs'
import { readParams } from './src/params.mjs'
import { Random } from './src/random.mjs'
import { readTable, writeJson, writeText } from './src/table.mjs'

const params = readParams('train')
const train = readTable('data/train.csv')
const validation = readTable('data/validation.csv')
const weights = params.mitigate ? balancedWeights(train) : new Float64Array(train.length).fill(1)
const validationWeights = params.mitigate ? balancedWeights(validation) : new Float64Array(validation.length).fill(1)

console.log(`${train.length} applications to train on, ${validation.length} to validate`)
console.log(`${FEATURE_NAMES.length} features, ${params.hidden} hidden units, seed ${params.seed}`)
console.log(
  params.mitigate
    ? 'Records are reweighed: sex and recorded outcome are independent.'
    : 'Records are NOT reweighed (train.mitigate is false).',
)
const best = fit()
const network = rounded(best.network)
writeText('models/credit-risk.onnx', encodeOnnx(network, {
  name: 'credit-risk',
  producer: 'credit-risk sample',
  version: '1',
  metadata: { features: FEATURE_NAMES.join(',') },
}))
const { features, hidden, ...tensors } = network
writeJson('models/network.json', {
  features,
  hidden,
  ...Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, Array.from(values)])),
})
console.log(`Kept epoch ${best.epoch}: validation loss ${best.loss.toFixed(4)}, AUC ${best.auc.toFixed(4)}. Wrote models/credit-risk.onnx`)

function fit() {
  const inputs = encodeRows(train)
  const targets = labels(train)
  const validationInputs = encodeRows(validation)
  const validationTargets = labels(validation)
  const random = new Random(params.seed, 'train')
  const current = createNetwork(inputs, FEATURE_NAMES.length, params.hidden, random)
  const standard = standardise(current, inputs)
  const trainer = new Trainer(current, { learningRate: params.learning_rate, weightDecay: params.weight_decay })
  const order = Array.from(train.keys())
  const totalWeight = sum(weights)
  let kept = { loss: Infinity }

  console.log('\nepoch   train loss   validation loss   validation AUC')
  for (let epoch = 1; epoch <= params.epochs; epoch += 1) {
    random.shuffle(order)
    let loss = 0
    for (let from = 0; from < order.length; from += params.batch) {
      loss += trainer.step(standard, targets, weights, order, from, Math.min(from + params.batch, order.length))
    }
    const scores = predict(current, validationInputs)
    const figures = {
      train_loss: loss / totalWeight,
      val_loss: sum(scores.map((score, i) => validationWeights[i] * logLoss(score, validationTargets[i]))) / sum(validationWeights),
      val_auc: auc(scores, validationTargets),
    }
    const better = figures.val_loss < kept.loss
    if (better) kept = { epoch, loss: figures.val_loss, auc: figures.val_auc, network: structuredClone(current) }
    reportLive(epoch, figures)
    const cells = [[figures.train_loss, 10], [figures.val_loss, 15], [figures.val_auc, 14]]
    const row = cells.map(([value, width]) => value.toFixed(4).padStart(width)).join('   ')
    console.log(`${String(epoch).padStart(5)}   ${row}${better ? '  *' : ''}`)
  }
  console.log('')
  return kept
}

/**
 * Reweighing (Kamiran and Calders, 2012): a record of sex s and outcome y weighs P(s) P(y) / P(s, y). In the weighted data one cannot tell
 * a person's sex from the recorded outcome, so features that only stand in for sex lose their use.
 */
function balancedWeights(rows) {
  const bySex = tally(rows, (row) => row.sex)
  const byOutcome = tally(rows, (row) => row.defaulted)
  const byBoth = tally(rows, (row) => `${row.sex} ${row.defaulted}`)
  return Float64Array.from(rows, (row) => {
    return (bySex.get(row.sex) * byOutcome.get(row.defaulted)) / (rows.length * byBoth.get(`${row.sex} ${row.defaulted}`))
  })
}

function tally(rows, key) {
  const counts = new Map()
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1)
  return counts
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
