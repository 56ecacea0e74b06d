import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync,
} from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHANGED_WHILE_READ } from '../content/index.ts'
import { BlobStore } from './blobs.ts'

const CHUNK = 1 << 20

let data: string
let folder: string
let blobs: BlobStore

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'blobs-'))
  folder = mkdtempSync(join(tmpdir(), 'source-'))
  blobs = new BlobStore(data)
  await blobs.open()
})
afterEach(() => {
  vi.restoreAllMocks()
  for (const path of [data, folder]) rmSync(path, { recursive: true, force: true })
})

const digest = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')
const incoming = () => readdirSync(join(data, 'blobs/incoming'))

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Overwrites what is kept, as rot or a careless hand would. */
function damage(sha256: string, content: Uint8Array | string): void {
  chmodSync(blobs.pathOf(sha256), 0o600)
  writeFileSync(blobs.pathOf(sha256), content)
}

async function handlePrototype(): Promise<FileHandle> {
  const handle = await open(folder, 'r')
  await handle.close()
  return Object.getPrototypeOf(handle) as FileHandle
}

describe('content that is stored', () => {
  it('is kept whole whatever its length, whichever of its chunks is short', async () => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7]) {
      const content = randomBytes(length)
      const path = write('long', content)
      const ref = { sha256: digest(content), bytes: length }
      expect(await blobs.putFile(path)).toEqual(ref)
      expect((await blobs.read(ref.sha256)).equals(content)).toBe(true)
      expect(await blobs.putFile(path)).toEqual(ref)
    }
  })

  it.each([10, 3 * CHUNK + 7])('again, %i bytes of it under another name, is only read', async (length) => {
    const content = randomBytes(length)
    const { sha256 } = await blobs.putFile(write('one', content))
    const written = vi.spyOn(await handlePrototype(), 'writeFile')
    const before = statSync(blobs.pathOf(sha256), { bigint: true })
    expect(await blobs.putFile(write('two', content))).toEqual({ sha256, bytes: length })
    expect(written.mock.calls.length).toBe(0)
    const after = statSync(blobs.pathOf(sha256), { bigint: true })
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs])
  })

  it('is refused when the file is written to meanwhile: the beginning of one state and the end of another is none', async () => {
    const path = write('torn', Buffer.alloc(48 * CHUNK, 'a'))
    const storing = blobs.putFile(path)
    storing.catch(() => undefined)
    while (incoming().length === 0) await new Promise(setImmediate)
    appendFileSync(path, 'b')
    await expect(storing).rejects.toMatchObject({ code: CHANGED_WHILE_READ, path })
  })

  it('is kept apart from what begins like it and is as long', async () => {
    const one = randomBytes(3 * CHUNK)
    const other = Buffer.from(one)
    other[2 * CHUNK] = (other[2 * CHUNK] ?? 0) ^ 1
    const refs = await blobs.putFiles([{ absolute: write('one', one) }, { absolute: write('other', other) }])
    expect(refs.map(({ sha256 }) => sha256)).toEqual([digest(one), digest(other)])
    expect(await blobs.putFile(write('one', one))).toEqual({ sha256: digest(one), bytes: one.length })
    expect([await blobs.check(digest(one)), await blobs.check(digest(other))]).toEqual(['whole', 'whole'])
  })

  it('is kept though every hint is wrong', async () => {
    const content = randomBytes(2 * CHUNK)
    const path = write('file', content)
    const { sha256 } = await blobs.putFile(path)
    const [hint = ''] = readdirSync(join(data, 'blobs/hints'))
    for (const text of ['', '../../../etc/passwd', digest('nothing that is kept'), (await blobs.putBytes(Buffer.from('something else'))).sha256]) {
      writeFileSync(join(data, 'blobs/hints', hint), text)
      expect(await blobs.putFile(path)).toEqual({ sha256, bytes: content.length })
    }
    expect(incoming()).toEqual([])
  })
})

