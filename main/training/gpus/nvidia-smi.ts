import { numberOf, type FoundGpu, type GpuProcess, type GpuSample } from './gpu.ts'

/**
 * What `nvidia-smi` prints, read. Its forms are those of drivers 450 to 580 (`nvidia-smi --help-query-gpu`, and NVIDIA's MIG User Guide for
 * instances); fields are separated by `, `, and no name of a GPU holds a comma.
 */

const MIB = 2 ** 20

export const GPU_QUERY = ['--query-gpu=uuid,name,memory.total,driver_version,mig.mode.current', '--format=csv,noheader,nounits']
export const PROCESS_QUERY = ['--query-compute-apps=gpu_uuid,pid,used_memory', '--format=csv,noheader,nounits']
export const SAMPLE_QUERY = ['--query-gpu=uuid,utilization.gpu,memory.used,power.draw,temperature.gpu', '--format=csv,noheader,nounits']

export interface NvidiaGpu extends FoundGpu {
  readonly vendor: 'nvidia'
  /** It is handed out in parts alone, whether or not there are any. */
  readonly isPartitioned: boolean
}

/** Of `GPU_QUERY` and `PROCESS_QUERY`. Graphics processes, such as a desktop's, are not among the latter. */
export function parseGpus(gpus: string, processes: string): NvidiaGpu[] {
  const byGpu = Map.groupBy(rows(processes, 3), ([uuid = '']) => uuid)
  return rows(gpus, 5).map(([uuid = '', model = '', memory, driver = '', mig]) => ({
    uuid,
    vendor: 'nvidia',
    model,
    memoryBytes: bytesOf(memory) ?? 0,
    driver,
    parent: null,
    processes: (byGpu.get(uuid) ?? []).flatMap(([, pid, used]) => processOf(pid, used)),
    isPartitioned: mig === 'Enabled',
  }))
}

/**
 * The MIG instances of partitioned GPUs: their UUIDs and profiles from `nvidia-smi -L`, their memory and processes from `nvidia-smi -q -x`, which
 * has no UUIDs of theirs with many drivers. Both number the instances of a GPU alike.
 */
export function parseParts(gpus: readonly NvidiaGpu[], list: string, xml: string): NvidiaGpu[] {
  const reports = new Map(elements(xml, 'gpu').map((report) => [text(report.replace(/<mig_devices>[\s\S]*?<\/mig_devices>/, ''), 'uuid'), report]))
  const parts: NvidiaGpu[] = []
  let parent: NvidiaGpu | undefined
  for (const line of list.split('\n')) {
    const whole = /^GPU \d+: .*\(UUID: (GPU-[^)]+)\)/.exec(line)
    if (whole) parent = gpus.find(({ uuid }) => uuid === whole[1])
    const part = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[^)]+)\)/.exec(line)
    if (!part || !parent) continue
    const [, profile = '', index = '', uuid = ''] = part
    const report = reports.get(parent.uuid) ?? ''
    const device = elements(report, 'mig_device').find((each) => text(each, 'index') === index) ?? ''
    const isOf = (element: string): boolean => ['gpu_instance_id', 'compute_instance_id'].every((name) => text(element, name) === text(device, name))
    parts.push({
      ...parent,
      uuid,
      model: `${parent.model} MIG ${profile}`,
      memoryBytes: bytesOf(text(elements(device, 'fb_memory_usage')[0] ?? '', 'total')) ?? 0,
      parent: parent.uuid,
      processes: elements(report, 'process_info').filter(isOf).flatMap((each) => processOf(text(each, 'pid'), text(each, 'used_memory'))),
      isPartitioned: false,
    })
  }
  return parts
}

/** A line of `SAMPLE_QUERY`; null for one that is something else. */
export function parseSample(line: string): GpuSample | null {
  const [row] = rows(line, 5)
  if (!row?.[0]?.startsWith('GPU-')) return null
  const [uuid, utilisation, memory, power, temperature] = row
  return { uuid, utilisationPercent: numberOf(utilisation), memoryBytes: bytesOf(memory), powerWatts: numberOf(power), temperatureCelsius: numberOf(temperature) }
}

function rows(csv: string, columns: number): string[][] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length === columns)
}

function processOf(pid: string | undefined, used: string | undefined): GpuProcess[] {
  const number = numberOf(pid)
  return number === null ? [] : [{ pid: number, usedBytes: bytesOf(used) }]
}

function bytesOf(mebibytes: string | undefined): number | null {
  const number = numberOf(mebibytes)
  return number === null ? null : number * MIB
}

/** What stands between the tags of each element of a name. The report nests none in its own kind. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(([, content = '']) => content)
}

/** The first value of a name within an element. */
function text(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? ''
}
