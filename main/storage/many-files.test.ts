import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FOUND_COLUMNS, WAS_KNOWN, type Found, type Job } from '../content/file-jobs.ts'
import { CHANGED_WHILE_READ, FileCrew, type FileMemory, type Settling } from '../content/index.ts'
import { BlobStore } from './blobs.ts'

const THREAD = join(import.meta.dirname, '..', 'content', 'file-thread.ts')
const CHUNK = 1 << 20
const COUNT = 60

/** What a crew is asked, in order, and how many files it has read. */
class WatchedCrew extends FileCrew {
  asked: string[] = []
  reads = 0
  /** Called once, when the next job is done. */
  next: (() => Promise<void>) | undefined

  override async do<J extends Job>(job: J, signal?: AbortSignal): Promise<Found[J['kind']]> {
    this.asked.push(job.kind)
    const found = await super.do(job, signal)
    if (found && 'numbers' in found) for (let row = 0; row < found.numbers.length; row += FOUND_COLUMNS) this.reads += (found.numbers[row] ?? 0) & WAS_KNOWN ? 0 : 1
    const { next } = this
    this.next = undefined
    await next?.()
    return found
  }
}

const threads = new WatchedCrew(THREAD, 2)
afterAll(() => threads.close())

let data: string
let folder: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'many-store-'))
  folder = mkdtempSync(join(tmpdir(), 'many-source-'))
})

const digest = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex')
/** The digests of all blobs that have their name. */
const kept = (): string[] => readdirSync(join(data, 'blobs/sha256'), { recursive: true, encoding: 'utf8' }).flatMap((name) => (name.length > 64 ? basename(name) : [])).sort()
const incoming = (): string[] => readdirSync(join(data, 'blobs/incoming'))

function write(name: string, content: Uint8Array | string): { absolute: string } {
  const absolute = join(folder, name)
  writeFileSync(absolute, content)
  return { absolute }
}
const writeMany = (count = COUNT) => Array.from({ length: count }, (_, index) => write(`${index}`, `the content of file ${index}`))
const refsOf = (files: readonly { absolute: string }[]) => files.map(({ absolute }) => ({ absolute, sha256: digest(readFileSync(absolute)), bytes: statSync(absolute).size }))

/** A store, and what its crew was asked and its file system was told, in order. */
async function openStore({ crew = threads, flush = true }: { crew?: WatchedCrew; flush?: boolean } = {}) {
  const asked: string[] = (crew.asked = [])
  const flushed = vi.fn((path: string) => {
    asked.push(`flush ${basename(path).length === 36 ? 'copies' : basename(path)}`)
    return Promise.resolve(flush)
  })
  const blobs = new BlobStore(data, { crew, flush: flushed })
  await blobs.open()
  return { blobs, asked, flushed }
}

/** Remembers at once, in this process alone. */
const atOnce: Settling = { afterMs: Number.NEGATIVE_INFINITY, tells: () => true }
function memoryOf(): { memory: FileMemory; settling: Settling } {
  const folders = new Map<string, Uint8Array>()
  const set = (changed: ReadonlyMap<string, Uint8Array>): void => changed.forEach((files, path) => folders.set(path, files))
  return { memory: { get: (path) => folders.get(path), set }, settling: atOnce }
}

