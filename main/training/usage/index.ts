/** What attempts used of the machine, its energy, and what that cost. Pure: the runner measures. */
export { addValue, counted, integralFrom, integralTo, sumOfKnown, Usage, type Integral } from './usage.ts'
export { costOf, footprintOf, RateCard, sumOfUsage, type Cost, type Footprint } from './cost.ts'
