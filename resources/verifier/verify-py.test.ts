import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('the Python verifier passes its own tests', { timeout: 180_000 }, () => {
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
  const run = spawnSync(python, [fileURLToPath(new URL('verify_py_test.py', import.meta.url))], { encoding: 'utf8' })
  expect(run.status, `${run.error?.message ?? ''}\n${run.stdout}\n${run.stderr}`).toBe(0)
})
