import fc from 'fast-check'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinProjectPath, readProjectFile, resolveInside } from './paths.ts'

let base: string
let project: string

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-paths-')))
  project = join(base, 'project')
  mkdirSync(join(project, 'folder'), { recursive: true })
  mkdirSync(join(base, 'project-twin'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe('joinProjectPath', () => {
  it.each([
    ['.', 'a//b/./c/', 'a/b/c'], ['src', '../data', 'data'], ['src', '.', 'src'], ['a/b', '../..', '.'], ['.', '.', '.'],
    ['.', '..a', '..a'], ['.', 'a b/ü.csv', 'a b/ü.csv'], ['.', '~/x', '~/x'],
  ])('joins %s and %s to %s', (wdir, written, path) => {
    expect(joinProjectPath(wdir, written)).toEqual({ ok: true, path })
  })

  it('never yields a path that leaves the project', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b c', '...', '..a')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('.', 'w', 'w/x'), (parts, wdir) => {
        const joined = joinProjectPath(wdir, parts.join('/'))
        const inside = `${resolve('/p', wdir, parts.join('/'))}/`.startsWith('/p/')
        if (joined.ok) expect(`${resolve('/p', joined.path)}`).toBe(resolve('/p', wdir, parts.join('/')))
        if (joined.ok) expect(inside).toBe(true)
      }),
    )
  })
})

describe('resolveInside', () => {
  it('tells files, folders and what is not there yet', async () => {
    writeFileSync(join(project, 'folder/file'), '')
    expect(await resolveInside(project, 'folder/file')).toEqual({ ok: true, absolute: join(project, 'folder/file'), exists: 'file' })
    expect(await resolveInside(project, '.')).toEqual({ ok: true, absolute: project, exists: 'folder' })
    expect(await resolveInside(project, 'folder/new/deep')).toEqual({ ok: true, absolute: join(project, 'folder/new/deep'), exists: 'no' })
    expect(await resolveInside(project, 'folder/file/below')).toMatchObject({ ok: true, exists: 'no' })
  })

  it('follows links that stay inside, through a project that is a link itself', async () => {
    symlinkSync('folder', join(project, 'link'))
    symlinkSync('project', join(base, 'alias'))
    const resolved = await resolveInside(join(base, 'alias'), 'link/new')
    expect(resolved).toEqual({ ok: true, absolute: join(project, 'folder', 'new'), exists: 'no' })
  })

  it.each([
    ['a link to a folder beside the project', 'link', '..'],
    ['a link to a folder whose name begins like the project', 'link/x', '../project-twin'],
    ['a link to the root', 'link/etc/passwd', '/'],
    ['a link to nothing', 'link', '../nowhere'],
    ['a link to itself', 'link', 'link'],
  ])('refuses %s', async (_, path, target) => {
    symlinkSync(target, join(project, 'link'))
    expect(await resolveInside(project, path)).toMatchObject({ ok: false, code: 'path-outside' })
  })

  it.each(['..', '../project-twin', `folder${sep}..${sep}..`, '/etc'])('refuses or contains %s', async (path) => {
    const resolved = await resolveInside(project, path)
    expect(!resolved.ok || resolved.absolute.startsWith(project + sep)).toBe(true)
  })
})

describe('readProjectFile', () => {
  it('reads up to its limit and refuses one byte more', async () => {
    writeFileSync(join(project, 'file'), 'x'.repeat(10))
    expect(await readProjectFile(project, 'file', 10)).toEqual({ ok: true, bytes: Buffer.from('x'.repeat(10)) })
    expect(await readProjectFile(project, 'file', 9)).toMatchObject({ ok: false, code: 'file-too-large' })
  })

  it('does not read a huge file into memory to find that it is too large', async () => {
    writeFileSync(join(project, 'huge'), '')
    truncateSync(join(project, 'huge'), 8 * 2 ** 30)
    expect(await readProjectFile(project, 'huge')).toMatchObject({ ok: false, code: 'file-too-large' })
  })

  it('refuses a folder and a missing file', async () => {
    expect(await readProjectFile(project, 'folder')).toMatchObject({ ok: false, code: 'file-unreadable' })
    expect(await readProjectFile(project, 'gone')).toMatchObject({ ok: false, code: 'file-missing' })
  })
})
