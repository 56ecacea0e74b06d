import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync, chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { BlobStore } from '../storage/index.ts'
import { encodeManifest, readContent, restoreContent, type RecordedContent } from './index.ts'

let blobs: BlobStore
let project: string

beforeEach(async () => {
  blobs = new BlobStore(mkdtempSync(join(tmpdir(), 'restore-store-')))
  await blobs.open()
  project = mkdtempSync(join(tmpdir(), 'restore-project-'))
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const at = (path: string): string => join(project, path)
const restore = (recorded: RecordedContent) => restoreContent(blobs, project, recorded)

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at(path), '..'), { recursive: true })
    writeFileSync(at(path), text)
  }
}

/** Keeps what stands at a path, as is done with the outs of a stage. */
async function record(path: string): Promise<RecordedContent> {
  const content = await readContent(project, path, (file) => blobs.putFile(file))
  if (content.kind === 'folder') await blobs.putBytes(encodeManifest(content.files).bytes)
  return { path, sha256: content.sha256, bytes: content.bytes }
}

/** Everything below the project, names that are hidden included. */
const names = (): string[] => readdirSync(project, { recursive: true, encoding: 'utf8' }).sort()

function damage(text: string): void {
  chmodSync(blobs.pathOf(sha256(text)), 0o600)
  appendFileSync(blobs.pathOf(sha256(text)), '!')
}

describe('a file that was recorded', () => {
  it('comes back, its folders with it, as a file of its own that a stage can write to', async () => {
    write({ 'models/deep/model.bin': 'weights' })
    const recorded = await record('models/deep/model.bin')
    rmSync(at('models'), { recursive: true })
    expect(await restore(recorded)).toEqual({ kind: 'file', copied: 1 })
    expect(names()).toEqual(['models', 'models/deep', 'models/deep/model.bin'])
    expect(statSync(at('models/deep/model.bin')).mode & 0o777).toBe(0o666 & ~process.umask())
    expect([lstatSync(at('models/deep/model.bin')).isFile(), statSync(at('models/deep/model.bin')).nlink]).toEqual([true, 1])
    writeFileSync(at('models/deep/model.bin'), 'ruined')
    expect(await blobs.check(recorded.sha256)).toBe('whole')
  })

  it('is left alone where it is the same, and takes the place of whatever else stands there', async () => {
    write({ out: 'result', elsewhere: 'mine' })
    const recorded = await record('out')
    const { ino, ctimeMs } = statSync(at('out'))
    expect(await restore(recorded)).toEqual({ kind: 'file', copied: 0 })
    expect([statSync(at('out')).ino, statSync(at('out')).ctimeMs]).toEqual([ino, ctimeMs])
    const others = [
      () => writeFileSync(at('out'), 'RESULT'),
      () => symlinkSync('elsewhere', at('out')),
      () => symlinkSync('/etc/hostname', at('out')),
      () => execFileSync('mkfifo', [at('out')]),
      () => write({ 'out/file': 'in a folder' }),
    ]
    for (const make of others) {
      rmSync(at('out'), { recursive: true })
      make()
      expect(await restore(recorded)).toEqual({ kind: 'file', copied: 1 })
      expect([lstatSync(at('out')).isFile(), readFileSync(at('out'), 'utf8'), readFileSync(at('elsewhere'), 'utf8')]).toEqual([true, 'result', 'mine'])
      expect(names()).toEqual(['elsewhere', 'out'])
    }
  })

  it('is a file though its text is a manifest: it is not as long as the files that this names', async () => {
    const text = encodeManifest([{ path: 'a', bytes: 1, sha256: sha256('a') }]).bytes.toString()
    write({ out: text })
    const recorded = await record('out')
    rmSync(at('out'))
    expect(await restore(recorded)).toEqual({ kind: 'file', copied: 1 })
    expect(readFileSync(at('out'), 'utf8')).toBe(text)
  })

  it('that is gone from the store, or damaged there, changes nothing of what stands at its place', async () => {
    write({ out: 'result' })
    const recorded = await record('out')
    writeFileSync(at('out'), 'something else')
    damage('result')
    await expect(restore(recorded)).rejects.toMatchObject({ code: 'lost', message: expect.stringContaining(`'out'`) as string })
    rmSync(blobs.pathOf(recorded.sha256))
    await expect(restore(recorded)).rejects.toMatchObject({ code: 'lost' })
    expect([names(), readFileSync(at('out'), 'utf8')]).toEqual([['out'], 'something else'])
  })
})

