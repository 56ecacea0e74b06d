import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolderOnDisk } from './disk-fixture.ts'
import { replaceFile } from './index.ts'

const newPath = (): string => join(newFolderOnDisk('durable-file'), 'file')

describe('replacing a file', () => {
  it('puts the new text in place of the old', () => {
    const path = newPath()
    replaceFile(path, 'old')
    replaceFile(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(existsSync(`${path}.new`)).toBe(false)
  })

  it.runIf(existsSync('/dev/full'))('on a full disk leaves the old text whole, or no file where there was none', () => {
    const path = newPath()
    symlinkSync('/dev/full', `${path}.new`)
    const full = expect.objectContaining({ code: 'disk-full', path }) as Error
    expect(() => replaceFile(path, 'new')).toThrow(full)
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, 'old')
    expect(() => replaceFile(path, 'new')).toThrow(full)
    expect(readFileSync(path, 'utf8')).toBe('old')
    rmSync(`${path}.new`)
    replaceFile(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
  })
})