describe('many files that are stored', () => {
  it('are kept whole, whatever their length and whichever are the same, and only read the next time', async () => {
    const { blobs } = await openStore()
    const files = [...writeMany(), write('empty', ''), write('same', 'the content of file 3'), ...[CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7].map((length) => write(`${length} bytes`, randomBytes(length)))]
    files.push(write('large again', readFileSync(join(folder, `${3 * CHUNK + 7} bytes`))))
    const refs = refsOf(files)
    expect(await blobs.putFiles(files)).toEqual(refs)
    expect(kept()).toEqual([...new Set(refs.map(({ sha256 }) => sha256))].sort())
    for (const { sha256 } of refs) expect([await blobs.check(sha256), statSync(blobs.pathOf(sha256)).mode & 0o777]).toEqual(['whole', 0o444])
    const before = refs.map(({ sha256 }) => statSync(blobs.pathOf(sha256)).ino)
    expect(await blobs.putFiles(files)).toEqual(refs)
    expect(refs.map(({ sha256 }) => statSync(blobs.pathOf(sha256)).ino)).toEqual(before)
    expect(incoming()).toEqual([])
  })

  it('have their names only when all copies are durable, and are answered when the names are', async () => {
    const { blobs, asked, flushed } = await openStore()
    flushed.mockImplementationOnce(() => {
      expect(kept()).toEqual([])
      expect(readdirSync(join(data, 'blobs/incoming'), { recursive: true })).toHaveLength(COUNT + 1)
      asked.push('flush copies')
      return Promise.resolve(true)
    })
    await blobs.putFiles(writeMany())
    expect(asked.filter((what, index) => what !== asked[index - 1])).toEqual(['read', 'flush copies', 'name', 'flush sha256'])
  })

  it('are made durable one by one where the file system cannot do it at one go', async () => {
    const { blobs, asked } = await openStore({ flush: false })
    await blobs.putFiles(writeMany())
    expect(asked.filter((what, index) => what !== asked[index - 1])).toEqual(['read', 'flush copies', 'sync', 'name', 'flush sha256'])
    expect(kept()).toHaveLength(COUNT)
  })

  it('leave nothing where one cannot be read, changes meanwhile, or that is cancelled', async () => {
    const { blobs } = await openStore()
    const files = writeMany()
    await expect(blobs.putFiles([...files, { absolute: join(folder, 'none') }])).rejects.toMatchObject({ code: 'ENOENT', path: join(folder, 'none') })
    const reason = new Error('that is enough')
    await expect(blobs.putFiles(files, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const { absolute } = write('large', Buffer.alloc(64 * CHUNK))
    const storing = blobs.putFiles([{ absolute }])
    storing.catch(() => undefined)
    while (readdirSync(join(data, 'blobs/incoming'), { recursive: true }).length < 2) await new Promise(setImmediate)
    appendFileSync(absolute, '!')
    await expect(storing).rejects.toMatchObject({ code: CHANGED_WHILE_READ, path: absolute })
    const controller = new AbortController()
    const cancelled = blobs.putFiles([{ absolute }], { signal: controller.signal })
    cancelled.catch(() => undefined)
    while (readdirSync(join(data, 'blobs/incoming'), { recursive: true }).length < 2) await new Promise(setImmediate)
    controller.abort(reason)
    await expect(cancelled).rejects.toBe(reason)
    expect([kept(), incoming()]).toEqual([[], []])
  })

  it('for an entry that never comes go again, but for those that were there', async () => {
    const { blobs } = await openStore()
    const files = writeMany()
    const [first, second] = refsOf(files)
    await blobs.putFile(files[0]?.absolute ?? '')
    await expect(
      blobs.forEntry(async (writer) => {
        await writer.putFiles(files)
        await blobs.putFile(files[1]?.absolute ?? '')
        throw new Error('the entry was refused')
      }),
    ).rejects.toThrow('refused')
    expect(kept()).toEqual([first?.sha256, second?.sha256].sort())
  })

  it('for an entry that never comes leave what somebody else stored after they were looked at', async () => {
    const crew = new WatchedCrew(null)
    const { blobs } = await openStore({ crew })
    const files = writeMany()
    crew.next = async () => void (await blobs.putFile(files[5]?.absolute ?? ''))
    const failing = blobs.forEntry(async (writer) => {
      await writer.putFiles(files)
      expect(kept()).toHaveLength(COUNT)
      throw new Error('the entry was refused')
    })
    await expect(failing).rejects.toThrow('refused')
    expect(kept()).toEqual([refsOf(files)[5]?.sha256])
  })

  it('are written again where somebody else took them away after they were looked at', async () => {
    const crew = new WatchedCrew(null)
    const { blobs } = await openStore({ crew })
    const files = writeMany()
    let refuse: (() => void) | undefined
    const other = blobs.forEntry(async (writer) => {
      await writer.putFile(files[5]?.absolute ?? '')
      await new Promise<void>((_, reject) => {
        refuse = () => reject(new Error('the entry was refused'))
      })
    })
    while (!refuse) await new Promise(setImmediate)
    crew.next = async () => {
      refuse?.()
      await expect(other).rejects.toThrow('refused')
      expect(kept()).toEqual([])
    }
    await blobs.putFiles(files)
    expect(kept()).toEqual(refsOf(files).map(({ sha256 }) => sha256).sort())
  })
})

describe('many files that are remembered', () => {
  it('are neither read nor written while they and their blobs are as they were, unless that is asked for', async () => {
    const crew = new WatchedCrew(null)
    const { blobs } = await openStore({ crew })
    const files = writeMany()
    const options = memoryOf()
    for (const [expected, rehash] of [[COUNT, false], [0, false], [0, false], [COUNT, true], [0, false]] as const) {
      crew.reads = 0
      expect(await blobs.putFiles(files, { ...options, rehash })).toEqual(refsOf(files))
      expect(crew.reads).toBe(expected)
    }
    write('7', 'THE CONTENT OF FILE 7')
    expect(await blobs.putFiles(files, options)).toEqual(refsOf(files))
    expect(crew.reads).toBe(1)
  })

  it('are read each time where nothing tells whether a blob was written to', async () => {
    const crew = new WatchedCrew(null)
    const { blobs } = await openStore({ crew })
    const files = writeMany()
    const options = { ...memoryOf(), settling: { ...atOnce, tells: (path: string) => path === folder } }
    for (let time = 1; time <= 2; time++) {
      await blobs.putFiles(files, options)
      expect(crew.reads).toBe(time * COUNT)
    }
  })

  it('have their blobs mended that are damaged or gone', async () => {
    const { blobs } = await openStore()
    const files = writeMany()
    const options = memoryOf()
    await blobs.putFiles(files, options)
    const [one, other] = refsOf(files).map(({ sha256 }) => sha256)
    chmodSync(blobs.pathOf(one ?? ''), 0o600)
    writeFileSync(blobs.pathOf(one ?? ''), 'the content of file ?')
    rmSync(blobs.pathOf(other ?? ''))
    await blobs.putFiles(files, options)
    expect([await blobs.check(one ?? ''), await blobs.check(other ?? '')]).toEqual(['whole', 'whole'])
  })
})

it('a process that is killed while it stores leaves only whole blobs, and what it left is no hindrance', async () => {
  const files = writeMany(600)
  const program = join(folder, '..', `${basename(folder)}.mjs`)
  writeFileSync(program, `
    import { FileCrew } from ${JSON.stringify(join(import.meta.dirname, '..', 'content', 'index.ts'))}
    import { BlobStore } from ${JSON.stringify(join(import.meta.dirname, 'blobs.ts'))}
    const blobs = new BlobStore(process.argv[2], { crew: new FileCrew(${JSON.stringify(THREAD)}, 2), flush: () => Promise.resolve(true) })
    await blobs.open()
    process.on('message', (files) => void blobs.putFiles(files).then(() => process.send('done')))
    process.send('ready')`)
  for (const seen of [() => incoming().length > 0, () => kept().length > 0]) {
    rmSync(join(data, 'blobs'), { recursive: true, force: true })
    const child = fork(program, [data])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.once('message', resolve))
    child.send(files)
    while (!seen()) await new Promise(setImmediate)
    child.kill('SIGKILL')
    await ended
    for (const sha256 of kept()) expect(digest(readFileSync(join(data, 'blobs/sha256', sha256.slice(0, 2), sha256)))).toBe(sha256)
  }
  const { blobs } = await openStore()
  expect(incoming()).toEqual([])
  await blobs.putFiles(files)
  expect(kept()).toEqual(refsOf(files).map(({ sha256 }) => sha256).sort())
})
