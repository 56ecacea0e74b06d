import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRegular, openRegularLater } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'regular-'))

describe('a regular file', () => {
  it('is opened to read', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'content')
    const file = openRegular(path)
    expect(file !== null && readFileSync(file, 'utf8')).toBe('content')
    if (file !== null) closeSync(file)
    const later = await openRegularLater(path)
    expect(await later?.readFile('utf8')).toBe('content')
    await later?.close()
  })

  it.each([
    ['nothing', async () => undefined],
    ['a folder', async (path: string) => void execFileSync('mkdir', [path])],
    ['a link', async (path: string) => symlinkSync('/etc/hostname', path)],
    ['a named pipe, which nobody writes to', async (path: string) => void execFileSync('mkfifo', [path])],
    ['a socket', (path: string) => new Promise<void>((resolve) => createServer().listen(path, resolve).unref())],
  ])('is not what is found where %s is', async (name, make) => {
    const path = join(folder, name.replaceAll(/\W/g, '').slice(0, 12))
    await make(path)
    expect(openRegular(path)).toBeNull()
    expect(await openRegularLater(path)).toBeNull()
  })
})
