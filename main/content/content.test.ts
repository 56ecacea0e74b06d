import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { listFiles, readContent } from './content.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const base = mkdtempSync(join(tmpdir(), 'strongroom-content-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(base, 'project-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

describe('the content of a path', () => {
  it('is the SHA-256 of a file', async () => {
    expect(await readContent(project({ 'a.txt': 'abc' }), 'a.txt')).toMatchObject({
      kind: 'file', bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    })
  })

  it('is the SHA-256 of the canonical manifest of a folder, sorted by UTF-16 code units', async () => {
    // U+10000 sorts before U+FF5E by code units, after it by code points.
    const names = ['b', 'a/z', '\u{10000}', '\uff5e', 'B']
    const folder = project(Object.fromEntries(names.map((name) => [`d/${name}`, name])))
    const files = ['B', 'a/z', 'b', '\u{10000}', '\uff5e'].map((name) => `{"bytes":${Buffer.byteLength(name)},"path":"${name}","sha256":"${sha256(name)}"}`)
    expect((await readContent(folder, 'd')).sha256).toBe(sha256(`{"files":[${files.join(',')}],"version":1}`))
  })

  it('is the same however it was written', async () => {
    const one = project({ 'd/x': '1', 'd/y/z': '2' })
    const other = project({ 'd/y/z': '2', 'd/x': '1' })
    expect((await readContent(one, 'd')).sha256).toBe((await readContent(other, 'd')).sha256)
  })

  it('follows a symlink to a file of the project, and none that leads outside', async () => {
    const folder = project({ 'real.txt': 'abc', 'd/x': '1' })
    symlinkSync('../real.txt', join(folder, 'd', 'inside'))
    expect((await readContent(folder, 'd')).files).toHaveLength(2)
    symlinkSync('/etc/hostname', join(folder, 'd', 'outside'))
    await expect(readContent(folder, 'd')).rejects.toMatchObject({ code: 'outside', message: expect.stringContaining(`'d/outside'`) as string })
    await expect(readContent(folder, '../x')).rejects.toMatchObject({ code: 'outside' })
    await expect(readContent(folder, 'x')).rejects.toMatchObject({ code: 'missing' })
    await expect(readContent(folder, '..')).rejects.toMatchObject({ code: 'outside' })
  })

  it('is refused for what is neither a file nor a folder', async () => {
    const folder = project({ 'd/x': '1' })
    execFileSync('mkfifo', [join(folder, 'd', 'pipe')])
    await expect(readContent(folder, 'd')).rejects.toMatchObject({ code: 'not-a-file' })
  })

  it('is refused, not followed for ever, where folders link in a circle', async () => {
    const folder = project({ 'd/x': '1' })
    symlinkSync('.', join(folder, 'd', 'loop'))
    await expect(readContent(folder, 'd')).rejects.toMatchObject({ code: 'not-a-file' })
  })
})

describe('the files of a folder', () => {
  const folder = project({ 'a.txt': '1', '.git/HEAD': '2', 'd/.git': '3', 'd/e/f.txt': '4' })
  const skips = (path: string) => path === '.git/'

  it('are those that are not passed over, and no folder is looked into that is', async () => {
    expect((await listFiles(folder, '.', { skips })).files.map(({ path }) => path)).toEqual(['a.txt', 'd/.git', 'd/e/f.txt'])
  })

  it('are refused with the first that is too much, before the rest is looked at', async () => {
    await expect(listFiles(folder, '.', { skips, most: 3 })).resolves.toMatchObject({ kind: 'folder' })
    execFileSync('mkfifo', [join(folder, 'zzz')])
    await expect(listFiles(folder, '.', { skips, most: 2 })).rejects.toMatchObject({ code: 'too-many', message: "'.' holds more than 2 files." })
  })

  it('are not listed on once that is cancelled', async () => {
    await expect(listFiles(folder, '.', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})
