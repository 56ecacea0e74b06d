/** How good scores are. All take the scores (chance of default) and the recorded outcomes (1: defaulted). */

/** Area under the ROC curve: the chance that a defaulted loan scores above one paid back; ties count half. */
export function auc(scores, outcomes) {
  const { defaults, paid } = count(outcomes)
  let sum = 0
  let before = 0
  for (const tied of tiedRuns(scores, outcomes)) {
    sum += tied.defaults * (before + tied.paid / 2)
    before += tied.paid
  }
  return sum / (defaults * paid)
}

/** Kolmogorov-Smirnov distance between the scores of defaulted and paid-back loans. */
export function ks(scores, outcomes) {
  const { defaults, paid } = count(outcomes)
  let largest = 0
  const below = { defaults: 0, paid: 0 }
  for (const tied of tiedRuns(scores, outcomes)) {
    below.defaults += tied.defaults
    below.paid += tied.paid
    largest = Math.max(largest, Math.abs(below.paid / paid - below.defaults / defaults))
  }
  return largest
}

/** Mean squared difference of score and outcome. */
export function brier(scores, outcomes) {
  return scores.reduce((sum, score, i) => sum + (score - outcomes[i]) ** 2, 0) / scores.length
}

/** Expected calibration error over ten equal-width bins. */
export function ece(scores, outcomes) {
  const gaps = new Float64Array(10)
  scores.forEach((score, i) => (gaps[Math.min(9, Math.floor(score * 10))] += score - outcomes[i]))
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / scores.length
}

/** Share of decisions that the outcome bears out: refused and defaulted, or approved and paid back. */
export function accuracy(scores, outcomes, threshold) {
  return scores.filter((score, i) => score >= threshold === (outcomes[i] === 1)).length / scores.length
}

/** Share of applications that are approved. */
export function approvalRate(scores, threshold) {
  return scores.filter((score) => score < threshold).length / scores.length
}

function count(outcomes) {
  const defaults = outcomes.reduce((sum, outcome) => sum + outcome, 0)
  return { defaults, paid: outcomes.length - defaults }
}

/** Outcomes of equal scores together, from the lowest score up. */
function* tiedRuns(scores, outcomes) {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b])
  for (let i = 0; i < order.length; ) {
    const tied = { defaults: 0, paid: 0 }
    const score = scores[order[i]]
    for (; i < order.length && scores[order[i]] === score; i += 1) tied[outcomes[order[i]] === 1 ? 'defaults' : 'paid'] += 1
    yield tied
  }
}
