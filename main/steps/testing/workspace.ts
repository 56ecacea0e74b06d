import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Step, StepOptions } from '../step.ts'

/** A folder of its own with files in it, and a way to run a step there. */
export function createWorkspace(files: Readonly<Record<string, string | Uint8Array>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'strongroom-steps-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), content)
  }
  return {
    cwd,
    path: (name: string) => join(cwd, name),
    json: (name: string): unknown => JSON.parse(readFileSync(join(cwd, name), 'utf8')),
    async run(step: Step, options: StepOptions): Promise<{ code: number; output: string }> {
      const lines: string[] = []
      const code = await step.run(options, { cwd, stdout: (line) => lines.push(line) })
      return { code, output: lines.join('\n') }
    },
  }
}
