import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seekRecording } from '../main/training/recording-reader.ts'
import { AttemptResult, attemptFolder, prepareAttempt, readJson } from '../main/training/runner/attempt-folder.ts'
import buildRunner, { testRunner } from '../main/training/runner/test-runner.ts'

const OUTPUT_BYTES = 200_000_000
const ROUNDS = 5
const SEEKS = 500

/**
 * `terminal`: MB/s of a stage that floods its terminal with the lines of a training log, from the first to the last byte that it writes, through a
 * runner as it ships into `recording.cast` with its digest; ratio to util-linux `script(1)`, which in the same run, round by round, writes its
 * typescript of the same command. Both write to the same disk; the ratio is the median of the rounds'. `terminal-whole`: the same from the start of
 * either process to its end; the runner's includes what it finds out about the machine and the code, the digest and the recording made durable.
 * `terminal-seek`: to find the place of a time in that recording.
 */
export async function run(print: (line: string) => void): Promise<void> {
  const removeRunner = await buildRunner()
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-terminal-'))
  try {
    const log = join(folder, 'log.txt')
    writeFileSync(log, trainingLog(OUTPUT_BYTES))
    const { size } = statSync(log)
    const times = join(folder, 'times')
    const command = `date +%s%N > '${times}'; cat '${log}'; date +%s%N >> '${times}'`
    const rounds: { ours: Times; theirs: Times }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const theirs = await timed(times, () => spawnSync('script', ['-q', '-c', command, join(folder, 'typescript')], { stdio: ['ignore', 'ignore', 'inherit'] }))
      if (statSync(join(folder, 'typescript')).size < size) throw new Error('script(1) left something out.')
      rmSync(join(folder, 'typescript'))
      const ours = await timed(times, () => attempt(join(folder, String(round)), command, size))
      if (round < ROUNDS - 1) rmSync(join(folder, String(round)), { recursive: true })
      rounds.push({ ours, theirs })
    }
    const rate = (which: keyof Times): string => {
      const seconds = median(rounds.map(({ ours }) => ours[which]))
      const ratio = median(rounds.map(({ ours, theirs }) => theirs[which] / ours[which]))
      return `${(size / 1e6 / seconds).toFixed(0)} MB/s (ratio ${ratio.toFixed(2)})`
    }
    print(`terminal: ${rate('output')}`)
    print(`terminal-whole: ${rate('whole')}`)
    print(`terminal-seek: ${(await seek(attemptFolder(join(folder, String(ROUNDS - 1), 'attempt')).recording)).toFixed(1)} ms`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    removeRunner()
  }
}

/** Milliseconds to find a time in the recording, on average over times spread over it. */
async function seek(recording: string): Promise<number> {
  const { duration } = await seekRecording(recording, 0)
  const began = performance.now()
  for (let nth = 0; nth < SEEKS; nth++) await seekRecording(recording, (duration * nth) / SEEKS)
  return (performance.now() - began) / SEEKS
}

/** Seconds that the command took to write its output, and that its recorder took for everything. */
interface Times {
  readonly output: number
  readonly whole: number
}

async function timed(times: string, record: () => unknown): Promise<Times> {
  const began = performance.now()
  await record()
  const whole = (performance.now() - began) / 1000
  const [first = '', last = ''] = readFileSync(times, 'utf8').split('\n')
  return { output: Number(BigInt(last) - BigInt(first)) / 1e9, whole }
}

async function attempt(folder: string, command: string, size: number): Promise<void> {
  const files = attemptFolder(join(folder, 'attempt'))
  const project = join(folder, 'project')
  mkdirSync(project, { recursive: true })
  prepareAttempt(files, {
    version: 1, run: 1, stage: 'flood', attempt: 1, cmd: [command], project, wdir: '.', env: {}, binFolder: null, node: null, outs: [], evidence: [], produced: [],
    timeLimitMs: null, graceMs: 1000, recordingCapBytes: 4 * size,
  })
  const child = spawn(process.execPath, [testRunner(), files.folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  await once(child, 'exit')
  const result = readJson(files.result, AttemptResult)
  if (result?.outcome !== 'succeeded' || result.recording === null) throw new Error(`The stage did not succeed: ${result?.reason ?? 'no result'}`)
  if (result.recording.droppedBytes > 0 || result.recording.bytes < size) throw new Error('The recording left something out.')
}

/** Lines as a training loop prints them: a progress bar with colours, numbers, now and then what is not ASCII. */
function trainingLog(bytes: number): Buffer {
  const lines: string[] = []
  for (let step = 0; step < 2_000; step++) {
    const bar = '='.repeat(step % 40).padEnd(40, '.')
    const eta = step % 10 === 0 ? ' \u23f1 ' : ' '
    lines.push(`[2026-11-27 22:${String(step % 60).padStart(2, '0')}:00] epoch ${step % 100}/100 [\u001b[32m${bar}\u001b[0m]${eta}step ${step} loss=${(1 / (step + 1)).toFixed(6)} lr=0.00030 grad_norm=${(step % 17) / 7}\n`)
  }
  const block = Buffer.from(lines.join(''))
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / block.length) }, () => block), Math.ceil(bytes / block.length) * block.length)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