describe('content that is stored for an entry', () => {
  const kept = () => readdirSync(join(data, 'blobs/sha256'), { recursive: true, encoding: 'utf8' }).flatMap((name) => (name.length > 64 ? basename(name) : [])).sort()
  const refused = new Error('the entry was refused')

  it('goes again where the entry never comes, but for what was there before', async () => {
    const before = await blobs.putBytes(Buffer.from('before'))
    const failing = blobs.forEntry(async (writer) => {
      await writer.putBytes(Buffer.from('before'))
      await writer.putFiles([{ absolute: write('small', 'small') }, { absolute: write('large', randomBytes(2 * CHUNK)) }])
      await writer.putPart(write('part', 'a part of it'), 2, 4)
      expect(kept()).toHaveLength(4)
      throw refused
    })
    await expect(failing).rejects.toBe(refused)
    expect(kept()).toEqual([before.sha256])
    expect(incoming()).toEqual([])
  })

  it('goes again where a file of several cannot be read', async () => {
    await expect(blobs.putFiles([{ absolute: write('one', 'one') }, { absolute: join(folder, 'none') }])).rejects.toMatchObject({ code: 'ENOENT' })
    expect(kept()).toEqual([])
  })

  it('stays for whoever needs it too, whenever they come and go, and is gone where nobody does', async () => {
    const contents = ['one', 'two', randomBytes(CHUNK + 1).toString('base64')].map((text) => Buffer.from(text))
    const paths = new Map(contents.map((content) => [content, write(`file ${digest(content)}`, content)]))
    const pathOf = (content: (typeof contents)[number]) => paths.get(content) ?? ''
    // The same each time: an answer of the system that comes a little sooner or later is chance enough.
    let state = 1
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    for (let round = 0; round < 12; round++) {
      const needed = new Set<string>()
      const pause = async () => {
        for (let turns = random(6); turns > 0; turns--) await new Promise(setImmediate)
      }
      const each = async () => {
        const [wanted, fails, isPlain] = [contents.filter(() => random(2) === 1), random(2) === 1, random(4) === 0]
        await pause()
        if (isPlain) return void (await Promise.all(wanted.map(async (content) => needed.add((await blobs.putBytes(content)).sha256))))
        await blobs
          .forEntry(async (writer) => {
            for (const content of wanted) await writer.putFile(pathOf(content))
            await pause()
            if (fails) throw refused
            for (const content of wanted) needed.add(digest(content))
          })
          .catch((error: unknown) => {
            if (error !== refused) throw error
          })
      }
      await Promise.all(Array.from({ length: 8 }, each))
      expect(kept(), `round ${round}`).toEqual([...needed].sort())
      for (const sha256 of needed) {
        expect(await blobs.check(sha256)).toBe('whole')
        rmSync(blobs.pathOf(sha256))
      }
    }
  })
})

describe('a damaged blob', () => {
  it('is noticed by whoever reads it', async () => {
    const { sha256 } = await blobs.putBytes(Buffer.from('content'))
    expect(await blobs.check(sha256)).toBe('whole')
    damage(sha256, 'tampered')
    expect(await blobs.check(sha256)).toBe('damaged')
    await expect(blobs.read(sha256)).rejects.toThrow('no longer has the content')
    await expect(blobs.copyTo(sha256, join(folder, 'copy'))).rejects.toThrow('no longer has the content')
    expect(existsSync(join(folder, 'copy'))).toBe(false)
  })

  it.each([
    ['small', 10, 'too short', (content: Buffer) => content.subarray(1)],
    ['small', 10, 'too long', (content: Buffer) => Buffer.concat([content, content])],
    ['small', 10, 'as long as it was', (content: Buffer) => content.map((byte) => byte ^ 1)],
    ['large', 3 * CHUNK + 7, 'too short', (content: Buffer) => content.subarray(0, 2 * CHUNK)],
    ['large', 3 * CHUNK + 7, 'too long', (content: Buffer) => Buffer.concat([content, content])],
    ['large', 3 * CHUNK + 7, 'as long as it was', (content: Buffer) => content.map((byte, index) => (index === 3 * CHUNK ? byte ^ 1 : byte))],
  ])('that is %s and %i bytes, now %s, is mended when its content is stored again', async (_, length, __, alter) => {
    const content = randomBytes(length)
    const path = write('file', content)
    const { sha256 } = await blobs.putFile(path)
    damage(sha256, alter(content))
    expect(await blobs.putFile(path)).toEqual({ sha256, bytes: length })
    expect(readFileSync(blobs.pathOf(sha256)).equals(content)).toBe(true)
    expect(statSync(blobs.pathOf(sha256)).mode & 0o777).toBe(0o444)
    expect(incoming()).toEqual([])
  })

  it('that is missing is stored again', async () => {
    const path = write('file', randomBytes(2 * CHUNK))
    const { sha256 } = await blobs.putFile(path)
    rmSync(blobs.pathOf(sha256))
    expect(await blobs.check(sha256)).toBe('missing')
    await blobs.putFile(path)
    expect(await blobs.check(sha256)).toBe('whole')
  })

  it('does not lend its name to the bytes that damaged it', async () => {
    const content = randomBytes(2 * CHUNK)
    const { sha256 } = await blobs.putFile(write('file', content))
    const [hint = ''] = readdirSync(join(data, 'blobs/hints'))
    const rotten = Buffer.from(content)
    rotten[CHUNK] = (rotten[CHUNK] ?? 0) ^ 1
    damage(sha256, rotten)
    expect(readFileSync(join(data, 'blobs/hints', hint), 'utf8')).toBe(sha256)
    expect(await blobs.putFile(write('rotten', rotten))).toEqual({ sha256: digest(rotten), bytes: rotten.length })
  })
})

