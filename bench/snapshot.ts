import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PASSPHRASES, TestWorkplace } from '../e2e/workplace.ts'

const LARGE_BYTES = 2_000_000_000
const SMALL_FILES = 20_000
const CHUNK = 1 << 20
const ROUNDS = 3

/**
 * Dataset snapshots, through the command line as a person takes them. `snapshot`: MB/s of a file of 2 GB, against a bare loop in the same run that
 * reads the file, hashes it (SHA-256), copies it and makes the copy durable. `snapshot-again`: MB/s of the same content under another name, of which
 * no blob is kept again. `snapshot-files`: files/s of a folder of 20,000 small files, against the same bare loop, one file after another.
 * `snapshot-memory`: peak resident MB of the orchestrator during all of them (VmHWM, set back after the sign-in, which takes 128 MB for scrypt).
 */
export async function run(print: (line: string) => void): Promise<void> {
  const workplace = new TestWorkplace()
  try {
    const project = join(workplace.folder, 'project')
    const needed = LARGE_BYTES * 5
    const { bavail, bsize } = statfsSync(workplace.folder)
    if (bavail * bsize < needed) throw new Error(`This needs ${needed / 1e9} GB in ${workplace.folder}. Set TMPDIR to a folder that has them.`)
    mkdirSync(join(project, 'many'), { recursive: true })
    writeFileSync(join(project, 'dvc.yaml'), 'stages:\n  none:\n    cmd: "true"\n')
    await workplace.setUp()
    await workplace.strongroom(['login', 'erin'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.erin } })
    await workplace.strongroom(['project', 'add', project, '--id', 'bench', '--name', 'Bench', '--purpose', 'a benchmark'])
    const { pid } = JSON.parse(readFileSync(join(workplace.data, 'orchestrator.json'), 'utf8')) as { pid: number }
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    const take = (path: string): Promise<number> => seconds(() => workplace.strongroom(['dataset', 'snapshot', path, '--project', 'bench']))

    const copy = join(workplace.folder, 'copy')
    const rates: number[] = []
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const large = join(project, `large-${round}.bin`)
      writeRandom(large, LARGE_BYTES)
      const bare = await seconds(() => hashAndCopy(large, copy))
      const ours = await take(`large-${round}.bin`)
      rates.push(LARGE_BYTES / 1e6 / ours)
      ratios.push(bare / ours)
      if (round < ROUNDS - 1) rmSync(large)
      rmSync(copy)
    }
    print(`snapshot: ${median(rates).toFixed(0)} MB/s (ratio ${median(ratios).toFixed(2)})`)

    const last = `large-${ROUNDS - 1}.bin`
    hashAndCopy(join(project, last), join(project, 'same.bin'))
    print(`snapshot-again: ${(LARGE_BYTES / 1e6 / (await take('same.bin'))).toFixed(0)} MB/s`)

    for (let file = 0; file < SMALL_FILES; file++) writeFileSync(join(project, 'many', `${file}.txt`), `the content of file ${file}\n`)
    mkdirSync(copy)
    const bareFiles = await seconds(() => {
      for (let file = 0; file < SMALL_FILES; file++) hashAndCopy(join(project, 'many', `${file}.txt`), join(copy, `${file}.txt`))
    })
    const ourFiles = await take('many')
    print(`snapshot-files: ${(SMALL_FILES / ourFiles).toFixed(0)} files/s (ratio ${(bareFiles / ourFiles).toFixed(2)})`)
    print(`snapshot-memory: ${peakMegabytes(pid).toFixed(0)} MB`)
  } finally {
    await workplace.close()
  }
}

/** The limit: read, hash, write and make durable, in one thread. */
function hashAndCopy(source: string, target: string): void {
  const from = openSync(source, 'r')
  const to = openSync(target, 'w')
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) {
    hash.update(buffer.subarray(0, read))
    writeSync(to, buffer, 0, read)
  }
  hash.digest()
  fsyncSync(to)
  closeSync(to)
  closeSync(from)
}

function writeRandom(path: string, bytes: number): void {
  const file = openSync(path, 'w')
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let left = bytes; left > 0; left -= CHUNK) writeSync(file, randomFillSync(buffer), 0, Math.min(left, CHUNK))
  fsyncSync(file)
  closeSync(file)
}

async function seconds(work: () => unknown): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

function peakMegabytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