describe('a folder that was recorded', () => {
  const files = { 'out/a': 'A', 'out/b/c': 'C', 'out/b/d': 'D' }

  it('comes back whole, without what was not in it', async () => {
    write(files)
    const recorded = await record('out')
    rmSync(at('out'), { recursive: true })
    expect(await restore(recorded)).toEqual({ kind: 'folder', copied: 3 })
    write({ 'out/b/c': 'X', 'out/extra': 'extra', 'out/e/f': 'f' })
    expect(await restore(recorded)).toEqual({ kind: 'folder', copied: 1 })
    expect((await readContent(project, 'out')).sha256).toBe(recorded.sha256)
    expect(names()).toEqual(['out', 'out/a', 'out/b', 'out/b/c', 'out/b/d'])
  })

  it('keeps the files that are the same, and copies no link that stands for one', async () => {
    write(files)
    const recorded = await record('out')
    const { ino } = statSync(at('out/a'))
    write({ 'out/b/c': 'X', elsewhere: 'D' })
    rmSync(at('out/b/d'))
    symlinkSync('../../elsewhere', at('out/b/d'))
    expect(await restore(recorded)).toEqual({ kind: 'folder', copied: 2 })
    expect([statSync(at('out/a')).ino, statSync(at('out/a')).nlink, lstatSync(at('out/b/d')).isFile()]).toEqual([ino, 1, true])
  })

  it('takes the place of a file and of a link, and an empty one that of a full one', async () => {
    write(files)
    const recorded = await record('out')
    rmSync(at('out'), { recursive: true })
    writeFileSync(at('out'), 'a file')
    expect(await restore(recorded)).toEqual({ kind: 'folder', copied: 3 })
    rmSync(at('out'), { recursive: true })
    symlinkSync('/etc', at('out'))
    expect(await restore(recorded)).toEqual({ kind: 'folder', copied: 3 })
    mkdirSync(at('empty'))
    const nothing = await record('empty')
    write({ 'empty/file': 'text' })
    expect(await restore(nothing)).toEqual({ kind: 'folder', copied: 0 })
    expect(readdirSync(at('empty'))).toEqual([])
  })

  it('of which one file is damaged in the store leaves everything as it was', async () => {
    write(files)
    const recorded = await record('out')
    write({ 'out/a': 'other', 'out/b/c': 'other', 'out/b/d': 'other' })
    damage('D')
    const before = names()
    await expect(restore(recorded)).rejects.toMatchObject({ code: 'lost', message: expect.stringContaining(`'b/d'`) as string })
    expect([names(), readFileSync(at('out/a'), 'utf8')]).toEqual([before, 'other'])
    damage(encodeManifest([{ path: 'a', bytes: 1, sha256: sha256('A') }, { path: 'b/c', bytes: 1, sha256: sha256('C') }, { path: 'b/d', bytes: 1, sha256: sha256('D') }]).bytes.toString())
    await expect(restore(recorded)).rejects.toMatchObject({ code: 'lost' })
    expect(names()).toEqual(before)
  })

  it('is not put there once that is cancelled', async () => {
    write(files)
    const recorded = await record('out')
    write({ 'out/a': 'other' })
    const cancelled = AbortSignal.abort()
    await expect(restoreContent(blobs, project, recorded, { signal: cancelled })).rejects.toMatchObject({ name: 'AbortError' })
    expect(readFileSync(at('out/a'), 'utf8')).toBe('other')
    expect(names().filter((name) => name.includes('strongroom'))).toEqual([])
  })

  it('goes over what an earlier restoring left that was killed', async () => {
    write(files)
    const recorded = await record('out')
    const id = '01234567-89ab-cdef-0123-456789abcdef'
    write({ 'out/a': 'other', [`.out.strongroom-${id}.new/a`]: 'half', [`.out.strongroom-${id}.old/a`]: 'old', '.out.strongroom-mine': 'not ours' })
    await restore(recorded)
    expect(names()).toEqual(['.out.strongroom-mine', 'out', 'out/a', 'out/b', 'out/b/c', 'out/b/d'])
  })

  it.each(['../x', '/tmp/x', 'a/../../x', '', '.', 'a//b', './a'])('that has a file called %j is refused', async (path) => {
    await blobs.putBytes(Buffer.from('x'))
    const { sha256: manifest } = await blobs.putBytes(encodeManifest([{ path, bytes: 1, sha256: sha256('x') }]).bytes)
    await expect(restore({ path: 'out', sha256: manifest, bytes: 1 })).rejects.toMatchObject({ code: 'outside' })
    expect(names()).toEqual([])
  })
})

describe('nothing is put outside of the project', () => {
  it.each(['.', '..', '../out', 'a/../../out', '/tmp/out'])('by the path %j', async (path) => {
    const { sha256: digest } = await blobs.putBytes(Buffer.from('x'))
    await expect(restore({ path, sha256: digest, bytes: 1 })).rejects.toMatchObject({ code: 'outside' })
  })

  it('by a link on the way, whether what it leads to is there or not', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'restore-elsewhere-'))
    const { sha256: digest } = await blobs.putBytes(Buffer.from('x'))
    for (const to of [elsewhere, join(elsewhere, 'not-there')]) {
      rmSync(at('link'), { force: true })
      symlinkSync(to, at('link'))
      for (const path of ['link/out', 'link/deep/out']) await expect(restore({ path, sha256: digest, bytes: 1 })).rejects.toMatchObject({ code: 'outside' })
    }
    expect([readdirSync(elsewhere), readlinkSync(at('link'))]).toEqual([[], join(elsewhere, 'not-there')])
  })

  it('by a link that leads elsewhere in it, which is followed', async () => {
    write({ 'real/file': '1' })
    symlinkSync('real', at('link'))
    const { sha256: digest } = await blobs.putBytes(Buffer.from('x'))
    await restore({ path: 'link/out', sha256: digest, bytes: 1 })
    expect([existsSync(at('real/out')), lstatSync(at('link')).isSymbolicLink()]).toEqual([true, true])
  })
})