describe('a blob on a disk', () => {
  it('has its content, its name, and the name of its new folder synced in that order before it is answered', async () => {
    const content = Buffer.from('content')
    const target = blobs.pathOf(digest(content))
    const synced: { path: string; isNamed: boolean }[] = []
    const prototype = await handlePrototype()
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the handle that it is of
    const { sync } = prototype
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      synced.push({ path: readlinkSync(`/proc/self/fd/${this.fd}`), isNamed: existsSync(target) })
      await sync.call(this)
    })
    await blobs.putBytes(content)
    expect(synced).toEqual([
      { path: expect.stringContaining(join(data, 'blobs/incoming')) as string, isNamed: false },
      { path: dirname(target), isNamed: true },
      { path: join(data, 'blobs/sha256'), isNamed: true },
    ])
  })

  it('that somebody else has just named is not answered before that name is synced', async () => {
    const content = Buffer.from('content')
    await blobs.putBytes(content)
    const next = new BlobStore(data)
    await next.open()
    const sync = vi.spyOn(await handlePrototype(), 'sync')
    await next.putBytes(content)
    expect(sync).toHaveBeenCalledTimes(2)
  })
})

describe('the blob store', () => {
  it('begins no further file once one cannot be read, and leaves nothing half-written', async () => {
    const files = Array.from({ length: 100 }, (_, index) => ({ absolute: join(folder, `file-${index}`) }))
    const rest = files.slice(1)
    for (const { absolute } of rest) writeFileSync(absolute, absolute)
    await expect(blobs.putFiles(files)).rejects.toThrow('ENOENT')
    expect(incoming()).toEqual([])
    const states = await Promise.all(rest.map(({ absolute }) => blobs.check(digest(absolute))))
    expect(states.filter((state) => state === 'whole').length).toBeLessThan(50)
  })

  it('throws away what a crash left half-written', async () => {
    writeFileSync(join(data, 'blobs/incoming/half'), 'half')
    await new BlobStore(data).open()
    expect(incoming()).toEqual([])
  })

  it('lists everything that lies where blobs do', async () => {
    const { sha256 } = await blobs.putBytes(Buffer.from('content'))
    mkdirSync(join(data, 'blobs/sha256/00'), { recursive: true })
    appendFileSync(join(data, 'blobs/sha256/00/notes.txt'), 'notes')
    appendFileSync(join(data, 'blobs/sha256/stray'), 'stray')
    const found = []
    for await (const file of blobs.files()) found.push(file)
    expect(found.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      [
        { path: blobs.pathOf(sha256), sha256 },
        { path: join(data, 'blobs/sha256/00/notes.txt'), sha256: null },
        { path: join(data, 'blobs/sha256/stray'), sha256: null },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    )
  })
})
