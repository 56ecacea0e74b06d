import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PASSPHRASES, TestWorkplace } from '../e2e/workplace.ts'
import { findInstallation } from '../main/client/index.ts'
import { FileCrew, FileHasher, readContentTogether } from '../main/content/index.ts'
import { settlingTime } from '../main/content/platform/settled.ts'

const LARGE_FILES = 20
const SMALL_FILES = 100_000
const SMALL_BYTES = 1_024
const FILES_A_FOLDER = 1_000
const ROUNDS = 3
const execute = promisify(execFile)

/**
 * What reading many files costs, of 2 GB in 20 files (`large`) and of 100,000 files of 1 KiB (`small`), all of them in the memory of the system as they were just written:
 *
 * `hashing-*`: seconds in which their digests and manifest are found, against `sha256sum` under `xargs -P2` on the same files; they take turns, and the ratio is the median of
 * the rounds' ratios. Nothing is remembered.
 * `snapshot-*`: seconds of `strongroom dataset snapshot`, which hashes, copies into the store, makes that durable and records it, against that same `sha256sum`; and against what does as much by
 * itself, `sha256sum`, then `cp -r` and `sync -f`.
 * `snapshot-unchanged`: seconds of the same command for the small files again, whose digests are remembered by then. They were left alone for a minute before the first snapshot,
 * as only such files are remembered (docs/decisions/018-remembered-files.md). `snapshot-rehash`: the same with `--rehash`.
 *
 * Arguments: how many small files, and how many MB are in the large ones.
 */
export async function run(print: (line: string) => void, [files = String(SMALL_FILES), megabytes = '2000']: readonly string[]): Promise<void> {
  const workplace = new TestWorkplace()
  const project = join(workplace.folder, 'project')
  const copy = join(workplace.folder, 'copy')
  try {
    refuseFullDisk(workplace.folder, Number(megabytes) * 1e6, Number(files))
    const written = makeFiles(project, Number(files), Number(megabytes) * 1e6)
    await workplace.setUp()
    await workplace.strongroom(['login', 'erin'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.erin } })
    await workplace.strongroom(['project', 'add', project, '--id', 'bench', '--name', 'Bench', '--purpose', 'a benchmark'])

    const hash = new Map<string, number>()
    for (const kind of ['large', 'small']) hash.set(kind, await compareHashing(print, kind, project))
    await setTimeout(Math.max(0, written + settlingTime() - Date.now()))
    const take = (kind: string, ...options: string[]): Promise<number> => seconds(() => workplace.strongroom(['dataset', 'snapshot', kind, '--project', 'bench', ...options]))
    for (const kind of ['large', 'small']) {
      const ours = await take(kind)
      const hashed = hash.get(kind) ?? Number.NaN
      const copied = await seconds(() => shell('cp -r "$1" "$2" && sync -f "$2"', join(project, kind), copy))
      rmSync(copy, { recursive: true })
      print(`snapshot-${kind}: ${ours.toFixed(2)} s (ratio ${(ours / hashed).toFixed(2)} to sha256sum, ${(ours / (hashed + copied)).toFixed(2)} to sha256sum, cp and sync)`)
    }
    print(`snapshot-unchanged: ${(await take('small')).toFixed(2)} s`)
    print(`snapshot-rehash: ${(await take('small', '--rehash')).toFixed(2)} s`)
  } finally {
    await workplace.close()
  }
}

/** Answers the median of the seconds that `sha256sum` takes. */
async function compareHashing(print: (line: string) => void, kind: string, project: string): Promise<number> {
  const crew = new FileCrew(findInstallation().fileThread)
  const hasher = new FileHasher(crew, { memory: null })
  const [ours, theirs]: [number[], number[]] = [[], []]
  try {
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(await seconds(() => shell(`find "$1" -type f -print0 | xargs -0 -P2 -n ${kind === 'large' ? 1 : 500} sha256sum > /dev/null`, join(project, kind))))
      ours.push(await seconds(() => readContentTogether(project, kind, (paths) => hasher.hash(paths))))
    }
  } finally {
    await crew.close()
  }
  const ratios = ours.map((each, round) => each / (theirs[round] ?? Number.NaN))
  print(`hashing-${kind}: ${median(ours).toFixed(2)} s (ratio ${median(ratios).toFixed(2)} to sha256sum under xargs -P2, ${median(theirs).toFixed(2)} s)`)
  return median(theirs)
}

/** The files, the store's copy, and that of cp; a small file takes a block, an inode and its name. */
function refuseFullDisk(folder: string, largeBytes: number, smallFiles: number): void {
  const needed = 3.2 * (largeBytes + smallFiles * (SMALL_BYTES + 4_096))
  const { bavail, bsize, ffree } = statfsSync(folder)
  if (bavail * bsize < needed) throw new Error(`This needs ${(needed / 1e9).toFixed(0)} GB in ${folder}. Set TMPDIR to a folder that has them.`)
  if (ffree > 0 && ffree < smallFiles * 4) throw new Error(`This needs ${smallFiles * 4} more files in ${folder} than its file system can hold. Set TMPDIR to another.`)
}

/** Answers when the last one was written, in ms. */
function makeFiles(project: string, smallFiles: number, largeBytes: number): number {
  mkdirSync(join(project, 'large'), { recursive: true })
  writeFileSync(join(project, 'dvc.yaml'), 'stages:\n  none:\n    cmd: "true"\n')
  const large = Buffer.allocUnsafe(Math.ceil(largeBytes / LARGE_FILES))
  for (let file = 0; file < LARGE_FILES; file++) writeFileSync(join(project, 'large', `${file}.bin`), randomFillSync(large))
  const small = Buffer.allocUnsafe(SMALL_BYTES)
  for (let file = 0; file < smallFiles; file++) {
    const folder = join(project, 'small', String(Math.floor(file / FILES_A_FOLDER)))
    if (file % FILES_A_FOLDER === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${file}.bin`), randomFillSync(small))
  }
  return Date.now()
}

async function shell(script: string, ...args: readonly string[]): Promise<void> {
  await execute('sh', ['-c', script, 'sh', ...args])
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
