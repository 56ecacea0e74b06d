/** A metric of a run as one of its stages measured it, and the ledger entry that recorded it. */
export interface Measurement {
  readonly stage: string
  readonly name: string
  /** An exact decimal. */
  readonly value: string
  readonly entry: number
}

/**
 * Every measurement of a run that a gate can mean by a name: the metric of that name of any stage, or of the stage whose name stands before
 * it (`train.auc`). Where there are several, none is preferred: whoever could choose which one counts could choose the verdict.
 */
export function measurementsCalled(name: string, measured: readonly Measurement[]): Measurement[] {
  return measured.filter((each) => each.name === name || fullName(each) === name)
}

/** The measurements under the shortest name that is theirs alone; what has none stands with its stage alone. */
export function nameMeasurements(measured: readonly Measurement[]): Record<string, string> {
  const uses = new Map<string, number>()
  for (const each of measured) for (const name of [each.name, fullName(each)]) uses.set(name, (uses.get(name) ?? 0) + 1)
  return Object.fromEntries(
    measured.flatMap((each) => {
      const name = [each.name, fullName(each)].find((called) => uses.get(called) === 1)
      return name === undefined ? [] : [[name, each.value] as const]
    }),
  )
}

function fullName({ stage, name }: Measurement): string {
  return `${stage}.${name}`
}
