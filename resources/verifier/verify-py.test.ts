import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { PYTHON } from './testing/python.ts'

it('the Python verifier passes its own tests', { timeout: 180_000 }, () => {
  const run = spawnSync(PYTHON, [fileURLToPath(new URL('verify_py_test.py', import.meta.url))], { encoding: 'utf8' })
  expect(run.status, `${run.error?.message ?? ''}\n${run.stdout}\n${run.stderr}`).toBe(0)
})
