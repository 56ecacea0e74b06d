import { createHash, randomBytes } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { appendFileSync, linkSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ContentError, FileCrew, FileHasher, readContent, readContentTogether, type FileMemory, type Settling } from './index.ts'

const CHUNK = 1 << 20
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

const crew = new FileCrew(join(import.meta.dirname, 'file-thread.ts'), 2)
afterAll(() => crew.close())

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hasher-'))
})
afterEach(() => vi.useRealTimers())

const at = (name: string): string => join(folder, name)

/** What is remembered, in this process alone. */
function memoryOf(): FileMemory & { readonly folders: Map<string, Uint8Array> } {
  const folders = new Map<string, Uint8Array>()
  return {
    folders,
    get: (path) => folders.get(path),
    set: (changed) => {
      for (const [path, files] of changed) folders.set(path, files)
    },
  }
}

/** Files count as left alone at once, wherever the tests' folder lies. */
const atOnce: Settling = { afterMs: Number.NEGATIVE_INFINITY, tells: () => true }

describe('many files', () => {
  it('have the digests of their content, in their order, whatever their length', async () => {
    const contents = [0, 1, 17, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7].flatMap((length) => [randomBytes(length), randomBytes(length)])
    for (let small = 0; small < 100; small++) contents.push(Buffer.from(`file ${small}`))
    const paths = contents.map((content, index) => {
      writeFileSync(at(`${index}`), content)
      return at(`${index}`)
    })
    const expected = contents.map((content) => ({ sha256: sha256(content), bytes: content.length }))
    expect(await new FileHasher(crew, { memory: null }).hash(paths)).toEqual(expected)
    expect(await new FileHasher(new FileCrew(null), { memory: null }).hash(paths)).toEqual(expected)
  })

  it('are a folder as it is when it is read file by file', async () => {
    for (const name of ['b', 'a', 'c/d', 'c/e/f', 'c/0']) {
      mkdirSync(join(at(name), '..'), { recursive: true })
      writeFileSync(at(name), name)
    }
    for (let file = 0; file < 40; file++) writeFileSync(at(`many-${file}`), `${file}`)
    symlinkSync('c/d', at('link'))
    const hasher = new FileHasher(crew, { memory: null })
    expect(await readContentTogether(folder, '.', (paths) => hasher.hash(paths))).toEqual(await readContent(folder, '.'))
  })

  it.each([
    ['a link', (path: string) => symlinkSync('/etc/hostname', path)],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    ['nothing', () => undefined],
  ])('are refused where %s is among them, in the words for a single one', async (_, make) => {
    make(at('odd'))
    const paths = Array.from({ length: 40 }, (_, index) => at(`${index}`))
    for (const path of paths) writeFileSync(path, path)
    const failing = new FileHasher(crew, { memory: null }).hash([...paths, at('odd')])
    await expect(failing).rejects.toBeInstanceOf(ContentError)
    await expect(failing).rejects.toMatchObject({ code: 'not-a-file', message: `${at('odd')} is not a regular file, or went away.` })
  })

  it('are not read on once that is cancelled, in the middle of a file as well', async () => {
    execFileSync('truncate', ['-s', '2T', at('endless')])
    const controller = new AbortController()
    const reason = new Error('that is enough')
    const hashing = new FileHasher(crew, { memory: null }).hash([at('endless'), at('endless')], { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(hashing).rejects.toBe(reason)
    writeFileSync(at('next'), 'the threads are free again')
    await expect(crew.do({ kind: 'sync', paths: [at('next')] })).resolves.toBeNull()
  })

  it('are read by other threads when one has ended', async () => {
    const lost = new FileCrew(join(import.meta.dirname, 'no-such-thread.ts'), 1)
    for (let time = 0; time < 2; time++) await expect(lost.do({ kind: 'sync', paths: [] })).rejects.toThrow('no-such-thread')
  })
})

describe('a file that is remembered', () => {
  let memory: ReturnType<typeof memoryOf>
  beforeEach(() => {
    memory = memoryOf()
  })

  const hash = async (settling: Settling = atOnce, rehash = false): Promise<string> => {
    const [found] = await new FileHasher(crew, { memory, settling }).hash([at('file')], { rehash })
    return found?.sha256 ?? ''
  }
  /** Whether it is answered without being read: what is remembered of it is replaced by a lie. */
  const isBelieved = async (settling: Settling = atOnce): Promise<boolean> => {
    const before = memory.folders.get(folder)
    if (!before) return false
    const lie = sha256('a lie')
    const altered = Buffer.from(before)
    for (let from = 0; (from = altered.indexOf(Buffer.from(sha256('content'), 'hex'), from)) >= 0; ) Buffer.from(lie, 'hex').copy(altered, from)
    memory.folders.set(folder, altered)
    const found = await hash(settling)
    memory.folders.set(folder, before)
    return found === lie
  }
  const remember = async (settling: Settling = atOnce): Promise<void> => {
    // More than are read without threads, and without being remembered.
    for (let other = 0; other < 20; other++) writeFileSync(at(`other-${other}`), `${other}`)
    writeFileSync(at('file'), 'content')
    // A time that can be set again to the nanosecond.
    utimesSync(at('file'), 1_000, 1_000)
    const paths = [at('file'), ...Array.from({ length: 20 }, (_, other) => at(`other-${other}`))]
    await new FileHasher(crew, { memory, settling }).hash(paths)
  }

  it('is answered without being read, unless that is asked for', async () => {
    await remember()
    expect(await isBelieved()).toBe(true)
    const before = memory.folders.get(folder)
    expect(await hash(atOnce, true)).toBe(sha256('content'))
    expect(before).toBeDefined()
  })

  it.each<[string, () => void]>([
    ['as long as it was, its time set back', () => {
      writeFileSync(at('file'), 'CONTENT')
      utimesSync(at('file'), 1_000, 1_000)
    }],
    ['by another file in its place, of the same length and time', () => {
      writeFileSync(at('next'), 'CONTENT')
      utimesSync(at('next'), 1_000, 1_000)
      renameSync(at('next'), at('file'))
    }],
    ['through another name of it', () => {
      linkSync(at('file'), at('second'))
      writeFileSync(at('second'), 'CONTENT')
    }],
    ['through a mapping', () => {
      execFileSync('python3', ['-c', 'import mmap,sys\nf=open(sys.argv[1],"r+b")\nm=mmap.mmap(f.fileno(),0)\nm[:7]=b"CONTENT"\nm.flush()', at('file')])
    }],
  ])('is read again when it was changed %s', async (_, change) => {
    await remember()
    change()
    expect(await hash()).toBe(sha256('CONTENT'))
  })

  it('is read again when it was only touched, and is the same', async () => {
    await remember()
    utimesSync(at('file'), 1, 1)
    expect(await isBelieved()).toBe(false)
    expect(await hash()).toBe(sha256('content'))
  })

  it('is none that was written to a moment ago: what comes in the same moment would leave no trace', async () => {
    await remember({ ...atOnce, afterMs: 60_000 })
    expect(memory.folders.size).toBe(0)
    // The same file, a minute later by the clock.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    await new FileHasher(new FileCrew(null), { memory, settling: { ...atOnce, afterMs: 60_000 } }).hash([at('file'), ...Array.from({ length: 20 }, (_, other) => at(`other-${other}`))])
    expect(memory.folders.size).toBe(1)
    expect(await isBelieved()).toBe(true)
  })

  it('is not believed while the clock is before the time at which it was read', async () => {
    await remember()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
    expect(await isBelieved()).toBe(false)
    vi.useRealTimers()
    expect(await isBelieved()).toBe(true)
  })

  it('is none on a file system of which it is not known that its times tell', async () => {
    await remember({ ...atOnce, tells: () => false })
    expect(memory.folders.size).toBe(0)
  })

  it('is still remembered when others of its folder are read, and gives way when they are many', async () => {
    await remember()
    for (let other = 0; other < 30; other++) writeFileSync(at(`later-${other}`), `${other}`)
    await new FileHasher(crew, { memory, settling: atOnce }).hash(Array.from({ length: 30 }, (_, other) => at(`later-${other}`)))
    expect(await isBelieved()).toBe(true)
    appendFileSync(at('later-0'), '!')
    const [changed] = await new FileHasher(crew, { memory, settling: atOnce }).hash([at('later-0')])
    expect(changed?.sha256).toBe(sha256('0!'))
  })
})
