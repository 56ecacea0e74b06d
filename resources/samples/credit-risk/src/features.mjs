/**
 * What the model sees of an application: numbers, in this order, float32. Sex and age band are not among them.
 */
const PURPOSES = ['car', 'consolidation', 'education', 'home', 'other']

const FEATURES = {
  annual_income: (row) => Number(row.annual_income),
  loan_amount: (row) => Number(row.loan_amount),
  log_loan_to_income: (row) => Math.log(Number(row.loan_amount) / Number(row.annual_income)),
  term_months: (row) => Number(row.term_months),
  employment_years: (row) => Number(row.employment_years),
  employment_unknown: (row) => (row.employment_years === '' ? 1 : 0),
  employment_gap_months: (row) => Number(row.employment_gap_months),
  part_time: (row) => Number(row.part_time),
  log_credit_history: (row) => Math.log1p(Number(row.credit_history_months) / 12),
  utilisation: (row) => Number(row.utilisation),
  late_payments: (row) => Number(row.late_payments),
  open_loans: (row) => Number(row.open_loans),
  ...Object.fromEntries(PURPOSES.map((purpose) => [`purpose_${purpose}`, (row) => (row.purpose === purpose ? 1 : 0)])),
}

export const FEATURE_NAMES = Object.keys(FEATURES)

/** The features of all rows, row after row. */
export function encodeRows(rows) {
  const functions = Object.values(FEATURES)
  const encoded = new Float32Array(rows.length * functions.length)
  rows.forEach((row, index) => functions.forEach((feature, at) => (encoded[index * functions.length + at] = feature(row))))
  const odd = encoded.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0) {
    const row = rows[Math.floor(odd / functions.length)]
    throw new Error(`application ${row.id}: ${FEATURE_NAMES[odd % functions.length]} is not a number`)
  }
  return encoded
}

/** 1 where the loan was recorded as defaulted. */
export function labels(rows) {
  return Float64Array.from(rows, (row) => Number(row.defaulted))
}
