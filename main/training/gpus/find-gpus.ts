import type { Gpu } from '../scheduler/state.ts'
import { kfdProcesses } from './amd-sysfs.ts'
import type { FoundGpu } from './gpu.ts'
import { GPU_QUERY, parseGpus, parseParts, PROCESS_QUERY, type NvidiaGpu } from './nvidia-smi.ts'
import { parseCards, QUERY } from './rocm-smi.ts'
import { runTool, type ToolResult } from './run-tool.ts'

/** nvidia-smi's exit code where a driver runs and finds no GPU. */
const NO_DEVICES = 6
/** Where nothing keeps the driver loaded, asking takes seconds a GPU. */
const TIMEOUT_MS = 20_000

export interface Discovery {
  /** In the order of the tools. */
  readonly gpus: readonly FoundGpu[]
  /** What failed that is installed, in a sentence each: then there may be GPUs that nobody sees. */
  readonly problems: readonly string[]
}

/**
 * The GPUs of this machine and who computes on them, by `nvidia-smi` and `rocm-smi` of `path`. Never throws. A tool that is not installed is no
 * problem: then there is no such GPU.
 */
export async function findGpus({ path = process.env['PATH'] ?? '', timeoutMs = TIMEOUT_MS, kfdRoot = undefined as string | undefined } = {}): Promise<Discovery> {
  const found = await Promise.all([findNvidia({ path, timeoutMs }), findAmd({ path, timeoutMs, kfdRoot })])
  // Parts of an AMD GPU share its unique id: no variable tells them apart, so they are one GPU.
  const gpus = new Map(found.flatMap((each) => each.gpus).reverse().map((gpu) => [gpu.uuid, gpu]))
  return { gpus: [...gpus.values()].reverse(), problems: found.flatMap(({ problems }) => problems) }
}

/**
 * The GPUs as the scheduler takes them. Whoever computes on one is foreign: the scheduler does not ask for those that a job of ours holds. So this
 * must be newer than the last end of a job that held some.
 */
export function asMachineGpus(gpus: readonly FoundGpu[]): Gpu[] {
  return gpus.map(({ uuid, model, memoryBytes, parent, processes }) => ({ uuid, model, memoryBytes, isPart: parent !== null, foreign: processes.length > 0 }))
}

interface Tools {
  readonly path: string
  readonly timeoutMs: number
}

async function findNvidia(tools: Tools): Promise<Discovery> {
  const [gpus, processes] = await Promise.all([runTool('nvidia-smi', GPU_QUERY, tools), runTool('nvidia-smi', PROCESS_QUERY, tools)])
  if (gpus.state === 'absent' || (gpus.state === 'failed' && gpus.exitCode === NO_DEVICES)) return { gpus: [], problems: [] }
  if (gpus.state === 'failed') return { gpus: [], problems: [gpus.message] }
  if (processes.state !== 'ok') return { gpus: [], problems: [`${problemOf(processes)} Without it nobody knows which GPUs are in use.`] }
  const whole = parseGpus(gpus.stdout, processes.stdout)
  if (whole.length === 0 && gpus.stdout.trim() !== '') return { gpus: [], problems: [`nvidia-smi: what it says is not understood: ${firstLine(gpus.stdout)}`] }
  return whole.some(({ isPartitioned }) => isPartitioned) ? withParts(whole, tools) : { gpus: whole.map(asFound), problems: [] }
}

async function withParts(whole: readonly NvidiaGpu[], tools: Tools): Promise<Discovery> {
  const rest = whole.filter(({ isPartitioned }) => !isPartitioned)
  const [list, report] = await Promise.all([runTool('nvidia-smi', ['-L'], tools), runTool('nvidia-smi', ['-q', '-x'], tools)])
  if (list.state !== 'ok') return { gpus: rest.map(asFound), problems: [problemOf(list)] }
  if (report.state !== 'ok') return { gpus: rest.map(asFound), problems: [problemOf(report)] }
  const parts = parseParts(whole, list.stdout, report.stdout)
  return { gpus: whole.flatMap((gpu) => (gpu.isPartitioned ? parts.filter(({ parent }) => parent === gpu.uuid) : [gpu])).map(asFound), problems: [] }
}

function asFound({ isPartitioned: _, ...gpu }: NvidiaGpu): FoundGpu {
  return gpu
}

async function findAmd({ kfdRoot, ...tools }: Tools & { kfdRoot: string | undefined }): Promise<Discovery> {
  const result = await runTool('rocm-smi', QUERY, tools)
  if (result.state === 'absent') return { gpus: [], problems: [] }
  if (result.state === 'failed') return { gpus: [], problems: [result.message] }
  const cards = parseCards(result.stdout)
  // Without a GPU it says so in a sentence, and succeeds.
  if (cards === null) return /no amd|not detected|^\s*$/i.test(result.stdout) ? { gpus: [], problems: [] } : { gpus: [], problems: [`rocm-smi: what it says is not understood: ${firstLine(result.stdout)}`] }
  const processes = kfdProcesses(kfdRoot)
  return { gpus: cards.map(({ kfdId, ...card }) => ({ ...card, processes: processes.get(kfdId) ?? [] })), problems: [] }
}

function problemOf(result: Exclude<ToolResult, { state: 'ok' }>): string {
  return result.state === 'failed' ? result.message : 'The tool is gone.'
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 200) ?? ''
}
