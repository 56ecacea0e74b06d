/**
 * The world that the data comes from, as numbers: everything a reader needs to check what the evidence says. DATA.md tells it in words.
 */

export const AGE_BANDS = {
  '18-24': { share: 0.14, from: 18, to: 24 },
  '25-34': { share: 0.26, from: 25, to: 34 },
  '35-49': { share: 0.3, from: 35, to: 49 },
  '50-64': { share: 0.22, from: 50, to: 64 },
  '65+': { share: 0.08, from: 65, to: 80 },
}

export const FEMALE_SHARE = 0.48

/** How sex shapes a working life here. None of it changes the risk of default; together they let a model guess the sex. */
export const WORKING_LIFE = {
  female: { partTime: 0.55, gapChance: 0.65, gapMeanMonths: 24 },
  male: { partTime: 0.08, gapChance: 0.1, gapMeanMonths: 6 },
}

/**
 * The true chance of default is logistic in these. Sex, age, part-time work and gaps in employment have no term of their own:
 * two applicants alike in the rest are equally good risks.
 */
export const TRUE_RISK = {
  intercept: -3.3,
  /** Per unit of ln(loan amount / yearly income). */
  logLoanToIncome: 1.2,
  /** Per unit of (share of the credit limit in use - 0.35). */
  utilisation: 3.6,
  /** Per late payment in the last two years. */
  latePayments: 0.8,
  /** For each late payment at full utilisation, beside both: a term that no linear model can learn. */
  latePaymentsTimesUtilisation: 1.2,
  /** Per unit of ln(1 + years of credit history), less 2. */
  logCreditHistory: -0.45,
  /** Per unit of ln(1 + years in the present employment), less 1.5. */
  logEmployment: -0.3,
  debtConsolidation: 0.7,
}

/**
 * The injected bias: of the women who paid back, this share was recorded as defaulted (a collections desk that wrote women off after a
 * first late instalment). No man was.
 */
export const WRONGLY_RECORDED = { female: 0.2, male: 0 }

/** The two periods. The later one drifts in its inputs (first three) and in what they mean (the last). */
export const PERIODS = {
  applications: {
    rows: 20_000,
    from: '2023-01-01',
    days: 1096,
    incomeFactor: 1,
    utilisationShift: 0,
    consolidationShare: 0.22,
    riskShift: 0,
  },
  current: {
    rows: 5_000,
    from: '2026-01-01',
    days: 181,
    incomeFactor: 1.08,
    utilisationShift: 0.12,
    consolidationShare: 0.38,
    riskShift: 0.5,
  },
}

/** Share of applications whose years of employment were left empty, at random. */
export const MISSING_EMPLOYMENT = 0.012
