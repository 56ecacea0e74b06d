import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readCodeVersion } from './code-version.ts'

const base = mkdtempSync(join(tmpdir(), 'strongroom-code-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

function repository(): { folder: string; git: (...args: string[]) => string } {
  const folder = mkdtempSync(join(base, 'repository-'))
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  const git = (...args: string[]): string => execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim()
  git('init', '-q')
  writeFileSync(join(folder, 'train.py'), 'print(1)\n')
  git('add', '.')
  git('commit', '-q', '-m', 'first')
  return { folder, git }
}

describe('the code version of a project', () => {
  it('is its commit while nothing differs from it, whatever stages have produced', async () => {
    const { folder, git } = repository()
    mkdirSync(join(folder, 'models'))
    writeFileSync(join(folder, 'models', 'm.bin'), 'weights')
    expect(await readCodeVersion(folder, ['models'])).toEqual({ commit: git('rev-parse', 'HEAD'), dirty: 'no', diff: '' })
  })

  it('has a digest that tells one change from another, in tracked and in untracked files', async () => {
    const { folder } = repository()
    const diffs: string[] = []
    for (const [file, text] of [['train.py', 'print(2)\n'], ['train.py', 'print(3)\n'], ['new.py', 'a'], ['new.py', 'b']] as const) {
      writeFileSync(join(folder, file), text)
      const { dirty, diff } = await readCodeVersion(folder)
      expect(dirty).toBe('yes')
      diffs.push(diff)
    }
    expect(new Set(diffs).size).toBe(4)
    expect(diffs[3]).toBe((await readCodeVersion(folder)).diff)
  })

  it('is unknown outside a repository', async () => {
    expect(await readCodeVersion(base)).toEqual({ commit: 'unknown', dirty: 'unknown', diff: '' })
  })

  it('runs no program that the repository configures', async () => {
    const { folder, git } = repository()
    writeFileSync(join(folder, '.gitattributes'), '*.py diff=evil\n')
    git('config', 'diff.evil.textconv', `touch ${join(folder, 'ran')}; cat`)
    git('config', 'diff.external', `touch ${join(folder, 'ran')}`)
    git('config', 'core.fsmonitor', `touch ${join(folder, 'ran')}`)
    writeFileSync(join(folder, 'train.py'), 'print(2)\n')
    await readCodeVersion(folder)
    expect(() => execFileSync('test', ['-e', join(folder, 'ran')])).toThrow('Command failed')
  })
})
