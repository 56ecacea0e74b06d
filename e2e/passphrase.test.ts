import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node-pty'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestWorkplace } from './workplace.ts'

const strongroom = join(import.meta.dirname, '..', 'build', 'main', 'strongroom.js')

let workplace: TestWorkplace
beforeEach(() => {
  workplace = new TestWorkplace()
})
afterEach(() => workplace.close())

/** Runs a command in a terminal of its own and answers each question as it is asked; all that stood on the terminal, and how it ended. */
function type(args: readonly string[], answers: Readonly<Record<string, string>>): Promise<{ shown: string; exitCode: number }> {
  const env = { ...process.env, STRONGROOM_PASSPHRASE: '' }
  const terminal = spawn(process.execPath, [strongroom, '--data', workplace.data, ...args], { cwd: workplace.folder, env, cols: 200 })
  const left = Object.entries(answers)
  let shown = ''
  terminal.onData((text) => {
    shown += text
    const [question, answer] = left[0] ?? []
    if (question === undefined || !shown.includes(question)) return
    left.shift()
    terminal.write(`${answer}\r`)
  })
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ shown, exitCode })))
}

describe('a passphrase that is typed', () => {
  const setup = ['setup', '--organisation', 'Typed Bank', '--admin', 'admin']

  it('is asked for twice when it is new, and makes nothing when the two differ', async () => {
    const { shown, exitCode } = await type(setup, { 'New passphrase of admin': 'the first passphrase', 'The same again': 'the first passphrse' })
    expect(shown).toContain('It cannot be looked up')
    expect(shown).toContain('The two passphrases differ. Nothing was changed; start again.')
    expect(exitCode).toBe(1)
    expect(await type(['ledger', 'keys'], {})).toMatchObject({ exitCode: 1 })
  })

  it('is never shown, and opens what it sealed', async () => {
    const passphrase = 'the very passphrase'
    const made = await type(setup, { 'New passphrase of admin': passphrase, 'The same again': passphrase })
    expect(made).toMatchObject({ exitCode: 0, shown: expect.not.stringContaining(passphrase) as string })
    expect(existsSync(join(workplace.data, 'strongroom.db'))).toBe(true)
    const { shown, exitCode } = await type(['--as', 'admin', 'people', 'list'], { 'Passphrase of admin': passphrase })
    expect(shown).toContain('administrator')
    expect(exitCode).toBe(0)
    const chosen = 'another one altogether'
    const changed = await type(['--as', 'admin', 'passphrase'], { 'Passphrase of admin': passphrase, 'Passphrase, to sign': passphrase, 'New passphrase': chosen, 'The same again': chosen })
    expect(changed).toMatchObject({ exitCode: 0, shown: expect.not.stringContaining(chosen) as string })
    const rotated = await type(['--as', 'admin', 'key', 'rotate'], { 'Passphrase of admin': chosen, 'Passphrase, to sign': chosen })
    expect(rotated.exitCode).toBe(0)
    // What is signed stands there before the passphrase is asked for (21 CFR 11.50).
    expect(rotated.shown).toMatch(/By signing you put a new key in the place of your own, \S+\+[0-9a-f]{8}\.[^]*Passphrase, to sign/)
  })
})
