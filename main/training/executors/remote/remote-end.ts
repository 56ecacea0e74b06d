import { encodeManifest } from '../../../content/index.ts'
import type { AttemptResult, AttemptSpec, Environment, OutcomeDetail } from '../../runner/attempt-folder.ts'
import { wantedPaths } from './remote-spec.ts'

/** What an attempt that `attempt.sh` ran has no evidence of, or weaker. */
const WEAKER = [
  'It ran without a pseudo-terminal, and its recording has times to about a second.',
  'Its use of the machine was not sampled, and no limits of memory and CPUs were enforced.',
  'Versions of programs and packages of Python were not read.',
  'Whether a signal ended a command is known by its exit code alone.',
]

type Values = ReadonlyMap<string, string>

/** `name=value` lines; of a name that comes again, the last. */
export function readValues(text: string): Values {
  return new Map(text.split('\n').filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

/** What `attempt.sh` wrote when an attempt ended, without what it left. `host`: how the executor is called. */
export function readEnd(end: string, spec: AttemptSpec, host: string): Pick<AttemptResult, 'outcome' | 'exitCode' | 'signal' | 'reason' | 'startedAt' | 'endedAt' | 'durationMs' | 'outcomeDetail'> {
  const values = readValues(end)
  const text = (name: string): string => values.get(name) ?? ''
  const exitCode = Number(text('code'))
  if (!Number.isInteger(exitCode)) throw new Error(`What ${host} says of how it ended is damaged.`)
  const durationMs = Math.max(0, Math.round((Number(text('now')) - Number(text('zero'))) * 1000))
  const common = { exitCode, signal: null, startedAt: text('at'), endedAt: text('ended'), durationMs }
  const failed = (outcomeDetail: OutcomeDetail, reason: string) => ({ ...common, outcome: 'failed', outcomeDetail, reason }) as const
  if (text('stopped') === 'cancelled') return { ...common, outcome: 'cancelled', outcomeDetail: 'cancelled', reason: 'The run was cancelled.' }
  if (text('stopped') === 'limit') return failed('time-limit', `The stage was stopped at its time limit of ${Math.round((spec.timeLimitMs ?? 0) / 1000)} s (resources.time in dvc.yaml).`)
  if (text('why') !== '') return failed('not-started', text('why'))
  if (exitCode === 127) return failed('not-found', `A command was not found on ${host} (exit code 127). Check its name and that it is installed there; a file of the project must stand among the stage's deps.`)
  if (exitCode === 137) return failed('exit', `The command ended with exit code 137, as by SIGKILL: often ${host} was out of memory.`)
  if (exitCode !== 0) return failed('exit', `The command ended with exit code ${exitCode}.`)
  return { ...common, outcome: 'succeeded', outcomeDetail: null, reason: '' }
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64' }

export function readRemoteEnvironment(text: string, code: Environment['code']): Environment {
  const values = readValues(text)
  const of = (name: string): string => values.get(name) ?? ''
  const all = (name: string): string[] => text.split('\n').filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1))
  return {
    os: of('os') || of('system'),
    kernel: of('kernel'),
    arch: ARCHITECTURES[of('arch')] ?? of('arch'),
    cpuModel: of('cpu'),
    cores: Number(of('cores')) || 0,
    memoryBytes: (Number(of('memory')) || 0) * 1024,
    node: '',
    gpus: all('gpu').map((line) => {
      const [name = '', uuid = '', memoryMiB = '', driver = ''] = line.split(',').map((part) => part.trim())
      return { name, uuid, memoryMiB, driver }
    }),
    executables: all('program').flatMap((line) => {
      const [, sha256, word, path] = /^([0-9a-f]{64}) (\S+) (.+)$/.exec(line) ?? []
      return sha256 === undefined || word === undefined || path === undefined ? [] : [{ word, path, sha256, version: '' }]
    }),
    python: [],
    code,
    weaker: WEAKER,
  }
}

/** The digest of each out and evidence by its path, as `attempt.sh` computed it of the files where they were made; null for what is missing. */
export function readDigests(listing: Buffer, spec: Pick<AttemptSpec, 'outs' | 'evidence'>): Map<string, string | null> {
  const lines = listing.toString('utf8').split('\0').filter((line) => line !== '')
  const files = lines.flatMap((line) => {
    const [, sha256, bytes, path] = /^([0-9a-f]{64}) (\d+) ([^]+)$/.exec(line) ?? []
    return sha256 === undefined || path === undefined ? [] : [{ path, bytes: Number(bytes), sha256 }]
  })
  const missing = new Set(lines.filter((line) => line.startsWith('- - ')).map((line) => line.slice(4)))
  return new Map(
    wantedPaths(spec).map((path) => {
      if (missing.has(path)) return [path, null]
      const own = files.find((file) => file.path === path)
      if (own) return [path, own.sha256]
      const inside = files.filter((file) => file.path.startsWith(`${path}/`)).map((file) => ({ ...file, path: file.path.slice(path.length + 1) }))
      return [path, encodeManifest(inside).sha256]
    }),
  )
}
