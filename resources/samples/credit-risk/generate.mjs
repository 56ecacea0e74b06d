/**
 * Writes the synthetic applications of two periods and the truth about them. DATA.md describes the model; src/population.mjs has its
 * numbers. The same seed gives the same bytes.
 */
import {
  AGE_BANDS,
  FEMALE_SHARE,
  MISSING_EMPLOYMENT,
  PERIODS,
  TRUE_RISK,
  WORKING_LIFE,
  WRONGLY_RECORDED,
} from './src/population.mjs'
import { readParams } from './src/params.mjs'
import { Random } from './src/random.mjs'
import { writeJson, writeTable } from './src/table.mjs'

const DAY = 86_400_000
const TERMS = [12, 24, 36, 48, 60, 72]

const { seed } = readParams('generate')
const population = { AGE_BANDS, FEMALE_SHARE, WORKING_LIFE, TRUE_RISK, WRONGLY_RECORDED, PERIODS, MISSING_EMPLOYMENT }
const truth = { seed, population, realised: {} }
for (const [name, period] of Object.entries(PERIODS)) {
  const { applications, outcomes, realised } = generatePeriod(name, period)
  writeTable(`data/${name}.csv`, applications)
  writeTable(`data/true-outcomes-${name}.csv`, outcomes)
  truth.realised[name] = realised
  console.log(`data/${name}.csv: ${applications.length} applications`)
  for (const [sex, counts] of Object.entries(realised)) {
    const [truly, recorded] = [counts.trueDefaults, counts.recordedDefaults].map((defaults) => percent(defaults / counts.n))
    console.log(`  ${sex.padEnd(6)} ${counts.n} people, truly defaulted ${truly}, recorded ${recorded}`)
  }
}
writeJson('data/truth.json', truth)

function generatePeriod(name, period) {
  const random = new Random(seed, name)
  const realised = {
    female: { n: 0, trueDefaults: 0, recordedDefaults: 0 },
    male: { n: 0, trueDefaults: 0, recordedDefaults: 0 },
  }
  const applications = []
  const outcomes = []
  for (let i = 1; i <= period.rows; i += 1) {
    const applicant = drawApplicant(random, period)
    const trulyDefaulted = random.chance(trueProbability(applicant, period))
    const wronglyRecorded = random.chance(WRONGLY_RECORDED[applicant.sex])
    const defaulted = trulyDefaulted || wronglyRecorded ? 1 : 0
    const counts = realised[applicant.sex]
    counts.n += 1
    counts.trueDefaults += trulyDefaulted ? 1 : 0
    counts.recordedDefaults += defaulted
    const id = `${name === 'current' ? 'C' : 'A'}${String(i).padStart(6, '0')}`
    outcomes.push({ id, truly_defaulted: trulyDefaulted ? 1 : 0 })
    applications.push({
      id,
      applied_on: new Date(Date.parse(period.from) + random.below(period.days) * DAY).toISOString().slice(0, 10),
      ...applicant,
      employment_years: random.chance(MISSING_EMPLOYMENT) ? '' : applicant.employment_years,
      defaulted,
    })
  }
  return { applications, outcomes, realised }
}

function drawApplicant(random, period) {
  const sex = random.chance(FEMALE_SHARE) ? 'female' : 'male'
  const ageBand = random.pick(Object.fromEntries(Object.entries(AGE_BANDS).map(([band, { share }]) => [band, share])))
  const { from, to } = AGE_BANDS[ageBand]
  const age = from + random.below(to - from + 1)
  const life = WORKING_LIFE[sex]
  const partTime = random.chance(life.partTime)
  const gap = random.chance(life.gapChance) ? Math.min(random.exponential(life.gapMeanMonths), (age - 17) * 6) : 0
  const fullTimeIncome = Math.exp(10.45 + 0.35 * random.normal() + 0.012 * (Math.min(age, 50) - 35))
  const income = fullTimeIncome * (partTime ? 0.75 : 1) * period.incomeFactor
  const amount = Math.exp(9.2 + 0.55 * random.normal() + 0.3 * Math.log(fullTimeIncome / 35_000))
  return {
    sex,
    age_band: ageBand,
    annual_income: Math.round(Math.min(Math.max(income, 8_000), 400_000)),
    employment_years: round(Math.max(0, (age - 18) * (0.05 + 0.6 * random.uniform())), 1),
    employment_gap_months: Math.round(gap),
    part_time: partTime ? 1 : 0,
    credit_history_months: Math.round((age - 17) * 12 * (0.2 + 0.7 * random.uniform())),
    utilisation: round(Math.min(1, Math.max(0, 0.35 + period.utilisationShift + 0.22 * random.normal())), 3),
    late_payments: random.poisson(0.55),
    open_loans: random.poisson(1.2),
    loan_amount: Math.round(Math.min(Math.max(amount, 1_000), 80_000) / 50) * 50,
    term_months: TERMS[random.below(TERMS.length)],
    purpose: random.pick(purposeShares(period.consolidationShare)),
  }
}

function purposeShares(consolidation) {
  const rest = 1 - consolidation
  return { consolidation, car: 0.4 * rest, home: 0.3 * rest, education: 0.1 * rest, other: 0.2 * rest }
}

/** The true chance of default, before anyone records it. */
function trueProbability(applicant, period) {
  const risk = TRUE_RISK
  const logit =
    risk.intercept +
    period.riskShift +
    risk.logLoanToIncome * (Math.log(applicant.loan_amount / applicant.annual_income) + 1.2) +
    risk.utilisation * (applicant.utilisation - 0.35) +
    risk.latePayments * applicant.late_payments +
    risk.latePaymentsTimesUtilisation * applicant.late_payments * applicant.utilisation +
    risk.logCreditHistory * (Math.log(1 + applicant.credit_history_months / 12) - 2) +
    risk.logEmployment * (Math.log(1 + applicant.employment_years) - 1.5) +
    risk.debtConsolidation * (applicant.purpose === 'consolidation' ? 1 : 0)
  return 1 / (1 + Math.exp(-logit))
}

function round(value, digits) {
  return Number(value.toFixed(digits))
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`
}
