import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPack, honestStory, newCast, writeFolder } from '../resources/verifier/testing/pack-builder.ts'
import { PYTHON } from '../resources/verifier/testing/python.ts'
// The verifier is plain JavaScript, as an auditor reads it: it has no declarations.
// eslint-disable-next-line @typescript-eslint/ban-ts-comment
// @ts-ignore
import * as verifier from '../resources/verifier/verify.mjs'

const { verifyPack } = verifier as { verifyPack: (path: string) => { ok: boolean; findings: { code: string; file: string }[] } }

const pythonDriver = join(import.meta.dirname, 'pack-flips.py')

/**
 * Flips one bit of every byte of every file of a small pack, one at a time, and lets both verifiers judge each. A flip counts as caught when the
 * pack is rejected and a finding names the file that was changed. Lines: `bytes`, `caught-mjs`, `caught-py` (ratio to all bytes: 1 is the goal).
 */
export async function run(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pack-flips-'))
  try {
    const cast = newCast()
    const files = buildPack({ cast, steps: honestStory(cast) })
    writeFolder(files, folder)
    if (!verifyPack(folder).ok) throw new Error('the pack is not accepted before anything was flipped')
    const total = [...files.values()].reduce((sum, { length }) => sum + length, 0)
    print(`bytes: ${total} bytes`)
    const python = runPython(folder)
    const copy = mkdtempSync(join(tmpdir(), 'pack-flips-'))
    writeFolder(files, copy)
    const caught = flipEach(copy, [...files.keys()])
    rmSync(copy, { recursive: true })
    print(`caught-mjs: ${caught} bytes (ratio ${(caught / total).toFixed(6)})`)
    const caughtByPython = await python
    print(`caught-py: ${caughtByPython} bytes (ratio ${(caughtByPython / total).toFixed(6)})`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function flipEach(folder: string, paths: readonly string[]): number {
  let caught = 0
  for (const path of paths) {
    const file = join(folder, path)
    const bytes = readFileSync(file)
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = (bytes[index] ?? 0) ^ 1
      writeFileSync(file, bytes)
      const { findings } = verifyPack(folder)
      if (findings.some((finding) => finding.file === path)) caught++
      else process.stderr.write(`not caught by verify.mjs: ${path} byte ${index}\n`)
      bytes[index] = (bytes[index] ?? 0) ^ 1
    }
    writeFileSync(file, bytes)
  }
  return caught
}

function runPython(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON, [pythonDriver, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve(Number(out)) : reject(new Error(`the Python half ended with ${code}`))))
  })
}
