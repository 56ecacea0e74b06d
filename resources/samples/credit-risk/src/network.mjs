/**
 * A neural network with one hidden layer: standardised inputs -> rectified hidden units -> one probability. Small enough to read, and the
 * ONNX file that onnx.mjs writes is the same arithmetic.
 *
 * A network is { features, hidden, mean, std, w1, b1, w2, b2 }: w1 row after row (features x hidden), w2 one weight per hidden unit. While
 * it trains the numbers are float64; `rounded` makes it what the file holds, float32.
 */

/** A fresh network (He initialisation), standardised by the mean and deviation of `inputs`. */
export function createNetwork(inputs, features, hidden, random) {
  const { mean, std } = moments(inputs, features)
  return {
    features,
    hidden,
    mean,
    std,
    w1: Float64Array.from({ length: features * hidden }, () => random.normal() * Math.sqrt(2 / features)),
    b1: new Float64Array(hidden),
    w2: Float64Array.from({ length: hidden }, () => random.normal() * Math.sqrt(1 / hidden)),
    b2: new Float64Array(1),
  }
}

function moments(inputs, features) {
  const rows = inputs.length / features
  const mean = new Float64Array(features)
  const std = new Float64Array(features)
  inputs.forEach((value, index) => (mean[index % features] += value / rows))
  inputs.forEach((value, index) => (std[index % features] += (value - mean[index % features]) ** 2 / rows))
  // A feature that never varies is only centred. Float32, because the file holds them so.
  return { mean: mean.map(Math.fround), std: std.map((variance) => Math.fround(variance > 0 ? Math.sqrt(variance) : 1)) }
}

/** The network as float32 numbers: what is written, and what predicts from then on. */
export function rounded(network) {
  const { features, hidden, ...tensors } = network
  return { features, hidden, ...Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, values.map(Math.fround)])) }
}

/** Standardised inputs, float64. */
export function standardise(network, inputs) {
  const { features, mean, std } = network
  return Float64Array.from(inputs, (value, index) => (value - mean[index % features]) / std[index % features])
}

/** The probability of each row of raw inputs. */
export function predict(network, inputs) {
  const standard = standardise(network, inputs)
  const activations = new Float64Array(network.hidden)
  return Float64Array.from({ length: inputs.length / network.features }, (_, row) => forward(network, standard, row, activations))
}

/** One row through the network; leaves the hidden activations in `activations`. */
function forward({ features, hidden, w1, b1, w2, b2 }, standard, row, activations) {
  activations.set(b1)
  for (let i = 0; i < features; i += 1) {
    const x = standard[row * features + i]
    for (let j = 0, at = i * hidden; j < hidden; j += 1, at += 1) activations[j] += x * w1[at]
  }
  let logit = b2[0]
  for (let j = 0; j < hidden; j += 1) {
    if (activations[j] > 0) logit += activations[j] * w2[j]
    else activations[j] = 0
  }
  return 1 / (1 + Math.exp(-logit))
}

/** Adam (Kingma and Ba, 2015) over the network's four tensors, with decoupled weight decay on the two that are weights. */
export class Trainer {
  #network
  #rate
  #decay
  #gradient
  #moments
  #steps = 0

  constructor(network, { learningRate, weightDecay }) {
    this.#network = network
    this.#rate = learningRate
    this.#decay = weightDecay
    const zeros = () => Object.fromEntries(['w1', 'b1', 'w2', 'b2'].map((name) => [name, new Float64Array(network[name].length)]))
    this.#gradient = zeros()
    this.#moments = { first: zeros(), second: zeros() }
  }

  /** One step on the rows `order[from]` to `order[to - 1]`; returns their summed, weighted log loss. */
  step(standard, targets, weights, order, from, to) {
    const { features, hidden, w2 } = this.#network
    const gradient = this.#gradient
    for (const values of Object.values(gradient)) values.fill(0)
    const activations = new Float64Array(hidden)
    let loss = 0
    for (let k = from; k < to; k += 1) {
      const row = order[k]
      const probability = forward(this.#network, standard, row, activations)
      loss += weights[row] * logLoss(probability, targets[row])
      const slope = (weights[row] * (probability - targets[row])) / (to - from)
      gradient.b2[0] += slope
      for (let j = 0; j < hidden; j += 1) {
        if (activations[j] === 0) continue
        gradient.w2[j] += slope * activations[j]
        const back = slope * w2[j]
        gradient.b1[j] += back
        for (let i = 0; i < features; i += 1) gradient.w1[i * hidden + j] += back * standard[row * features + i]
      }
    }
    this.#apply()
    return loss
  }

  #apply() {
    this.#steps += 1
    const correction = Math.sqrt(1 - 0.999 ** this.#steps) / (1 - 0.9 ** this.#steps)
    for (const name of ['w1', 'b1', 'w2', 'b2']) {
      const values = this.#network[name]
      const gradient = this.#gradient[name]
      const first = this.#moments.first[name]
      const second = this.#moments.second[name]
      const decay = name.startsWith('w') ? this.#rate * this.#decay : 0
      for (let i = 0; i < values.length; i += 1) {
        first[i] = 0.9 * first[i] + 0.1 * gradient[i]
        second[i] = 0.999 * second[i] + 0.001 * gradient[i] ** 2
        values[i] -= (this.#rate * correction * first[i]) / (Math.sqrt(second[i]) + 1e-8) + decay * values[i]
      }
    }
  }
}

/** Logarithmic loss of one prediction, bounded where the probability is 0 or 1. */
export function logLoss(probability, target) {
  return -Math.log(Math.max(target === 1 ? probability : 1 - probability, 1e-12))
}
