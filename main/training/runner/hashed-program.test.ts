import { createHash } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hashProgramOnce } from './hashed-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-program-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('a program that is hashed once', () => {
  it('is known by its real path, and read again when its content is another of the same size and age', async () => {
    const program = join(folder, 'program')
    const link = join(folder, 'link')
    const [then, other] = ['one\n', 'two\n']
    writeFileSync(program, then)
    utimesSync(program, 1000, 1000)
    symlinkSync(program, link)
    const first = await hashProgramOnce(link)
    expect(first).toMatchObject({ path: program, sha256: sha256(then) })
    expect(await hashProgramOnce(program)).toBe(first)

    writeFileSync(`${program}.new`, other)
    utimesSync(`${program}.new`, 1000, 1000)
    renameSync(`${program}.new`, program)
    expect(await hashProgramOnce(link)).toMatchObject({ path: program, sha256: sha256(other) })
  })

  it('is nothing where there is none', async () => expect(await hashProgramOnce(join(folder, 'none'))).toBeNull())
})
