import type { RunDetail, VersionDetail } from '../contract/index.ts'
import { parseDecimal, subtractDecimals } from './decimal.ts'

/** One thing of two versions by its name; null where a version has no such thing. */
export interface Compared {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
  /** `after` minus `before`, exact, where both are decimals and differ. */
  readonly difference: string | null
}

/** What a version is compared by. `run` is the one that made it; null where none did, or where it is not known. */
export interface ComparedVersion {
  readonly version: Pick<VersionDetail, 'metrics' | 'artifact' | 'bytes' | 'format' | 'gates'>
  readonly run: Pick<RunDetail, 'parameters' | 'snapshots' | 'code' | 'pipeline' | 'stages'> | null
}

export const COMPARED_PARTS = ['metrics', 'thresholds', 'parameters', 'data', 'code', 'environment', 'file'] as const
export type ComparedPart = (typeof COMPARED_PARTS)[number]

/** Two versions part by part, each thing of either in the order of names, whether it differs or not. */
export function compareVersions(before: ComparedVersion, after: ComparedVersion): Record<ComparedPart, Compared[]> {
  const [a, b] = [partsOf(before), partsOf(after)]
  return Object.fromEntries(COMPARED_PARTS.map((part) => [part, compareRecords(a[part], b[part])])) as Record<ComparedPart, Compared[]>
}

/** Whether the two have the same of it. */
export function isSame({ before, after }: Compared): boolean {
  return before === after
}

function partsOf({ version, run }: ComparedVersion): Record<ComparedPart, Readonly<Record<string, string>>> {
  const { metrics, artifact, bytes, format, gates } = version
  const limits = gates.flatMap(({ to, conditions }) => conditions.map(({ metric, bound, threshold }) => [`${to}: ${metric} ${bound}`, threshold] as const))
  const environments = run?.stages.flatMap(({ stage, environment }) => Object.entries(environment ?? {}).map(([name, value]) => [`${stage}: ${name}`, value] as const)) ?? []
  return {
    metrics,
    thresholds: Object.fromEntries(limits),
    parameters: run?.parameters ?? {},
    data: Object.fromEntries(run?.snapshots.map(({ path, manifest }) => [path, manifest]) ?? []),
    code: run ? { commit: run.code.commit, changed: run.code.dirty, pipeline: run.pipeline } : {},
    environment: Object.fromEntries(environments),
    file: { sha256: artifact, bytes: String(bytes), format },
  }
}

function compareRecords(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Compared[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.map((name) => compare(name, before[name] ?? null, after[name] ?? null))
}

function compare(name: string, before: string | null, after: string | null): Compared {
  const areNumbers = before !== null && after !== null && before !== after && parseDecimal(before) !== null && parseDecimal(after) !== null
  return { name, before, after, difference: areNumbers ? subtractDecimals(after, before) : null }
}
