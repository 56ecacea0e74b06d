import type { GpuSample, ResourceSample } from '../../../shared/contract/index.ts'
import type { GpuSampler } from '../gpus/gpu-sampler.ts'
import { addValue, counted, integralFrom, integralTo, sumOfKnown, type Integral, type Usage } from '../usage/index.ts'
import type { Cgroup } from './cgroup.ts'
import { platform, type TreeUsage } from './platform/index.ts'

/** The command that runs now; `startedAt` by `performance.now()`. */
export interface Metered {
  readonly pid: number
  readonly startedAt: number
}

/** What a look at one command found so far; the most of each, since what ends takes its numbers along. */
interface Seen {
  readonly at: number
  readonly usage: TreeUsage
}

interface GpuIntegrals {
  readonly busy: Integral
  readonly joules: Integral
}

const NOTHING: TreeUsage = { cpuSeconds: 0, rssBytes: 0, readBytes: 0, writtenBytes: 0 }

/**
 * Measures what an attempt uses of the machine, a look a second. What the kernel counted for its group is exact and goes before what was seen of its
 * processes, of which some may have come and gone between two looks. Without a group, a command that is over before the first look adds nothing.
 */
export class Meter {
  readonly #gpus: readonly string[]
  readonly #sampler: Pick<GpuSampler, 'read'>
  readonly #group: Cgroup | null
  readonly #commands = new Map<number, Seen>()
  readonly #integrals = new Map<string, GpuIntegrals>()
  #began: number | null = null
  #peakRssBytes: number | null = null
  #energy = platform.packageEnergy()
  #machineCpu = platform.machineCpuSeconds()
  #cpuJoules: number | null = null

  constructor(options: { gpus: readonly string[]; sampler: Pick<GpuSampler, 'read'>; group: Cgroup | null }) {
    this.#gpus = options.gpus
    this.#sampler = options.sampler
    this.#group = options.group
  }

  /** A command begins; the first one begins what is measured. */
  begin(startedAt: number): void {
    this.#began ??= startedAt
  }

  /** Looks at the command. `now` by `performance.now()`, `time` for people. */
  look({ pid, startedAt }: Metered, now: number, time: Date): ResourceSample {
    const before = this.#commands.get(pid) ?? { at: startedAt, usage: NOTHING }
    const found = platform.usage(platform.tree(pid))
    const usage = most(before.usage, found)
    this.#commands.set(pid, { at: now, usage })
    this.#peakRssBytes = Math.max(this.#peakRssBytes ?? 0, found.rssBytes)
    const seconds = Math.max(0.001, (now - before.at) / 1000)
    const rate = (key: 'readBytes' | 'writtenBytes'): number | null => {
      const [last, current] = [before.usage[key], usage[key]]
      return last === null || current === null ? null : Math.round((current - last) / seconds)
    }
    const cpuSeconds = usage.cpuSeconds - before.usage.cpuSeconds
    const joules = this.#takeEnergy(cpuSeconds)
    return {
      time: time.toISOString(),
      cpuPercent: Math.round((cpuSeconds / seconds) * 1000) / 10,
      rssBytes: found.rssBytes,
      readBytesPerSecond: rate('readBytes'),
      writtenBytesPerSecond: rate('writtenBytes'),
      cpuWatts: joules === null ? null : Math.round((joules / seconds) * 100) / 100,
      gpus: this.#takeGpus(now / 1000),
    }
  }

  /** What was used until `now`, the end of the last command. Null where no command has begun. */
  usage(now: number): Usage | null {
    if (this.#began === null) return null
    const seconds = (now - this.#began) / 1000
    const group = this.#group?.usage()
    const seen = [...this.#commands.values()]
    const total = (key: keyof TreeUsage): number | null => (seen.length === 0 ? null : sumOfKnown(seen.map(({ usage }) => usage[key])))
    const gpus = this.#gpus.map((uuid) => {
      const integrals = this.#integrals.get(uuid)
      const [busy, joules] = [integrals && integralTo(integrals.busy, now / 1000), integrals && integralTo(integrals.joules, now / 1000)]
      return { uuid, seconds, busySeconds: busy?.total ?? null, joules: joules?.total ?? null, gap: joules?.longestGap ?? null }
    })
    const gaps = gpus.flatMap(({ gap }) => (gap === null ? [] : [gap]))
    return {
      seconds,
      cpuSeconds: group?.cpuSeconds ?? total('cpuSeconds'),
      peakRssBytes: this.#peakRssBytes,
      peakMemoryBytes: group?.peakMemoryBytes ?? null,
      readBytes: group?.readBytes ?? total('readBytes'),
      writtenBytes: group?.writtenBytes ?? total('writtenBytes'),
      gpuSeconds: seconds * gpus.length,
      gpus: gpus.map(({ gap: _, ...gpu }) => gpu),
      energy: {
        cpuJoules: this.#cpuJoules,
        gpuJoules: sumOfKnown(gpus.map(({ joules }) => joules)),
        longestGapSeconds: gaps.length === 0 ? null : Math.max(...gaps),
      },
    }
  }

  /** The attempt's part of what the packages took since the last look, in joules: by its part of the CPU time that the whole machine spent. */
  #takeEnergy(cpuSeconds: number): number | null {
    const energy = platform.packageEnergy()
    const machineCpu = platform.machineCpuSeconds()
    const spent = [...energy].map(([name, after]) => {
      const before = this.#energy.get(name)
      return before === undefined ? null : counted(before, after)
    })
    const busy = machineCpu === null || this.#machineCpu === null ? null : machineCpu - this.#machineCpu
    this.#energy = energy
    this.#machineCpu = machineCpu
    const microjoules = energy.size === 0 ? null : sumOfKnown(spent)
    if (microjoules === null || busy === null) return null
    const joules = busy <= 0 ? 0 : (microjoules / 1e6) * Math.min(1, cpuSeconds / busy)
    this.#cpuJoules = (this.#cpuJoules ?? 0) + joules
    return joules
  }

  #takeGpus(at: number): GpuSample[] {
    const samples = this.#sampler.read()
    const from = (this.#began ?? 0) / 1000
    for (const { uuid, utilisationPercent, powerWatts } of samples) {
      const { busy, joules } = this.#integrals.get(uuid) ?? { busy: integralFrom(from), joules: integralFrom(from) }
      this.#integrals.set(uuid, {
        busy: utilisationPercent === null ? busy : addValue(busy, at, utilisationPercent / 100),
        joules: powerWatts === null ? joules : addValue(joules, at, powerWatts),
      })
    }
    return samples
  }
}

function most(a: TreeUsage, b: TreeUsage): TreeUsage {
  const larger = (key: 'readBytes' | 'writtenBytes'): number | null => {
    const [before, after] = [a[key], b[key]]
    return before === null || after === null ? null : Math.max(before, after)
  }
  return { cpuSeconds: Math.max(a.cpuSeconds, b.cpuSeconds), rssBytes: b.rssBytes, readBytes: larger('readBytes'), writtenBytes: larger('writtenBytes') }
}
