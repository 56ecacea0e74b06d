import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findInstallation } from '../main/client/index.ts'
import buildRunner from '../main/training/runner/test-runner.ts'
import { PROJECT } from '../main/training/test-workplace.ts'
import { chains, fan, writeDvc, writeMakefile, writeOuts, writeSnakefile, type Graph } from './pipeline/graph.ts'
import { openWorkplace, pipelineOf, seedSuccesses } from './pipeline/seeded.ts'

const NOOP = 10_000
const STAGES = 500
const ROUNDS = 3
const SNAKEMAKE_TIMEOUT = 900_000
const [DVC_LINE, CHILD] = ['noop-child', '--noop-child']

/**
 * `noop`: seconds from a `dvc.yaml` of 10,000 stages with nothing to do to what each of them would do, read, expanded and compared, in a process that is up already, as the
 * orchestrator is; ratio to GNU make on the same graph, whose time is that of its process. `noop-first`: the same with nothing remembered of the files. `noop-memory`: the most that the process
 * held. `stage-overhead-chain`, `-fan`: milliseconds a stage of 500 (or as many as are asked for) that make an empty file, two at a time, everything recorded; ratio to `make -j2`. The lines
 * that end in `snakemake` are ratios of our time to its own, where it is installed.
 */
export async function run(print: (line: string) => void, args: readonly string[] = []): Promise<void> {
  const { fileThread } = findInstallation()
  if (args[0] === CHILD) return measureNoop(args[1] ?? '', fileThread)
  const stages = Number(args[0] ?? STAGES)
  const removeRunner = await buildRunner()
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-pipeline-'))
  try {
    await noop(print, join(folder, 'noop'), fileThread)
    await overhead(print, 'chain', join(folder, 'chain'), chains(stages, 1, touch), fileThread)
    await overhead(print, 'fan', join(folder, 'fan'), fan(stages, touch), fileThread)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    removeRunner()
  }
}

const touch = (out: string): string => `touch ${out}`

async function noop(print: (line: string) => void, folder: string, fileThread: string): Promise<void> {
  const graph = chains(NOOP, 100, touch)
  const workplace = await openWorkplace(folder, fileThread)
  for (const write of [writeOuts, writeDvc, writeMakefile, writeSnakefile]) write(workplace.project, graph)
  await seedSuccesses(workplace)
  await workplace.close()
  const child = spawnSync(process.execPath, [process.argv[1] ?? '', 'pipeline', CHILD, folder], { encoding: 'utf8', maxBuffer: 1 << 20 })
  const line = child.stdout.split('\n').find((each) => each.startsWith(DVC_LINE))
  if (line === undefined) throw new Error(`The child said nothing of use: ${child.stdout}${child.stderr}`)
  const { first, again, megabytes } = JSON.parse(line.slice(DVC_LINE.length)) as { first: number; again: number; megabytes: number }
  const make = seconds('make', ['-s', 'all'], workplace.project, ROUNDS)
  print(`noop: ${again.toFixed(2)} s (ratio ${(again / make).toFixed(1)})`)
  print(`noop-first: ${first.toFixed(2)} s (ratio ${(first / make).toFixed(1)})`)
  print(`noop-memory: ${megabytes.toFixed(0)} MB`)
  const snakemake = hasSnakemake() ? seconds('snakemake', ['-j2', '--quiet', '--rerun-triggers', 'mtime'], workplace.project, 1) : null
  print(snakemake === null ? 'noop-snakemake: snakemake is not installed' : `noop-snakemake: ${snakemake.toFixed(1)} s (ratio ${(again / snakemake).toFixed(3)})`)
}

/** In a process of its own, so that its memory is that of this alone. */
async function measureNoop(folder: string, fileThread: string): Promise<void> {
  const workplace = await openWorkplace(folder, fileThread)
  const once = async (): Promise<number> => {
    const begun = performance.now()
    const states = await workplace.training.status({ id: PROJECT, folder: workplace.project }, await pipelineOf(workplace))
    const other = states.find(({ state }) => state !== 'current')
    if (states.length !== NOOP || other) throw new Error(`There is something to do: ${JSON.stringify(other)}`)
    return (performance.now() - begun) / 1000
  }
  const first = await once()
  const again = [await once(), await once(), await once()].sort((a, b) => a - b)[1] ?? 0
  const megabytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1000
  process.stdout.write(`${DVC_LINE}${JSON.stringify({ first, again, megabytes })}\n`)
  await workplace.close()
}

async function overhead(print: (line: string) => void, name: string, folder: string, graph: Graph, fileThread: string): Promise<void> {
  const workplace = await openWorkplace(folder, fileThread, { cpus: 2 })
  for (const write of [writeDvc, writeMakefile, writeSnakefile]) write(workplace.project, graph)
  const begun = performance.now()
  const run = await workplace.training.start(workplace.actor, { project: { id: PROJECT, folder: workplace.project }, pipeline: await pipelineOf(workplace) })
  const { state } = await workplace.finished(run)
  const ours = (performance.now() - begun) / 1000
  await workplace.close()
  if (state !== 'succeeded') throw new Error(`Run ${run} ended ${state}.`)
  const anew = (command: string, args: string[]): number => {
    rmSync(join(workplace.project, 'data'), { recursive: true, force: true })
    spawnSync('mkdir', [join(workplace.project, 'data')])
    return seconds(command, args, workplace.project, 1)
  }
  const make = anew('make', ['-s', '-j2', 'all'])
  print(`stage-overhead-${name}: ${((ours / graph.needs.length) * 1000).toFixed(1)} ms (ratio ${(ours / make).toFixed(1)})`)
  if (!hasSnakemake()) return
  const snakemake = anew('snakemake', ['-j2', '--quiet'])
  print(`stage-overhead-${name}-snakemake: ${((snakemake / graph.needs.length) * 1000).toFixed(1)} ms (ratio ${(ours / snakemake).toFixed(2)})`)
}

function hasSnakemake(): boolean {
  return spawnSync('snakemake', ['--version']).status === 0
}

/** The median of some rounds. */
function seconds(command: string, args: readonly string[], cwd: string, rounds: number): number {
  const taken = Array.from({ length: rounds }, () => {
    const begun = performance.now()
    const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: SNAKEMAKE_TIMEOUT })
    if (status !== 0) throw new Error(`${command} failed: ${stderr.slice(-500)}`)
    return (performance.now() - begun) / 1000
  }).sort((a, b) => a - b)
  return taken[Math.floor(rounds / 2)] ?? 0
}
