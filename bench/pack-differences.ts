import { findDifferences, type Difference } from '../resources/verifier/testing/differences.ts'

const CASES = 5_000

/**
 * `npm run bench -- pack-differences [CASES] [SEED] [FROM]`: alters a small pack in CASES ways, with and without the keys to sign it anew,
 * and lets both verifiers judge each. Prints every pack of which they do not say the same, or that was accepted and should not be. Lines:
 * `agree` (ratio to all cases: 1 is the goal) and `accepted`, the altered packs that a holder of keys got past both.
 */
export async function run(print: (line: string) => void, args: readonly string[]): Promise<void> {
  const [count = CASES, seed = 1, from = 0] = args.map(Number)
  const { cases, agreed, accepted, differences } = await findDifferences({ seed, from, count })
  for (const difference of differences) print(describe(difference))
  print(`agree: ${agreed} cases (ratio ${(agreed / cases).toFixed(6)})`)
  print(`accepted: ${accepted} cases (ratio ${(accepted / cases).toFixed(6)})`)
}

function describe({ name, how, problem, mjs, py }: Difference): string {
  const findings = (verdict: Difference['mjs']) => verdict.findings?.map(({ code, file }) => `${code} ${file}`) ?? [JSON.stringify(verdict)]
  const only = (own: readonly string[], others: readonly string[]) => own.filter((each) => !others.includes(each)).join(', ')
  return [
    `${name} ${problem}`,
    ...how.map((line) => `  ${line}`),
    `  verify.mjs alone: ${only(findings(mjs), findings(py))}`,
    `  verify.py alone:  ${only(findings(py), findings(mjs))}`,
  ].join('\n')
}
