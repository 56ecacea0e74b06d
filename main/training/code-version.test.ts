import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCodeVersion } from './code-version.ts'

const base = mkdtempSync(join(tmpdir(), 'strongroom-code-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
beforeEach(() => {
  vi.unstubAllEnvs()
  // What this machine's own configuration trusts is not what is tested.
  for (const name of ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM']) vi.stubEnv(name, '/dev/null')
})

type Git = (...args: string[]) => string

function repository(): { folder: string; git: Git } {
  const folder = mkdtempSync(join(base, 'repository-'))
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  const git: Git = (...args) => execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim()
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

  it('is unknown outside a repository, and says so', async () => {
    expect(await readCodeVersion(base)).toEqual({ commit: 'unknown', dirty: 'unknown', diff: '', reason: 'no repository' })
  })

  it('is unknown before the first commit, and says so', async () => {
    const folder = mkdtempSync(join(base, 'empty-'))
    execFileSync('git', ['init', '-q'], { cwd: folder })
    expect(await readCodeVersion(folder)).toMatchObject({ commit: 'unknown', reason: 'no commit yet' })
  })

  it('is not that of a repository around it that ignores it, and is that of one that holds it or could', async () => {
    const { folder, git } = repository()
    for (const name of ['ignored', 'held', 'new']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'train.py'), 'print(1)\n')
    }
    writeFileSync(join(folder, '.gitignore'), 'ignored/\n')
    git('add', '.gitignore', 'held')
    git('commit', '-q', '-m', 'second')
    const commit = git('rev-parse', 'HEAD')
    expect(await readCodeVersion(join(folder, 'ignored'))).toEqual({ commit: 'unknown', dirty: 'unknown', diff: '', reason: 'ignored by the repository around it' })
    expect(await readCodeVersion(join(folder, 'held'))).toEqual({ commit, dirty: 'no', diff: '' })
    expect(await readCodeVersion(join(folder, 'new'))).toMatchObject({ commit, dirty: 'yes' })
  })

  // Only root can give a folder away.
  it.each([
    ['is of another owner', (folder: string) => void execFileSync('chown', ['-R', '12345', folder]), /^git failed, because detected dubious ownership in repository at 'repository-\w+'$/],
    ['has a HEAD that leads nowhere', (folder: string) => writeFileSync(join(folder, '.git/HEAD'), 'nowhere'), /^git failed, because not a git repository/],
    ['has a damaged branch', (folder: string) => writeFileSync(join(folder, '.git/refs/heads/main'), 'no digest'), /^git failed, because /],
    ['has a configuration that cannot be read', (folder: string) => writeFileSync(join(folder, '.git/config'), '[core'), /^git failed, because bad config line \d in file \.git\/config$/],
    ['is a folder whose repository is gone', (folder: string) => {
      rmSync(join(folder, '.git'), { recursive: true })
      writeFileSync(join(folder, '.git'), 'gitdir: /home/somebody/gone')
    }, /^git failed, because not a git repository: gone$/],
  ].slice(process.getuid?.() === 0 ? 0 : 1) as [string, (folder: string) => void, RegExp][])('is unknown where the repository %s, and says what git says without the folders of this machine', async (_, spoil, reason) => {
    const { folder, git } = repository()
    git('branch', '-M', 'main')
    spoil(folder)
    expect(await readCodeVersion(folder)).toEqual({ commit: 'unknown', dirty: 'unknown', diff: '', reason: expect.stringMatching(reason) as string })
  })

  it('keeps the commit where only the differences cannot be read', async () => {
    const { folder, git } = repository()
    const commit = git('rev-parse', 'HEAD')
    writeFileSync(join(folder, '.git/index'), 'no index')
    expect(await readCodeVersion(folder)).toEqual({ commit, dirty: 'unknown', diff: '', reason: expect.stringMatching(/^git failed, because /) as string })
  })

  it.each([
    ['does not answer', '#!/bin/sh\nexec sleep 600\n', 'git failed, because it did not answer within 0.5 s'],
    ['fails in silence', '#!/bin/sh\nexit 3\n', 'git failed, because it ended with 3'],
    ['is not there', null, 'git failed, because it is not installed'],
  ])('is unknown where git %s', async (_, script, reason) => {
    const { folder } = repository()
    const bin = mkdtempSync(join(base, 'bin-'))
    if (script !== null) writeFileSync(join(bin, 'git'), script, { mode: 0o755 })
    vi.stubEnv('PATH', script === null ? bin : `${bin}:${process.env.PATH ?? ''}`)
    expect(await readCodeVersion(folder, [], 500)).toMatchObject({ commit: 'unknown', reason })
  })

  it('runs no program that the repository configures', async () => {
    const { folder, git } = repository()
    writeFileSync(join(folder, '.gitattributes'), '*.py diff=evil\n')
    git('config', 'diff.evil.textconv', `touch ${join(folder, 'ran')}; cat`)
    git('config', 'diff.external', `touch ${join(folder, 'ran')}`)
    git('config', 'core.fsmonitor', `touch ${join(folder, 'ran')}`)
    appendFileSync(join(folder, '.gitattributes'), '*.py filter=evil\n')
    git('config', 'filter.evil.clean', `touch ${join(folder, 'ran')}; cat`)
    writeFileSync(join(folder, 'train.py'), 'print(2)\n')
    await readCodeVersion(folder)
    expect(() => execFileSync('test', ['-e', join(folder, 'ran')])).toThrow('Command failed')
  })

  it('is not told where a filter has a name that git cannot be told, and runs none', async () => {
    const { folder } = repository()
    writeFileSync(join(folder, '.git', 'info', 'attributes'), '*.py filter=e=vil\n')
    appendFileSync(join(folder, '.git', 'config'), `[filter "e=vil"]\n\tclean = touch ${join(folder, 'ran')}; cat\n`)
    writeFileSync(join(folder, 'train.py'), 'print(2)\n')
    expect(await readCodeVersion(folder)).toMatchObject({ commit: 'unknown', reason: expect.stringContaining('a name with = in it') as string })
    expect(existsSync(join(folder, 'ran'))).toBe(false)
  })

  it('is dirty for a change in a submodule, whose filters are not run', async () => {
    const [{ folder, git }, inner] = [repository(), repository()]
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.folder, 'inner')
    git('commit', '-q', '-m', 'with a submodule')
    expect((await readCodeVersion(folder)).dirty).toBe('no')
    git('-C', 'inner', 'config', 'filter.evil.clean', `touch ${join(folder, 'ran')}; cat`)
    writeFileSync(join(folder, '.git', 'modules', 'inner', 'info', 'attributes'), '*.py filter=evil\n')
    writeFileSync(join(folder, 'inner', 'train.py'), 'print(2)\n')
    expect((await readCodeVersion(folder)).dirty).toBe('yes')
    expect(existsSync(join(folder, 'ran'))).toBe(false)
  })

  it.each([
    ['a file that git was told to assume unchanged', (git: Git, file: string) => (git('update-index', '--assume-unchanged', 'train.py'), writeFileSync(file, 'print(2)\n'))],
    ['a file that git was told to skip', (git: Git, file: string) => (git('update-index', '--skip-worktree', 'train.py'), writeFileSync(file, 'print(2)\n'))],
    ['a file that is excluded in the repository alone', (_: Git, file: string) => (appendFileSync(join(dirname(file), '.git', 'info', 'exclude'), 'other.py\n'), writeFileSync(join(dirname(file), 'other.py'), 'x'))],
    ['content that a filter hides', (git: Git, file: string) => {
      writeFileSync(join(dirname(file), '.git', 'info', 'attributes'), '*.py filter=hide\n')
      git('config', 'filter.hide.clean', 'echo "print(1)"')
      writeFileSync(file, 'print(2)\n')
    }],
    ['a commit that stands in for another', (git: Git, file: string) => {
      const commit = git('rev-parse', 'HEAD')
      writeFileSync(file, 'print(2)\n')
      git('commit', '-q', '-a', '-m', 'second')
      const second = git('rev-parse', 'HEAD')
      git('update-ref', 'HEAD', commit)
      git('replace', commit, second)
    }],
  ])('is dirty for %s', async (_, change) => {
    const { folder, git } = repository()
    change(git, join(folder, 'train.py'))
    expect((await readCodeVersion(folder)).dirty).toBe('yes')
  })
})
