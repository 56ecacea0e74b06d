import { fisherExact, homogeneityTest, twoProportionTest } from './statistics.ts'

/**
 * Measures of equal treatment between groups, over counts alone. "Deserving" is the truth (the label has its favourable value),
 * "selected" is the decision (it has its favourable value).
 */

/** Equal-width bins of the score that calibration is measured in. */
export const CALIBRATION_BINS = 10

/** The four-fifths rule (29 CFR 1607.4(D)): the lowest selection rate over the highest should be at least 4/5. */
export const FOUR_FIFTHS = { of: 5, atLeast: 4 } as const

export interface CalibrationBin {
  n: number
  scoreSum: number
  /** How often the event came that the score predicts. */
  events: number
}

/** What one group's records came to. */
export interface GroupCounts {
  readonly group: string
  /** Deserving and selected. */
  tp: number
  /** Not deserving, yet selected. */
  fp: number
  /** Deserving, not selected. */
  fn: number
  /** Neither. */
  tn: number
  readonly bins: CalibrationBin[]
}

export interface Calibration {
  /** Expected calibration error: sum over bins of n/N |event rate - mean score|. */
  readonly ece: number
  /** Mean score minus event rate over the whole group. */
  readonly inTheLarge: number
}

export interface GroupRates {
  readonly group: string
  readonly n: number
  readonly selected: number
  readonly deserving: number
  readonly selectionRate: number
  readonly baseRate: number
  /** Null where the group has no record that the rate could be taken of. */
  readonly tpr: number | null
  readonly fpr: number | null
  readonly fnr: number | null
  readonly ppv: number | null
  readonly accuracy: number
  readonly calibration: Calibration | null
}

export interface Comparison {
  readonly lowest: string
  readonly highest: string
  /** Lowest selection rate over highest; null when nobody is selected. */
  readonly disparateImpact: number | null
  /** By integers: a rate of 16/25 against 4/5 is exactly four fifths. */
  readonly fourFifthsMet: boolean | null
  readonly demographicParityDifference: number
  readonly equalOpportunityDifference: number | null
  readonly fprDifference: number | null
  readonly equalizedOddsDifference: number | null
  readonly predictiveParityDifference: number | null
  readonly eceDifference: number | null
  readonly calibrationInTheLargeDifference: number | null
  readonly significance: {
    /** Lowest against highest, pooled two-proportion z; not corrected for having picked the pair. */
    readonly zTest: { readonly z: number; readonly p: number } | null
    readonly fisherP: number
    /** All groups at once. */
    readonly homogeneity: { readonly chiSquare: number; readonly df: number; readonly p: number; readonly cramersV: number } | null
  }
}

export function emptyCounts(group: string): GroupCounts {
  return { group, tp: 0, fp: 0, fn: 0, tn: 0, bins: Array.from({ length: CALIBRATION_BINS }, () => ({ n: 0, scoreSum: 0, events: 0 })) }
}

/** Adds one record in place. `score` in [0, 1] estimates how likely `event` is; leave both out where there is no score. */
export function countRecord(counts: GroupCounts, deserving: boolean, selected: boolean, score?: number, event?: boolean): void {
  if (selected) {
    if (deserving) counts.tp += 1
    else counts.fp += 1
  } else if (deserving) counts.fn += 1
  else counts.tn += 1
  if (score === undefined || event === undefined) return
  const bin = counts.bins[Math.min(CALIBRATION_BINS - 1, Math.floor(score * CALIBRATION_BINS))]
  if (bin === undefined) throw new RangeError(`score ${score} is outside [0, 1]`)
  bin.n += 1
  bin.scoreSum += score
  bin.events += event ? 1 : 0
}

/** The rates of a group with at least one record. */
export function groupRates(counts: GroupCounts): GroupRates {
  const { group, tp, fp, fn, tn } = counts
  const n = tp + fp + fn + tn
  return {
    group,
    n,
    selected: tp + fp,
    deserving: tp + fn,
    selectionRate: (tp + fp) / n,
    baseRate: (tp + fn) / n,
    tpr: share(tp, tp + fn),
    fpr: share(fp, fp + tn),
    fnr: share(fn, tp + fn),
    ppv: share(tp, tp + fp),
    accuracy: (tp + tn) / n,
    calibration: calibrationOf(counts.bins),
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function calibrationOf(bins: readonly CalibrationBin[]): Calibration | null {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0)
  if (n === 0) return null
  let ece = 0
  let scores = 0
  let events = 0
  for (const bin of bins) {
    ece += Math.abs(bin.events - bin.scoreSum) / n
    scores += bin.scoreSum
    events += bin.events
  }
  return { ece, inTheLarge: (scores - events) / n }
}

/** Compares groups, each with at least one record. Null for fewer than two: there is nothing to compare. */
export function compareGroups(groups: readonly GroupRates[]): Comparison | null {
  // By integers, so that equal rates are equal; the first named wins a tie.
  const ordered = [...groups].sort((a, b) => a.selected * b.n - b.selected * a.n)
  const lowest = ordered[0]
  const highest = ordered.at(-1)
  if (lowest === undefined || highest === undefined || ordered.length < 2) return null
  const noneSelected = highest.selected === 0
  const tprDifference = spread(groups.map((group) => group.tpr))
  const fprDifference = spread(groups.map((group) => group.fpr))
  const asShare = ({ selected, n }: GroupRates) => ({ hits: selected, of: n })
  return {
    lowest: lowest.group,
    highest: highest.group,
    disparateImpact: noneSelected ? null : (lowest.selected * highest.n) / (lowest.n * highest.selected),
    fourFifthsMet: noneSelected ? null : lowest.selected * highest.n * FOUR_FIFTHS.of >= highest.selected * lowest.n * FOUR_FIFTHS.atLeast,
    demographicParityDifference: highest.selectionRate - lowest.selectionRate,
    equalOpportunityDifference: tprDifference,
    fprDifference,
    equalizedOddsDifference: tprDifference === null || fprDifference === null ? null : Math.max(tprDifference, fprDifference),
    predictiveParityDifference: spread(groups.map((group) => group.ppv)),
    eceDifference: spread(groups.map((group) => group.calibration?.ece ?? null)),
    calibrationInTheLargeDifference: spread(groups.map((group) => group.calibration?.inTheLarge ?? null)),
    significance: {
      zTest: twoProportionTest(asShare(highest), asShare(lowest)),
      fisherP: fisherExact(asShare(highest), asShare(lowest)),
      homogeneity: homogeneityTest(groups.map(asShare)),
    },
  }
}

/** Largest minus smallest; null when any is undefined, because a difference that leaves a group out would hide it. */
function spread(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === values.length ? Math.max(...known) - Math.min(...known) : null
}
