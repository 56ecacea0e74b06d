import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { windowsShell } from './windows.ts'

/** node-pty's own making of a Windows command line, which loads anywhere. */
const { argsToCommandLine } = createRequire(import.meta.url)('node-pty/lib/windowsPtyAgent.js') as { argsToCommandLine: (file: string, args: string | string[]) => string }

/** What cmd.exe runs: with /s, all between the first quote after /c and the last of the line. */
function cmdRuns(commandLine: string): string | undefined {
  return /^\S+ \/d \/s \/c "(.*)"$/.exec(commandLine)?.[1]
}

describe('a stage’s command on Windows', () => {
  it('reaches cmd.exe as it was written, quotes and all', () => {
    for (const command of ['node train.mjs', 'python -c "print(1)"', '"C:\\Program Files\\R\\bin\\Rscript.exe" "a b.R" --out "c\\"', 'a && b | c > d', '']) {
      const { file, args } = windowsShell(command)
      expect(cmdRuns(argsToCommandLine(file, args)), command).toBe(command)
    }
  })
})
