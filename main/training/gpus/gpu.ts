/** A process that computes on a GPU, as the driver numbers it. */
export interface GpuProcess {
  readonly pid: number
  /** Null where the driver does not say. */
  readonly usedBytes: number | null
}

/** A GPU of this machine, or a MIG instance of one: whatever one job can have for itself. */
export interface FoundGpu {
  /** What the vendor's runtime takes in its variable: `GPU-...`, `MIG-...`. */
  readonly uuid: string
  readonly vendor: 'nvidia' | 'amd'
  /** As the driver names it; for a MIG instance followed by `MIG` and its profile. */
  readonly model: string
  /** 0 where the driver does not say, as where CPU and GPU share their memory. */
  readonly memoryBytes: number
  readonly driver: string
  /** The GPU that a MIG instance is a part of. */
  readonly parent: string | null
  readonly processes: readonly GpuProcess[]
}

/** What a GPU does at a moment. Null where the driver does not say. */
export interface GpuSample {
  readonly uuid: string
  /** Of the last second or less, in which at least one kernel ran. */
  readonly utilisationPercent: number | null
  readonly memoryBytes: number | null
  readonly powerWatts: number | null
  readonly temperatureCelsius: number | null
}

/** A number as the tools print it; null for `N/A`, `[N/A]`, `[Not Supported]` and whatever else is none. */
export function numberOf(text: string | undefined): number | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*(?:%|W|C|MiB)?\s*$/.exec(text ?? '')
  return match ? Number(match[1]) : null
}
